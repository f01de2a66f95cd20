"""Stand-in Pulumi provider: `aws:*` and `aws-native:*` resources on the local cloud, through AWS's own APIs."""
