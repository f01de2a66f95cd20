"""The processes of a local cloud: its server, and everything that carries its marker."""

import os
import signal
import subprocess

import psutil

from localcloud.layout import MARKER, Layout, ServerState

STOP_SECONDS = 15.0
"""How long a process may take to end after SIGTERM."""


def server(layout: Layout, state: ServerState) -> psutil.Process | None:
    """Return the server that a state file is about; None when it has ended."""
    try:
        process = psutil.Process(int(state["pid"]))
        # A pid alone may have been given to another program since; a start time alone moves when the clock is set.
        same = _marked(process, layout) or abs(process.create_time() - float(state["create_time"])) < 1
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, KeyError, ValueError):
        return None


def sweep(layout: Layout) -> int:
    """Kill processes of this state directory that outlived their server; return how many there were."""
    leftovers = [
        process for process in psutil.process_iter() if _marked(process, layout) and process.pid != os.getpid()
    ]
    for process in leftovers:
        process.kill()
    psutil.wait_procs(leftovers, timeout=STOP_SECONDS)
    return len(leftovers)


def _marked(process: psutil.Process, layout: Layout) -> bool:
    try:
        return process.environ().get(MARKER) == str(layout.state_dir)
    except (psutil.Error, OSError):
        return False


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop the server if it still runs, and close the pipe to it."""
    if process.poll() is None:
        terminate(process.pid)
    if process.stdin:
        process.stdin.close()
    process.wait()


def terminate(pid: int) -> None:
    """Ask a process to end, and kill it when it does not."""
    try:
        process = psutil.Process(pid)
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        psutil.Process(pid).kill()
    except psutil.NoSuchProcess:
        return
