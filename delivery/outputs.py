"""What a job hands on: files of one directory, which the buildspec names as artifacts and exports."""

import os
from pathlib import Path

VARIABLE = "DELIVERY_OUTPUT"


def directory() -> Path:
    """`delivery-output` of the working directory, or what DELIVERY_OUTPUT says."""
    path = Path(os.environ.get(VARIABLE) or "delivery-output")
    path.mkdir(parents=True, exist_ok=True)
    return path


def write(name: str, text: str) -> None:
    """One file; an exported variable has its name and one line."""
    (directory() / name).write_text(text, encoding="utf-8")
