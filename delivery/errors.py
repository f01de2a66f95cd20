"""The errors that end a job, and its exit code."""

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError


class DeliveryError(Exception):
    """A job can't continue; the message says why and what to do, and contains no secret."""


class StackLockedError(DeliveryError):
    """Another execution holds the stack's lock; nothing was changed."""


def exit_code(job: Callable[[], object]) -> int:
    """Run a job; return 0, or 1 with the reason on standard error where it failed or AWS refused a call."""
    try:
        job()
    except (DeliveryError, ClientError, BotoCoreError) as error:
        sys.stdout.flush()
        sys.stderr.write(f"{error}\n")
        return 1
    return 0
