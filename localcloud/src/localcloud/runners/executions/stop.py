"""Stopping an execution, and ending a step's processes: its program and whatever that has started."""

import os
import signal
import subprocess
import threading
import time

from localcloud.runners.executions.errors import StoppedError

GRACE_SECONDS = 2.0
_LOOK_SECONDS = 0.1


class Stop:
    """Set once somebody asks for the end."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def listen(self) -> None:
        """Takes SIGTERM and SIGINT from now on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.ask())

    def ask(self) -> None:
        """Ends the watched process, and makes `check` raise."""
        self._asked.set()

    def check(self) -> None:
        """Raises StoppedError if a stop was asked for."""
        if self._asked.is_set():
            raise StoppedError

    def pause(self, seconds: float) -> None:
        """Waits; raises StoppedError as soon as a stop is asked for."""
        self._asked.wait(seconds)
        self.check()

    def watch(self, process: subprocess.Popen[bytes], longest_seconds: float) -> int | None:
        """Waits for the leader of a process group; its exit code, None where it took too long or a stop was asked for.

        As when a container ends, nothing of the group is left afterwards.
        """
        deadline = time.monotonic() + longest_seconds
        try:
            while not self._asked.is_set() and time.monotonic() < deadline:
                try:
                    return process.wait(timeout=_LOOK_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
            return None
        finally:
            _end_group(process)


def _end_group(leader: subprocess.Popen[bytes]) -> None:
    """SIGTERM to the group, and SIGKILL after a moment to what is left of it.

    Never longer than that: where process 1 collects no orphans, the dead ones stay in the group.
    """
    deadline = time.monotonic() + GRACE_SECONDS
    there = _signal_group(leader.pid, signal.SIGTERM)
    while there and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS / 5)
        leader.poll()
        there = _signal_group(leader.pid, 0)
    if there:
        _signal_group(leader.pid, signal.SIGKILL)
        leader.wait()


def _signal_group(group: int, number: int) -> bool:
    """Whether there was anybody in the group; 0 only asks."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
