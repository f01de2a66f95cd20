"""What every job does: write its log and its output files, and end with an exit code."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

OUTPUT_VARIABLE = "DELIVERY_OUTPUT"


class DeliveryError(Exception):
    """A job can't continue; the message says why and what to do, and contains no secret."""


class StackLockedError(DeliveryError):
    """Another execution holds the stack's lock; nothing was changed."""


def log(line: str) -> None:
    """Write a line to the job's log and flush it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def write_output(name: str, text: str) -> None:
    """Write a file for the buildspec to keep as an artifact, or to export as the variable that it is named after.

    The folder is the one that DELIVERY_OUTPUT names, else `./delivery-output`.
    """
    folder = Path(os.environ.get(OUTPUT_VARIABLE) or "delivery-output")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def exit_code(job: Callable[[], object]) -> int:
    """Run a job; return 0, or 1 with the reason on standard error where it failed or AWS refused a call."""
    try:
        job()
    except (DeliveryError, ClientError, BotoCoreError) as error:
        sys.stdout.flush()
        sys.stderr.write(f"{error}\n")
        return 1
    return 0
