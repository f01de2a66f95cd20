"""The lock of a stack's state: whether it keeps the engine out, and whether whoever took it is gone."""

from __future__ import annotations

import os
import re
import socket
from typing import Final

# What the engine says about a state in a bucket ("pkg/backend/diy/lock.go").
_LOCKED: Final = "the stack is currently locked by"
_HOLDER: Final = re.compile(r"created by \S+@(?P<host>\S+) \(pid (?P<pid>[0-9]+)\)")


def is_locked(text: str) -> bool:
    """Return whether the engine's words are that somebody holds the lock."""
    return _LOCKED in text


def is_abandoned(text: str) -> bool:
    """Return whether all that hold the lock, by the engine's words, are processes of this machine which have ended."""
    holders = list(_HOLDER.finditer(text))
    return (
        is_locked(text)
        and bool(holders)
        and all(holder["host"] == socket.gethostname() and not _is_alive(int(holder["pid"])) for holder in holders)
    )


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
