"""The Lambda functions of the stack, and how their deployment packages are built."""
