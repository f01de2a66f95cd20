"""Running the steps, and recording how each has ended."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

from botocore.exceptions import BotoCoreError, ClientError

from acceptance import locks
from acceptance.progress import Progress, Status
from acceptance.run import AcceptanceError, Run
from acceptance.steps import STEPS, Progressing, Step
from bootstrap.errors import BootstrapError, is_about_access
from delivery.job import DeliveryError
from demo import DemoError
from tools.toolchain.errors import SetupError
from tools.toolchain.login import LOCAL_STACK


def run_steps(run: Run, steps: Iterable[Step]) -> int:
    """Run steps until one does not pass, and record how each ends; return the command's exit code."""
    for step in steps:
        if not step.applies(run):
            run.progress.write(step.name, "not applicable", 0, "the settings have nothing of it")
        elif not _passes(run, step):
            return 1
    return 0


def _passes(run: Run, step: Step) -> bool:
    began, run.text, run.status = time.monotonic(), "", "passed"
    try:
        if step.shows_itself:
            run.timeline.title(step.text)
            _attempt(run, step, lambda _: None)
        else:
            with run.timeline.step(step.text) as shown:
                _attempt(run, step, shown.update)
                shown.result = f"{run.status}: {run.text}" if run.status != "passed" else run.text
    except (DemoError, DeliveryError, BootstrapError, ClientError, BotoCoreError, SetupError) as error:
        run.progress.write(step.name, _status_after(error), time.monotonic() - began, str(error))
        print(f"error: {step.name}: {error}", file=sys.stderr)
        if locks.is_locked(str(error)):
            print(f"When the holder of the lock is over, release it: {_cancel_command(run)}", file=sys.stderr)
        return False
    run.progress.write(step.name, run.status, time.monotonic() - began, run.text)
    return True


def _attempt(run: Run, step: Step, progress: Progressing) -> None:
    """Run a step; once more where the lock of a process kept it out that has ended on this machine."""
    try:
        step.run(run, progress)
    except (DemoError, DeliveryError) as error:
        if not locks.is_abandoned(str(error)):
            raise
        run.timeline.note("the stack's lock is that of a process of this machine which has ended: released")
        run.stack.release_lock()
        step.run(run, progress)


def _status_after(error: Exception) -> Status:
    """Return whether a step failed, or was stopped by what says nothing about the claims that it proves."""
    cause = error.__cause__ if isinstance(error, BootstrapError) else error
    return "stopped" if locks.is_locked(str(error)) or is_about_access(cause) else "failed"


def _cancel_command(run: Run) -> str:
    if run.name == LOCAL_STACK:
        return f"pulumi cancel --yes --stack {run.name}"
    backend = run.operator.environment["PULUMI_BACKEND_URL"]
    return f"PULUMI_BACKEND_URL='{backend}' .venv/bin/python -m tools.pulumi cancel --yes --stack {run.name}"


def require_whole(progress: Progress, *, destroy: bool) -> None:
    """Raise AcceptanceError where the stack was destroyed before all was tried on it: nothing can go on there."""
    open_steps = [step.name for step in STEPS if step.needs_stack and not progress.is_over(step.name)]
    if progress.is_over("destroy") and open_steps and not destroy:
        raise AcceptanceError(
            f"{progress.folder} holds a run that was destroyed before {open_steps[0]}: remove the folder to begin anew"
        )
