"""The `pulumi` of the local cloud's environment: the real CLI, with the local key kept out of committed files.

It adds `--config-file` with a copy of the stack's config file where a command reads one, and otherwise becomes the real
CLI: same process, terminal, signals and exit code. `up`, `preview` and the like create a stack that is missing, where
the CLI would offer to; all others say that there is none. `pulumi stack init` leaves the committed file as it is.
`pulumi config set` and `rm` change the committed file itself; secrets are refused there, as their key is gone with
the cloud.
"""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

from localcloud.layout import Layout, default_layout, read_json
from localcloud.pulumi_cli.arguments import Command, parse
from localcloud.pulumi_cli.stack_config import (
    Project,
    StackConfigError,
    copy,
    create_stack,
    ensure_stack,
    find_project,
    forget_stack,
    selected_stack,
)

_GARBAGE_COLLECTION: Final = "400"
"""What the heap may grow by before the CLI collects garbage, in percent. The small heap of a process that soon ends is
collected often with Go's default of 100: a twentieth of a preview's CPU."""


class WrapperError(Exception):
    """The command cannot be run; the message says what to do."""


def real_cli(layout: Layout, configured: str = "", path: str | None = None) -> Path | None:
    """Return the real Pulumi CLI: the configured one, else the first on PATH that is not the wrapper."""
    if configured:
        return Path(configured)
    search = path if path is not None else os.environ.get("PATH", os.defpath)
    parts = [part for part in search.split(os.pathsep) if Path(part) != layout.bin]
    executable = shutil.which("pulumi", path=os.pathsep.join(parts))
    return Path(executable) if executable else None


def complete_arguments(
    layout: Layout, command: Command, arguments: Sequence[str], project: Project, stack: str
) -> list[str]:
    """Return the arguments for the real CLI."""
    if command.words[:2] == ("stack", "rm"):
        forget_stack(layout, project, stack)
        return [*arguments, *([] if "--preserve-config" in command.flags else ["--preserve-config"])]
    if command.words[:2] == ("stack", "select"):
        # It would offer to create a stack that is missing, with a key that is not the cloud's.
        return [*arguments, "--non-interactive"]
    if not command.reads_config:
        return list(arguments)
    # Right after the command: what follows `--` must stay last.
    place = arguments.index(command.name) + 1
    return [*arguments[:place], "--config-file", str(copy(layout, project, stack)), *arguments[place:]]


def prepare(layout: Layout, arguments: Sequence[str], environment: Mapping[str, str], cli: Path) -> list[str]:
    """Make the stack usable and return the arguments for the real CLI.

    Raises:
        WrapperError: when the environment is not that of the running cloud, or a secret would be lost.
        StackConfigError: when the stack cannot be created.
    """
    command = parse(arguments)
    # A backend of the caller's own has its own secrets: nothing of the cloud's is in there.
    if command.is_help or environment.get("PULUMI_BACKEND_URL", "").startswith("file://"):
        return list(arguments)
    state = read_json(layout.cloud)
    if environment.get("PULUMI_BACKEND_URL") != state.get("backend_url"):
        raise WrapperError(
            "this shell's environment does not belong to a running local cloud. "
            'Start one with `localcloud up`, then run: eval "$(localcloud env)"'
        )
    project = find_project(Path(command.directory or ".").absolute())
    if project is None:
        return list(arguments)
    stack = command.named_stack or environment.get("PULUMI_STACK")
    stack = stack or selected_stack(layout, project, state["backend_url"])
    if stack is None:
        return list(arguments)
    _refuse_to_lose(command, project.committed(stack).name)
    provider = command.secrets_provider or str(state["secrets_provider"])
    if command.words[:2] == ("stack", "init"):
        create_stack(layout, project, stack, cli, provider, environment)
        return ["stack", *(["--show-name", "--stack"] if "--no-select" in command.flags else ["select"]), stack]
    if command.creates_stack:
        ensure_stack(layout, project, stack, cli, provider, environment)
    return complete_arguments(layout, command, arguments, project, stack)


def _refuse_to_lose(command: Command, file: str) -> None:
    """Refuse what would delete a committed file, or write a secret into it that nobody can read later."""
    if command.name in {"destroy", "dn", "down"} and "--remove" in command.flags:
        raise WrapperError(
            f"--remove would delete {file}; run `pulumi destroy` and then `pulumi stack rm`, which keeps it here"
        )
    if command.keeps_secret:
        raise WrapperError(f"a secret cannot be kept in {file}: the local cloud's key is new at every start")


def main() -> NoReturn:
    """Become the real CLI."""
    layout, arguments = default_layout(), sys.argv[1:]
    cli = real_cli(layout, read_json(layout.options).get("pulumi", ""))
    if cli is None:
        sys.exit("pulumi: no Pulumi CLI found; install it, or name it in the cloud's options")
    try:
        prepared = prepare(layout, arguments, os.environ, cli)
    except (WrapperError, StackConfigError) as error:
        sys.exit(f"pulumi: {error}")
    os.environ.setdefault("GOGC", _GARBAGE_COLLECTION)
    os.execv(cli, ["pulumi", *prepared])  # noqa: S606 (to become the CLI, without a shell, is the point)


if __name__ == "__main__":
    main()
