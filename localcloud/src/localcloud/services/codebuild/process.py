"""The processes of builds, each with its container's environment only."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from localcloud.runners import supervise
from localcloud.runners.builds.protocol import EndReport, PhaseReport
from localcloud.services.codebuild.container import Container

log = logging.getLogger("localcloud")

_RUNNER = (sys.executable, "-P", "-m", "localcloud.runners.builds")

Stop = Literal["STOPPED", "TIMED_OUT"]


class BuildProcesses:
    """Start `python -m localcloud.runners.builds build.json` per build and read its reports.

    Args:
        report: takes each report of a build, by the build's id.
        ended: hears of the end of each process: why it was stopped, None where it ended by itself.
    """

    def __init__(
        self, report: Callable[[str, PhaseReport | EndReport], None], ended: Callable[[str, Stop | None], None]
    ) -> None:
        self._report = report
        self._ended = ended
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._stopped: dict[str, Stop] = {}
        self._lock = threading.Lock()

    def start(self, build_id: str, container: Container, directory: Path, seconds: float) -> None:
        """Start a build in a directory; it is stopped as TIMED_OUT after some seconds."""
        file = directory / "build.json"
        file.write_text(json.dumps(container.request, indent=2), encoding="utf-8")
        with (directory / "builder.log").open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [sys.executable, "-I", str(supervise.__file__), *_RUNNER, str(file)],
                cwd=directory,
                env=container.environment,
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

    def stop(self, build_id: str, reason: Stop = "STOPPED") -> None:
        """Ask a build's processes to end, if there are any."""
        with self._lock:
            process = self._processes.get(build_id)
            if process is None:
                return
            self._stopped.setdefault(build_id, reason)
        process.terminate()

    def stop_all(self) -> None:
        """Stop every build and wait until its processes have ended."""
        with self._lock:
            running = list(self._processes.items())
        for build_id, _ in running:
            self.stop(build_id)
        for _, process in running:
            process.wait()

    def _follow(self, build_id: str, process: subprocess.Popen[str], timer: threading.Timer, directory: Path) -> None:
        assert process.stdout  # noqa: S101 (the pipe was asked for)
        for line in process.stdout:
            try:
                self._report(build_id, json.loads(line))
            except (ValueError, KeyError, TypeError):
                log.exception("%s: the build's process wrote a line that is no report: %r", build_id, line)
        process.wait()
        timer.cancel()
        with self._lock:
            self._processes.pop(build_id, None)
            reason = self._stopped.pop(build_id, None)
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        _clear(directory)
        try:
            self._ended(build_id, reason)
        except Exception:
            log.exception("%s: the end of the build could not be recorded", build_id)


def create_directory(builds: Path, build_id: str) -> Path:
    """Create a build's working directory, which no other user may read."""
    path = builds / build_id.replace(":", "-")
    path.mkdir(parents=True, mode=0o700)
    (path / "home" / "tmp").mkdir(parents=True)
    return path


def _clear(directory: Path) -> None:
    """Delete what ends with a container: source, home, variables with their secrets. The log of the process stays."""
    for path in directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != "builder.log":
            path.unlink()
