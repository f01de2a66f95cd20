"""The errors that a job ends with."""

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError


class DeliveryError(Exception):
    """A job can't go on; the message says why and what to do, and holds no secret."""


class StackLockedError(DeliveryError):
    """Somebody else changes the stack; nothing was changed by this."""


def exit_code(job: Callable[[], object]) -> int:
    """Runs a job; 0, or 1 with the reason on standard error where it or AWS refused."""
    try:
        job()
    except (DeliveryError, ClientError, BotoCoreError) as error:
        sys.stdout.flush()
        sys.stderr.write(f"{error}\n")
        return 1
    return 0
