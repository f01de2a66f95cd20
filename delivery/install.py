"""The first command of a job: installs the pinned packages in `.venv`, and the pinned Pulumi CLI and its plugins.

Whatever it installs is compared with a recorded hash before any of it runs: a later command of the job has credentials.
What is on PATH counts for nothing, unless MLOPS_INFRA_TOOLS_FROM_PATH says so, as on the local cloud. A CLI is not
built here: it would have no language host, and the plugins need the releases anyway.

What is installed already stays. It runs on the image's own Python, with the standard library only.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path

from tools.toolchain import plugins, pulumi_cli, versions
from tools.toolchain.errors import SetupError
from tools.toolchain.workspace import REPOSITORY, Workspace, tools_from_path

REQUIREMENTS = REPOSITORY / "requirements.txt"
# Of the jobs alone: far fewer packages than the tests and the models need.
LOCK = REPOSITORY / "delivery" / "requirements.txt"


def main(arguments: Sequence[str] = ()) -> int:
    """Install; return 0, or 1 with the reason on standard error where something can't be installed."""
    parser = argparse.ArgumentParser(prog="python -m delivery.install", description=__doc__)
    parser.add_argument("--without-cli", action="store_true", help="the packages only, for a job that runs no Pulumi")
    options = parser.parse_args(arguments)
    workspace = Workspace(tools_from_path=tools_from_path("no"))
    try:
        packages(workspace)
        if not options.without_cli:
            plugins.install(workspace, cli(workspace))
    except (SetupError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"install: {error}\n")
        return 1
    return 0


def packages(workspace: Workspace) -> None:
    """Create `.venv` with what delivery/requirements.txt pins, or link it to an active environment that has all."""
    active = os.environ.get("VIRTUAL_ENV")
    if active and not workspace.venv.exists() and not missing(Path(active)):
        workspace.venv.symlink_to(active, target_is_directory=True)
    absent = missing(workspace.venv)
    if workspace.venv_python.exists() and not absent:
        return
    if workspace.venv.is_symlink():
        raise SetupError(f"{workspace.venv} is a link to {workspace.venv.resolve()}, which lacks {', '.join(absent)}")
    if not workspace.venv_python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(workspace.venv)], check=True)
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
    command = [str(workspace.venv_python), "-m", "pip", "install", *options, "--requirement", str(LOCK)]
    subprocess.run(command, check=True)


def missing(venv: Path) -> list[str]:
    """Return the direct requirements that the environment lacks or has in another version."""
    folders = [str(folder) for folder in venv.glob("lib/python3.*/site-packages")]

    def is_installed(requirement: str, version: str) -> bool:
        # By name: reading what all the others say of themselves takes longer than everything else here.
        candidates = distributions(name=requirement.partition("[")[0], path=folders)
        return any(distribution.version == version for distribution in candidates)

    lines = (line.partition("#")[0].strip() for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    pins = (line.partition("==") for line in lines if line)
    return [name for name, _, version in pins if not is_installed(name, version)]


def cli(workspace: Workspace) -> Path:
    """Find the Pulumi CLI, or get it, and link it in `.local/cli` unless it is on PATH; return its path."""
    links = workspace.local / "cli"
    links.mkdir(parents=True, exist_ok=True)
    for link in links.iterdir():
        link.unlink()
    executable = pulumi_cli.find_or_get(workspace, may_build=False)
    sys.stdout.write(f"pulumi {versions.text_of(executable.version)} ({executable.origin}): {executable.path}\n")
    if executable.origin != "path":
        for program in executable.path.parent.glob("pulumi*"):
            (links / program.name).symlink_to(program)
    return executable.path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
