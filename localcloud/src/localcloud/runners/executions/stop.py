"""Stopping an execution, and ending a step's processes: its program and whatever that has started."""

import os
import signal
import subprocess
import threading
import time

from localcloud.runners.executions.errors import StoppedError

GRACE_SECONDS = 2.0
_POLL_SECONDS = 0.1


class Stop:
    """Whether somebody asked for the execution's end."""

    def __init__(self) -> None:
        self._requested = threading.Event()

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as asking, from now on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.ask())

    def ask(self) -> None:
        """End the watched process, and make `check` raise."""
        self._requested.set()

    def check(self) -> None:
        """Raise StoppedError if a stop was asked for."""
        if self._requested.is_set():
            raise StoppedError

    def pause(self, seconds: float) -> None:
        """Wait; raise StoppedError as soon as a stop is asked for."""
        self._requested.wait(seconds)
        self.check()

    def watch(self, process: subprocess.Popen[bytes], longest_seconds: float) -> int | None:
        """Return the exit code of a process group's leader; None where it took too long or a stop was asked for.

        As when a container ends, nothing of the group is left afterwards.
        """
        deadline = time.monotonic() + longest_seconds
        try:
            while not self._requested.is_set() and time.monotonic() < deadline:
                try:
                    return process.wait(timeout=_POLL_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
            return None
        finally:
            _end_group(process)


def _end_group(leader: subprocess.Popen[bytes]) -> None:
    """Send SIGTERM to a group, and SIGKILL after a moment to what is left of it.

    Never longer than that: where process 1 collects no orphans, the dead ones stay in the group.
    """
    deadline = time.monotonic() + GRACE_SECONDS
    remains = _signal_group(leader.pid, signal.SIGTERM)
    while remains and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS / 5)
        leader.poll()
        remains = _signal_group(leader.pid, 0)
    if remains:
        _signal_group(leader.pid, signal.SIGKILL)
        leader.wait()


def _signal_group(group: int, number: int) -> bool:
    """Return whether there is a process in the group; the signal 0 only asks."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
