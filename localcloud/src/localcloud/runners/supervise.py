"""Run a command in a process group of its own that does not outlive the process holding this one's standard input.

Usage: python supervise.py COMMAND [ARGUMENT...]; needs nothing but the standard library. SIGTERM or the end of the
standard input stops the group: SIGTERM first, SIGKILL after GRACE seconds.
"""

import os
import signal
import subprocess
import sys
import threading
import time

GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL."""


def main(command: list[str]) -> int:
    """Run the command until it ends or is to be stopped; return its exit code, 128 + n after signal n."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=_stop, args=(child,), daemon=True).start())
    threading.Thread(target=_stop_at_end_of_input, args=(child,), daemon=True).start()
    code = child.wait()
    _signal(child, signal.SIGKILL)
    return code if code >= 0 else 128 - code


def _stop_at_end_of_input(child: subprocess.Popen[bytes]) -> None:
    while os.read(0, 4096):
        pass
    _stop(child)


def _stop(child: subprocess.Popen[bytes]) -> None:
    _signal(child, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    _signal(child, signal.SIGKILL)


def _signal(child: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
