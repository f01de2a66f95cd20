"""Stopping an execution: SIGTERM and SIGINT end the running step's processes."""

import signal
import threading

import psutil

from local.runner.errors import StoppedError

GRACE_SECONDS = 2.0


class Stop:
    """Set once somebody asks for the end; knows the process that has to go then."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._process: psutil.Popen | None = None

    def listen(self) -> None:
        """Takes SIGTERM and SIGINT from now on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.ask())

    def ask(self) -> None:
        """Ends the watched process, and makes `check` raise."""
        self._asked.set()
        if self._process is not None:
            for process in _tree(self._process):
                _signal(process, signal.SIGTERM)

    def check(self) -> None:
        """Raises StoppedError if a stop was asked for."""
        if self._asked.is_set():
            raise StoppedError

    def pause(self, seconds: float) -> None:
        """Waits; raises StoppedError as soon as a stop is asked for."""
        self._asked.wait(seconds)
        self.check()

    def watch(self, process: psutil.Popen, longest_seconds: float) -> int | None:
        """Waits for a process; its exit code, None where it took too long. None of its descendants is left behind."""
        self._process = process
        try:
            if self._asked.is_set():
                self.ask()
            return process.wait(timeout=longest_seconds)
        except psutil.TimeoutExpired:
            return None
        finally:
            self._process = None
            end(process)


def end(process: psutil.Popen) -> None:
    """Ends a process and its descendants: SIGTERM, and SIGKILL after a moment."""
    tree = _tree(process)
    for member in tree:
        _signal(member, signal.SIGTERM)
    _, alive = psutil.wait_procs(tree, timeout=GRACE_SECONDS)
    for member in alive:
        _signal(member, signal.SIGKILL)


def _tree(process: psutil.Popen) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
