"""The demo: one scenario, told as it happens, that uses nothing but the Pulumi CLI, git and boto3."""


class DemoError(Exception):
    """Something did not happen as it should; the message says what."""
