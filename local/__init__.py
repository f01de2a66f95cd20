"""The local cloud: AWS services, their principals and the tools to use them on one machine, without an account."""
