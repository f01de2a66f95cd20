"""One shell for a whole build: variables and the working directory last from command to command, as in version 0.2."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

_POLL = 0.02


class Shell:
    """A shell process that runs commands one after the other.

    A command that ends the shell (`exit 1`) ends that process; the next one goes on from the variables and the
    directory before it. `environment` has the exported variables as they were after the last command.
    """

    def __init__(
        self, program: str, environment: Mapping[str, str], directory: Path, output: int, scratch: Path
    ) -> None:
        self.environment = dict(environment)
        self.directory = directory
        self._program = program
        self._output = output
        self._scratch = scratch
        self._process: subprocess.Popen[str] | None = None
        self._count = 0

    def run(self, command: str) -> int:
        """Run one command, which may have several lines; return its exit code."""
        self._count += 1
        script, done = (self._scratch / f"{self._count}{suffix}" for suffix in (".sh", ".status"))
        script.write_text(f"{command}\n", encoding="utf-8")
        process = self._running()
        assert process.stdin  # noqa: S101 (the pipe was asked for)
        # The command must not read the shell's own input. The state is written by a child, which adds no variables.
        state = f"env -0 > {self._quoted('env')}; pwd -P > {self._quoted('pwd')}"
        finish = (
            f'printf %s "$1" > {shlex.quote(f"{done}.part")}; mv {shlex.quote(f"{done}.part")} {shlex.quote(str(done))}'
        )
        process.stdin.write(
            f". {shlex.quote(str(script))} </dev/null; /bin/sh -c {shlex.quote(f'{state}; {finish}')} sh $?\n"
        )
        process.stdin.flush()
        return self._wait(process, done)

    def export(self, name: str, value: str) -> None:
        """Set a variable for what follows."""
        self.environment[name] = value
        if self._process and self._process.poll() is None and self._process.stdin:
            self._process.stdin.write(f"export {name}={shlex.quote(value)}\n")

    def close(self) -> None:
        """End the shell."""
        if self._process and self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
            self._process.wait()

    def _wait(self, process: subprocess.Popen[str], done: Path) -> int:
        while not done.exists():
            if (code := process.poll()) is not None and not done.exists():
                return code if code >= 0 else 128 - code
            time.sleep(_POLL)
        entries = (self._scratch / "env").read_bytes().split(b"\0")
        pairs = (os.fsdecode(entry).partition("=") for entry in entries if entry)
        self.environment = {name: value for name, _, value in pairs}
        self.directory = Path((self._scratch / "pwd").read_text(encoding="utf-8").rstrip("\n"))
        return int(done.read_text(encoding="utf-8"))

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [self._program],
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=self._output,
                stderr=self._output,
                text=True,
            )
        return self._process

    def _quoted(self, name: str) -> str:
        return shlex.quote(str(self._scratch / name))
