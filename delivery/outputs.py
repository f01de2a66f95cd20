"""The files that a job leaves in one directory, for its buildspec to export or to keep as artifacts."""

import os
from pathlib import Path

VARIABLE = "DELIVERY_OUTPUT"


def directory() -> Path:
    """Create and return the directory: the one that DELIVERY_OUTPUT names, else `./delivery-output`."""
    path = Path(os.environ.get(VARIABLE) or "delivery-output")
    path.mkdir(parents=True, exist_ok=True)
    return path


def write(name: str, text: str) -> None:
    """Write one file; that of an exported variable is named after it and holds its value on one line."""
    (directory() / name).write_text(text, encoding="utf-8")
