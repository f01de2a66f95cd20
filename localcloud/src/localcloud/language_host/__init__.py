"""Python language host for engines that have none: what `pulumi-language-python` is to an installed Pulumi."""
