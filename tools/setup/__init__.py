"""Set-up of a clone: the virtual environment and the Pulumi CLI, `python3 -m tools.setup`."""
