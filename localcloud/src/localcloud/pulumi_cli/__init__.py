"""The `pulumi` of the cloud's environment."""
