"""The two parts of the set-up, each in a thread of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from tools.setup import python_env
from tools.setup.uv import find_or_install_uv
from tools.toolchain import pulumi_cli, versions
from tools.toolchain.errors import InterruptedSetupError
from tools.toolchain.workspace import Workspace

TICK_SECONDS = 0.5
CLEAN_UP_SECONDS = 5.0

Outcome = TypeVar("Outcome")


class Part(threading.Thread, Generic[Outcome]):
    """A function of the workspace that runs beside the others, as a daemon: it cannot keep the set-up from ending."""

    def __init__(self, work: Callable[[Workspace], Outcome], workspace: Workspace) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._workspace = workspace
        self._outcome: list[Outcome] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """Keep what the work returned or raised; the thread's body."""
        try:
            self._outcome.append(self._work(self._workspace))
        except BaseException as error:  # noqa: BLE001 raised again in the main thread
            self.error = error

    @property
    def outcome(self) -> Outcome:
        """What the work returned; only for a part that has ended without an error."""
        return self._outcome[0]


def python_part(workspace: Workspace) -> None:
    """Install uv, then the virtual environment."""
    if not python_env.is_current(workspace):
        python_env.synchronise(workspace, find_or_install_uv(workspace))
    workspace.progress.finish("python", "the packages of requirements.lock are installed in .venv")


def pulumi_part(workspace: Workspace) -> pulumi_cli.PulumiCli:
    """Get the Pulumi CLI."""
    workspace.progress.update("pulumi", "looking for the CLI")
    cli = pulumi_cli.find_or_get(workspace)
    workspace.progress.finish("pulumi", f"v{versions.text_of(cli.version)} ({cli.origin}): {cli.path}")
    return cli


def run_side_by_side(workspace: Workspace) -> pulumi_cli.PulumiCli:
    """Run both parts; when one fails, or on a signal, stop the other and leave no process behind."""
    python = Part(python_part, workspace)
    pulumi = Part(pulumi_part, workspace)
    parts = (python, pulumi)
    try:
        for part in parts:
            part.start()
        while any(part.is_alive() for part in parts) and not any(part.error for part in parts):
            for part in parts:
                part.join(TICK_SECONDS / len(parts))
            workspace.progress.tick()
    finally:
        workspace.processes.stop_all()
        for part in parts:
            part.join(CLEAN_UP_SECONDS)
    raise_first_error(parts)
    return pulumi.outcome


def raise_first_error(parts: Sequence[Part[None] | Part[pulumi_cli.PulumiCli]]) -> None:
    """Raise what made a part fail: not the interruption that the failure of another part brought upon it."""
    errors = [part.error for part in parts if part.error]
    for error in sorted(errors, key=lambda error: isinstance(error, InterruptedSetupError)):
        raise error
