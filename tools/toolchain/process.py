"""Child processes of the set-up: logged line by line, bounded in time, and never left behind."""

import contextlib
import os
import shlex
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.toolchain.errors import CommandError, InterruptedSetupError

TAIL_LINES = 15
KILL_AFTER_SECONDS = 3.0
GONE_AFTER_SECONDS = 0.3


def output_of(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> str:
    """Return what a short command prints to stdout; "" where it fails, can't be started, or takes longer than 20 s."""
    try:
        return subprocess.check_output(command, env=env, text=True, timeout=20, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of a command in seconds: in total, and without printing anything; None is no bound."""

    total: float | None = None
    silent: float | None = None


@dataclass
class Processes:
    """Runs commands from several threads and can stop all of them, with their children, at once."""

    running: set[subprocess.Popen[str]] = field(default_factory=set[subprocess.Popen[str]])
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(
        self,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        limits: Limits = Limits(),
        on_line: Callable[[str], None] | None = None,
    ) -> list[str]:
        """Return the lines that the command printed to stdout and stderr; they go to the log file as they come.

        Raises:
            CommandError: it could not be started, failed, or went over a limit.
            InterruptedSetupError: stop_all was called.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as log_file:
            log_file.write(f"$ {shlex.join(command)}\n")
            log_file.flush()
            process = self._start(command, env, cwd)
            watchdog = Watchdog(process, limits)
            lines: list[str] = []
            try:
                assert process.stdout is not None  # noqa: S101 Popen was asked for a pipe
                with process.stdout as output:
                    for raw in output:
                        watchdog.heard()
                        line = raw.rstrip("\n")
                        log_file.write(line + "\n")
                        log_file.flush()
                        lines.append(line)
                        if on_line:
                            on_line(line)
                process.wait()
            finally:
                watchdog.done()
                kill_group(process)
                with self.lock:
                    self.running.discard(process)
        self.raise_if_stopped()
        if process.returncode != 0:
            how = watchdog.verdict or f"exit code {process.returncode}"
            raise CommandError(f"{shlex.join(command)}: {how}", list(deque(lines, TAIL_LINES)))
        return lines

    def _start(self, command: Sequence[str], env: Mapping[str, str] | None, cwd: Path | None) -> subprocess.Popen[str]:
        with self.lock:
            self.raise_if_stopped()
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    errors="replace",
                    env=env,
                    cwd=cwd,
                    # its own group: a Ctrl-C reaches it through stop_all, and its children are reached with it
                    start_new_session=True,
                )
            except OSError as error:
                raise CommandError(f"{command[0]} could not be started: {error}", []) from error
            self.running.add(process)
            return process

    def raise_if_stopped(self) -> None:
        """Raise InterruptedSetupError once stop_all was called; for waits between commands."""
        if self.stopped.is_set():
            raise InterruptedSetupError("stopped")

    def stop_all(self) -> None:
        """End every running command and its children, and refuse to start new ones."""
        with self.lock:
            self.stopped.set()
            processes = list(self.running)
        for process in processes:
            signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + KILL_AFTER_SECONDS
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            kill_group(process)


class Watchdog:
    """Kills a process group that runs longer, or stays silent longer, than its limits."""

    verdict: str = ""

    def __init__(self, process: subprocess.Popen[str], limits: Limits) -> None:
        self._process = process
        self._limits = limits
        self._started = self._last_heard = time.monotonic()
        self._done = threading.Event()
        if limits.total is not None or limits.silent is not None:
            threading.Thread(target=self._watch, daemon=True).start()

    def heard(self) -> None:
        """Note that the process printed something."""
        self._last_heard = time.monotonic()

    def done(self) -> None:
        """Stop watching: the process has ended."""
        self._done.set()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            now = time.monotonic()
            if self._limits.total is not None and now - self._started > self._limits.total:
                self.verdict = f"no end after {self._limits.total:.0f} s"
            elif self._limits.silent is not None and now - self._last_heard > self._limits.silent:
                self.verdict = f"no sign of life for {self._limits.silent:.0f} s"
            if self.verdict:
                kill_group(self._process)
                return


def signal_group(process: subprocess.Popen[str], number: int) -> bool:
    """Send a signal to the process and every descendant that stayed in its group; False when all are gone."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def kill_group(process: subprocess.Popen[str]) -> None:
    """Leave nothing of the process's group and reap the process."""
    alive = signal_group(process, signal.SIGKILL)
    process.wait()
    # A killed descendant may be busy for a moment longer with files that the caller is about to remove. Only a moment:
    # one that is dead, but not yet reaped by its new parent, looks the same.
    deadline = time.monotonic() + GONE_AFTER_SECONDS
    while alive and time.monotonic() < deadline:
        time.sleep(0.005)
        alive = signal_group(process, 0)
