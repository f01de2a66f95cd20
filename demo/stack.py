"""The stack in the demo: the real Pulumi CLI, its events read as they come."""

import json
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from demo import ROOT, DemoError

STACK = "local"
# The engine saves the whole state before and after each resource, so that nothing is lost where it is killed: half of
# an update's CPU. Right only where whoever kills it takes the cloud along.
STATE_AT_THE_END = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
_UNCHANGED = ("same", "read", "refresh")
_ERROR_LINES = 20


class StackError(DemoError):
    """The engine failed; the message is its own."""


@dataclass
class Outcome:
    """What an operation changed: operations by count, without what stayed the same."""

    changes: dict[str, int] = field(default_factory=dict[str, int])
    errors: list[str] = field(default_factory=list[str])
    seconds: float = 0.0


@dataclass(frozen=True)
class Stack:
    """A stack, by default `local`, of the checkout in a directory, as the person whose environment it is run in."""

    environment: Mapping[str, str]
    log: Path
    directory: Path = ROOT
    name: str = STACK

    @property
    def pulumi(self) -> str:
        """The Pulumi CLI on the person's PATH."""
        return shutil.which("pulumi", path=self.environment.get("PATH")) or "pulumi"

    def version(self) -> str:
        """Return the engine's version."""
        return self._text("version")

    def select(self, secrets_provider: str) -> None:
        """Select the stack, which is created where the backend has none of its name; raise StackError."""
        try:
            self._text("stack", "select", self.name)
        except StackError:
            self._text("stack", "init", self.name, "--secrets-provider", secrets_provider)

    def up(self, progress: Callable[[str], None], *options: str) -> Outcome:
        """Deploy; raise StackError."""
        return self._operation("up", ["--yes", "--skip-preview", *options], progress)

    def preview(self, progress: Callable[[str], None], *options: str) -> Outcome:
        """Return what a deployment would change; raise StackError."""
        return self._operation("preview", options, progress)

    def destroy(self, progress: Callable[[str], None]) -> Outcome:
        """Destroy everything in the stack; raise StackError."""
        return self._operation("destroy", ["--yes", "--skip-preview"], progress)

    def release_lock(self) -> None:
        """Remove every lock of the stack's state, whosever it is."""
        self._text("cancel", "--yes", "--stack", self.name)

    def remove(self) -> None:
        """Remove the empty stack from the backend."""
        self._text("stack", "rm", self.name, "--yes")

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs."""
        return json.loads(self._text("stack", "output", "--json", "--stack", self.name))

    def resources(self) -> dict[str, int]:
        """Count the resources of each type in the engine's state."""
        resources = self.export()["deployment"].get("resources", [])
        return dict(sorted(Counter(resource["type"] for resource in resources).items()))

    def export(self) -> dict[str, Any]:
        """Return the engine's whole state."""
        return json.loads(self._text("stack", "export", "--stack", self.name))

    def _operation(self, name: str, options: Sequence[str], progress: Callable[[str], None]) -> Outcome:
        """Run an operation to its end.

        Raises:
            KeyboardInterrupt: it was interrupted; the engine has ended what was under way and released its lock.
            StackError: it failed, with the engine's own words.
        """
        began, outcome = time.monotonic(), Outcome()
        command = [self.pulumi, name, "--stack", self.name, "--non-interactive", "--json", *options]
        with self.log.open("ab") as log:
            position = log.seek(0, 2)
            with self._process(command, log) as process, _interrupts_passed_on(process, progress) as interrupts:
                for line in process.stdout or ():
                    log.write(line)
                    _take(line, outcome, progress)
        if interrupts:
            raise KeyboardInterrupt
        outcome.seconds = time.monotonic() - began
        if process.returncode:
            words = outcome.errors or self._logged_words(position)
            raise StackError("\n".join(words) or f"pulumi {name} failed; see {self.log}")
        return outcome

    def _logged_words(self, position: int) -> list[str]:
        """Return what the engine wrote to the log beside its events, such as who holds the lock."""
        with self.log.open("rb") as log:
            log.seek(position)
            lines = log.read().decode(errors="replace").splitlines()
        return [line.rstrip() for line in lines if line.strip() and not line.startswith("{")][-_ERROR_LINES:]

    def _process(self, command: Sequence[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=self.directory,
            # Without it a preview writes one document at its end instead of events.
            env={**self.environment, "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            # A terminal's Ctrl-C reaches this process alone, which passes it on once.
            process_group=0,
        )

    def _text(self, *arguments: str) -> str:
        command = [self.pulumi, *arguments, "--non-interactive"]
        result = subprocess.run(
            command,
            cwd=self.directory,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise StackError(result.stderr.strip() or result.stdout.strip())
        return result.stdout.strip()


@contextmanager
def _interrupts_passed_on(process: subprocess.Popen[bytes], progress: Callable[[str], None]) -> Generator[list[int]]:
    """Pass interrupts on to the engine, and go on reading; yield the list of those that came.

    The first lets it end what is under way and release its lock, the second ends it at once.
    """
    interrupts: list[int] = []

    def pass_on(number: int, _frame: object) -> None:
        interrupts.append(number)
        process.send_signal(signal.SIGINT)
        progress("interrupted: what is under way ends first; Ctrl-C again leaves it")

    before = signal.signal(signal.SIGINT, pass_on)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)


def _take(line: bytes, outcome: Outcome, progress: Callable[[str], None]) -> None:
    """Take in one line of the engine's event stream (apitype.EngineEvent)."""
    try:
        event: dict[str, Any] = json.loads(line)
    except ValueError:
        return
    if "resourcePreEvent" in event:
        metadata = event["resourcePreEvent"]["metadata"]
        if metadata["op"] not in _UNCHANGED:
            progress(f"{metadata['op']} {metadata['urn'].rpartition('::')[2]}")
    elif "diagnosticEvent" in event and event["diagnosticEvent"].get("severity") == "error":
        outcome.errors.append(event["diagnosticEvent"]["message"].strip())
    elif "summaryEvent" in event:
        changes = event["summaryEvent"].get("resourceChanges") or {}
        outcome.changes = {op: count for op, count in changes.items() if op not in _UNCHANGED and count}
