"""The account that the demo runs in: state backend, users and their policies."""
