"""The process of one build, with its project's environment and its role's credentials only."""

import json
import logging
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from localcloud.server import supervise

log = logging.getLogger("localcloud")

_RUNNER = (sys.executable, "-P", "-m", "localcloud.runners.builds")

Record = dict[str, Any]


class BuildProcesses:
    """Starts `python -m localcloud.runners.builds build.json` per build and reads its lines.

    `report(build_id, line)` takes each line; `ended(build_id, status)` the end: the status that the process was stopped
    with (STOPPED, TIMED_OUT), or '' when it ended by itself.
    """

    def __init__(self) -> None:
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._stopped: dict[str, str] = {}
        self._lock = threading.Lock()
        self.report: Callable[[str, Record], None] = lambda _id, _line: None
        self.ended: Callable[[str, str], None] = lambda _id, _status: None

    def start(
        self, build_id: str, request: Record, environment: Mapping[str, str], directory: Path, seconds: float
    ) -> None:
        """Starts a build; it is stopped as TIMED_OUT after some seconds."""
        file = directory / "build.json"
        file.write_text(json.dumps(request, indent=2), encoding="utf-8")
        with (directory / "builder.log").open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [sys.executable, "-I", str(supervise.__file__), *_RUNNER, str(file)],
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        with self._lock:
            self._processes[build_id] = process
        timer = threading.Timer(seconds, self.stop, (build_id, "TIMED_OUT"))
        timer.daemon = True
        timer.start()
        threading.Thread(target=self._follow, args=(build_id, process, timer, directory), daemon=True).start()

    def stop(self, build_id: str, status: str = "STOPPED") -> bool:
        """Asks a build's processes to end; whether it was running."""
        with self._lock:
            process = self._processes.get(build_id)
            if process is None:
                return False
            self._stopped.setdefault(build_id, status)
        process.terminate()
        return True

    def stop_all(self) -> None:
        """Stops every build and waits until its processes have gone."""
        with self._lock:
            running = list(self._processes.items())
        for build_id, _ in running:
            self.stop(build_id)
        for _, process in running:
            process.wait()

    def _follow(self, build_id: str, process: subprocess.Popen[str], timer: threading.Timer, directory: Path) -> None:
        assert process.stdout  # noqa: S101 (the pipe was asked for)
        for text in process.stdout:
            try:
                self.report(build_id, json.loads(text))
            except (ValueError, KeyError, TypeError):
                log.exception("%s: the builder wrote a line that is not understood: %r", build_id, text)
        process.wait()
        timer.cancel()
        with self._lock:
            self._processes.pop(build_id, None)
            status = self._stopped.pop(build_id, "")
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        _clear(directory)
        try:
            self.ended(build_id, status)
        except Exception:
            log.exception("%s: the end of the build could not be recorded", build_id)


def folder(builds: Path, build_id: str) -> Path:
    """Makes a build's working directory; no one else may read it."""
    path = builds / build_id.replace(":", "-")
    path.mkdir(parents=True, mode=0o700)
    (path / "home" / "tmp").mkdir(parents=True)
    return path


def _clear(directory: Path) -> None:
    """Removes what a container would take with it: source, home, variables with their secrets. Its own log stays."""
    for path in directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != "builder.log":
            path.unlink()
