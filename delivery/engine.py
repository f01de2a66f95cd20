"""The Pulumi CLI as a child process; its output is read as events and never passed on as it is."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from delivery import events
from delivery.errors import DeliveryError, StackLockedError
from delivery.events import Diagnostic, Event, Step

_QUIET_OPS = frozenset({"same", "read", "refresh"})
_ERROR_LINES = 20
# The S3 backend's complaint, before anything is changed.
_LOCKED = "the stack is currently locked by"


def say(line: str) -> None:
    """A line of the job's log, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One stack in one backend, and the program's directory.

    `config_file` is the stack's config file with what opens the stack's secrets.
    """

    stack: str
    directory: Path
    environment: Mapping[str, str]
    config_file: Path | None = None
    report: Callable[[str], None] = field(default=say)

    def preview(self, *options: str) -> list[Event]:
        """What `up` would do; raises DeliveryError with the engine's errors."""
        return self._events("preview", options)

    def up(self, *options: str) -> list[Event]:
        """Deploys without a preview of its own, reporting each step.

        Raises:
            StackLockedError: somebody else deploys.
            DeliveryError: with the engine's errors.
        """
        return self._events("up", ("--yes", "--skip-preview", *options), progress=True)

    def refresh_preview(self) -> list[Event]:
        """How the resources differ from the state, without running the program; raises DeliveryError."""
        return self._events("refresh", ("--preview-only",))

    def text(self, *arguments: str) -> str:
        """Standard output of a command that prints no events; raises DeliveryError with its standard error."""
        done = subprocess.run(
            [self._executable(), *arguments, "--non-interactive"],
            cwd=self.directory,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DeliveryError(f"pulumi {' '.join(arguments[:2])} failed:\n{_end(done.stderr)}")
        return done.stdout

    def _events(self, operation: str, options: Sequence[str], *, progress: bool = False) -> list[Event]:
        command = [self._executable(), operation, "--json", "--non-interactive", "--stack", self.stack, *options]
        if self.config_file:
            command += ["--config-file", str(self.config_file)]
        found: list[Event] = []
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
            subprocess.Popen(
                command,
                cwd=self.directory,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
                errors="replace",
            ) as process,
        ):
            for event in events.parse(process.stdout or ()):
                found.append(event)
                self._report(event, progress=progress)
            process.wait()
            errors.seek(0)
            complaint = errors.read()
        if process.returncode:
            reason = failure(operation, found, complaint)
            raise (StackLockedError if _LOCKED in reason else DeliveryError)(reason)
        return found

    def _report(self, event: Event, *, progress: bool) -> None:
        if isinstance(event, Diagnostic):
            # A warning without a resource is the engine's own, about plugins and versions.
            if event.severity == "warning" and event.urn:
                self.report(f"warning: {event.urn.rpartition('::')[2]}: {event.message}")
        elif progress and event.op not in _QUIET_OPS:
            self.report(f"{'done:' if event.done else 'start:':6} {event.op} {event.type} {event.name}")

    def _executable(self) -> str:
        found = shutil.which("pulumi", path=self._environment()["PATH"])
        if not found:
            raise DeliveryError("there is no pulumi on PATH: run `python -m delivery.install`")
        return found

    def _environment(self) -> dict[str, str]:
        path = [self.environment.get("PATH", os.defpath), *map(str, _installed())]
        return {
            **self.environment,
            "PATH": os.pathsep.join(path),
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }


def _installed() -> list[Path]:
    """Where the CLI is when PATH has none: where the job's installation or `make setup` put it."""
    local = Path(__file__).resolve().parent.parent / ".local"
    try:
        setup = json.loads((local / "setup.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        setup = {}
    found = [Path(setup["pulumi"]).parent, local / "host"] if setup.get("pulumi") else []
    return [local / "cli", *found]


def changed(found: Sequence[Event]) -> list[Step]:
    """The steps that were done and changed something, the logical one of a replacement left out."""
    quiet = {*_QUIET_OPS, "replace"}
    return [event for event in found if isinstance(event, Step) and event.done and event.op not in quiet]


def failure(operation: str, found: Sequence[Event], complaint: str) -> str:
    """The errors among the events; standard error where there are none, as before the program runs."""
    diagnostics = [event for event in found if isinstance(event, Diagnostic) and event.severity != "warning"]
    lines = [f"{_subject(item)}{item.message}" for item in diagnostics] or [_end(complaint) or "no reason was given"]
    return "\n".join([f"pulumi {operation} failed:", *(f"  {line}" for text in lines for line in text.splitlines())])


def _subject(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.urn.rpartition('::')[2]}: " if diagnostic.urn else ""


def _end(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_ERROR_LINES:])
