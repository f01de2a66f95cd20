"""The Pulumi CLI as a child process; its output is read as events and never passed on unread."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from delivery import events
from delivery.events import Diagnostic, Event, Step
from delivery.job import DeliveryError, StackLockedError, log
from tools.toolchain.plugins import engine_variables

POLICY_PACK = "policy"
"""The folder of the program that holds its policy pack."""
_LOCAL = Path(__file__).resolve().parent.parent / ".local"
_QUIET_OPS = frozenset({"same", "read", "refresh"})
_ERROR_LINES = 20
# The S3 backend's complaint, before anything is changed.
_LOCKED = "the stack is currently locked by"
# The longest that a deployment may take. A lock that a dead build left is for a person (operations.md, "A stale lock").
LOCK_WAIT_SECONDS = 60 * 60.0
_LOCK_PAUSE_SECONDS = 10.0

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One stack in one backend, run from the program's directory.

    `config_file` is a copy of the stack's config file with the key that opens the stack's secrets.
    """

    stack: str
    directory: Path
    environment: Mapping[str, str]
    config_file: Path | None = None
    report: Callable[[str], None] = field(default=log)

    def preview(self, *options: str) -> list[Event]:
        """Return the events of a preview; raise DeliveryError with the engine's errors."""
        return self._events("preview", options)

    def preview_under_policies(self) -> list[Event]:
        """Return the events of a preview that keeps the rules of the program's policy pack, where it has one.

        Raises:
            DeliveryError: with the rules that it breaks, or the engine's errors.
        """
        pack = self.directory / POLICY_PACK
        return self.preview(*(("--policy-pack", str(pack)) if pack.is_dir() else ()))

    def up(self, *options: str) -> list[Event]:
        """Deploy without another preview, and report each step.

        Raises:
            StackLockedError: another execution is changing the stack.
            DeliveryError: with the engine's errors.
        """
        return self._events("up", ("--yes", "--skip-preview", *options), progress=True)

    def refresh_preview(self) -> list[Event]:
        """Return how the resources differ from the state, without running the program; raise DeliveryError."""
        return self._events("refresh", ("--preview-only",))

    def text(self, *arguments: str) -> str:
        """Return the output of a command that prints no events; raise DeliveryError with its standard error."""
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
        received: list[Event] = []
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
                received.append(event)
                self._report(event, progress=progress)
            process.wait()
            errors.seek(0)
            stderr = errors.read()
        if process.returncode:
            reason = failure(operation, received, stderr)
            raise (StackLockedError if _LOCKED in reason else DeliveryError)(reason)
        return received

    def _report(self, event: Event, *, progress: bool) -> None:
        if isinstance(event, Diagnostic):
            # A warning without a resource is the engine's own, about plugins and versions.
            if event.severity == "warning" and event.urn:
                self.report(f"warning: {event.urn.rpartition('::')[2]}: {event.message}")
        elif progress and event.op not in _QUIET_OPS:
            self.report(f"{'done:' if event.done else 'start:':6} {event.op} {event.type} {event.name}")

    def _executable(self) -> str:
        executable = shutil.which("pulumi", path=self._environment()["PATH"])
        if not executable:
            raise DeliveryError("there is no pulumi on PATH: run `python -m delivery.install`")
        return executable

    def _environment(self) -> dict[str, str]:
        path = self.environment.get("PATH", os.defpath)
        return {
            **self.environment,
            **_only_verified(path),
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }


def retry_while_locked(
    work: Callable[[], Result], wait: float = LOCK_WAIT_SECONDS, pause: float = _LOCK_PAUSE_SECONDS
) -> Result:
    """Run `work`, all of it again every `pause` seconds while another execution holds the stack's lock.

    All of it, since what `work` has read of the stack may have changed meanwhile.

    Raises:
        StackLockedError: the stack is still locked after `wait` seconds; says by whom, and what to do.
    """
    deadline = time.monotonic() + wait
    while True:
        try:
            return work()
        except StackLockedError as error:
            if time.monotonic() + pause > deadline:
                raise StackLockedError(
                    f"{error}\nThe stack was still locked after {wait / 60:.0f} minutes, so nothing was changed. If no "
                    "build holds the lock any more, release it (docs/operations.md, a stale lock) and retry the stage."
                ) from error
            log(f"waiting for the stack's lock: {str(error).splitlines()[-1].strip()}")
            time.sleep(pause)


def _only_verified(path: str) -> dict[str, str]:
    """Return PATH, and variables by which the engine runs no plugin that `delivery.install` has not verified.

    Where that installed a CLI, it comes first and takes no plugin from PATH. Else the one on PATH does, as on the local
    cloud, or that of `make setup`.
    """
    if (_LOCAL / "cli" / "pulumi").exists():
        return {"PATH": os.pathsep.join([str(_LOCAL / "cli"), path]), **engine_variables(tools_from_path=False)}
    try:
        setup = json.loads((_LOCAL / "setup.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        setup = {}
    from_setup = [str(Path(setup["pulumi"]).parent), str(_LOCAL / "host")] if setup.get("pulumi") else []
    return {"PATH": os.pathsep.join([path, *from_setup]), **engine_variables(tools_from_path=True)}


def completed_changes(received: Sequence[Event]) -> list[Step]:
    """Return the completed steps that changed a resource; a replacement counts once, by its own two steps only."""
    quiet = {*_QUIET_OPS, "replace"}
    return [event for event in received if isinstance(event, Step) and event.done and event.op not in quiet]


def failure(operation: str, received: Sequence[Event], stderr: str) -> str:
    """Return the errors among the events, or standard error where there are none, as before the program runs."""
    diagnostics = [event for event in received if isinstance(event, Diagnostic) and event.severity != "warning"]
    lines = [f"{_subject(item)}{item.message}" for item in diagnostics] or [_end(stderr) or "no reason was given"]
    return "\n".join([f"pulumi {operation} failed:", *(f"  {line}" for text in lines for line in text.splitlines())])


def _subject(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.urn.rpartition('::')[2]}: " if diagnostic.urn else ""


def _end(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_ERROR_LINES:])
