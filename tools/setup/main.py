"""The set-up as a whole."""

import shlex
import signal
import sys
from pathlib import Path
from types import FrameType

from tools.setup import python_env, result
from tools.setup.interpreter import NEWEST_TESTED, version_text
from tools.setup.parts import run_side_by_side
from tools.toolchain import pulumi_cli
from tools.toolchain.cache import exclusive
from tools.toolchain.errors import SetupError
from tools.toolchain.workspace import Workspace

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130


def main() -> int:
    """Set the clone up; return the exit code: 0, 1 after an error, 130 after an interruption."""
    workspace = Workspace()
    try:
        if is_current(workspace):
            return 0
        interrupt_on_signals()
        with exclusive(
            workspace.local / "setup.lock",
            workspace.processes.stopped,
            lambda: workspace.progress.say("setup", "another set-up of this clone is running, waiting for it"),
        ):
            if not is_current(workspace):
                set_up(workspace)
    except KeyboardInterrupt:
        workspace.progress.close()
        sys.stderr.write("setup: interrupted; run it again and it goes on where it stopped\n")
        return INTERRUPTED
    except SetupError as error:
        workspace.progress.close()
        sys.stderr.write(f"setup: {error}\n")
        return 1
    return 0


def is_current(workspace: Workspace) -> bool:
    """Return whether there is nothing to do."""
    outcome = result.read(workspace)
    if outcome is None or not python_env.is_current(workspace):
        return False
    is_usable = workspace.tools_from_path
    if outcome.pulumi_origin != "path":
        is_usable = pulumi_cli.is_verified(workspace, Path(outcome.pulumi).parent)
    if not is_usable:
        return False
    return outcome.language_host != "fallback" or workspace.language_host.exists()


def interrupt_on_signals() -> None:
    """End in the same orderly way whether Ctrl-C is pressed, the job is terminated, or the terminal is closed."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # the clean-up is under way and short
        raise KeyboardInterrupt

    for number in SIGNALS:
        signal.signal(number, interrupt)


def set_up(workspace: Workspace) -> None:
    """Get the Python packages and the Pulumi CLI, and write down what was found."""
    for part in ("python", "pulumi"):
        workspace.log(part).unlink(missing_ok=True)
    if sys.version_info[:2] > NEWEST_TESTED:
        newest = version_text(NEWEST_TESTED)
        workspace.progress.say(
            "python", f"{version_text(sys.version_info[:2])} is newer than the last tested, {newest}"
        )
    cli = run_side_by_side(workspace)
    outcome = result.of(workspace, cli)
    if outcome.language_host == "fallback":
        _install_language_host(workspace)
    result.write(workspace, outcome)
    workspace.progress.close()


def _install_language_host(workspace: Workspace) -> None:
    """Put the local cloud's language host where `tools.pulumi` looks for it: this CLI brings none."""
    workspace.host_launchers.mkdir(parents=True, exist_ok=True)
    command = shlex.join([str(workspace.venv_python), "-P", "-m", "localcloud.language_host"])
    partial = workspace.language_host.with_suffix(".partial")
    partial.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    partial.chmod(0o755)
    partial.rename(workspace.language_host)
