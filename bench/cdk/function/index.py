# ruff: noqa: INP001 - the code of a function, which the synthesis packs and nobody calls
"""What the CDK program's function runs: nothing."""


def handler(event: object, context: object) -> None:
    """Do nothing with an event."""
