"""Waiting for the state's lock: another execution may deploy while this one updates the pipeline, and the other way."""

import time
from collections.abc import Callable
from typing import TypeVar

from delivery.engine import say
from delivery.errors import StackLockedError

# A deployment takes minutes; a lock that a dead build left is for a person (docs/operations.md, "A stale lock").
_PATIENCE_SECONDS = 15 * 60.0
_PAUSE_SECONDS = 10.0

Outcome = TypeVar("Outcome")


def patiently(
    work: Callable[[], Outcome], patience: float = _PATIENCE_SECONDS, pause: float = _PAUSE_SECONDS
) -> Outcome:
    """What the work gives, which is begun anew as long as the stack is locked: what it compared may have changed.

    Raises:
        StackLockedError: it still is after `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return work()
        except StackLockedError as error:
            if time.monotonic() + pause > deadline:
                raise
            say(f"waiting for the stack's lock: {str(error).splitlines()[-1].strip()}")
            time.sleep(pause)
