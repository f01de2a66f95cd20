"""The virtual environment: exactly the locked packages, compiled to bytecode."""

import hashlib
import platform
import re
import sys
from pathlib import Path

from tools.setup.uv import PART, base_interpreter
from tools.toolchain.errors import CommandError, SetupError
from tools.toolchain.workspace import Workspace, clean_environment

STAMP = ".setup-key"


def environment_key(workspace: Workspace) -> str:
    """Return a key that changes when the environment has to be synchronised: with the lock file and the interpreter."""
    distribution = (workspace.local_cloud / "pyproject.toml").read_text(encoding="utf-8")
    parts = [workspace.lock_text(), distribution, sys.version, str(base_interpreter()), platform.machine()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def is_current(workspace: Workspace) -> bool:
    """Return whether the environment was synchronised for the present key."""
    try:
        return (workspace.venv / STAMP).read_text() == environment_key(workspace) and workspace.venv_python.exists()
    except OSError:
        return False


def synchronise(workspace: Workspace, uv: Path) -> None:
    """Create the environment if need be, and install, upgrade and remove packages until it matches the lock file.

    Raises:
        SetupError: uv failed; the message holds the end of its output.
    """
    if is_current(workspace):
        return
    stamp = workspace.venv / STAMP
    stamp.unlink(missing_ok=True)
    # The variable may be set for the whole machine; the bytecode is compiled here once instead of at every start.
    env = clean_environment(VIRTUAL_ENV=str(workspace.venv), UV_PYTHON_DOWNLOADS="never")
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    if not matches_interpreter(workspace):
        workspace.progress.update(PART, f"creating .venv with Python {platform.python_version()}")
        run_uv(workspace, [str(uv), "venv", "--clear", "--python", str(base_interpreter()), str(workspace.venv)], env)
    count = len(re.findall(r"^[A-Za-z0-9]", workspace.lock_text(), re.MULTILINE))
    workspace.progress.update(PART, f"installing up to {count} packages")
    command = [str(uv), "pip", "sync", "--require-hashes", "--only-binary", ":all:", "--compile-bytecode"]
    run_uv(workspace, [*command, "--python", str(workspace.venv_python), str(workspace.lock_file)], env)
    # Without its dependencies: the lock file has them. Without an index: uv builds it itself and fetches nothing.
    command = [str(uv), "pip", "install", "--no-deps", "--no-index", "--editable", str(workspace.local_cloud)]
    run_uv(workspace, [*command, "--python", str(workspace.venv_python)], env)
    stamp.write_text(environment_key(workspace))


def matches_interpreter(workspace: Workspace) -> bool:
    """Return whether `.venv` exists, works, and was made from the same interpreter version."""
    try:
        settings = (workspace.venv / "pyvenv.cfg").read_text()
    except OSError:
        return False
    version = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+\.\d+)", settings, re.MULTILINE)
    return workspace.venv_python.exists() and version is not None and version[1] == platform.python_version()


def run_uv(workspace: Workspace, command: list[str], env: dict[str, str]) -> None:
    """Run uv and show what it is doing."""

    def show(line: str) -> None:
        if re.match(r"(Resolved|Prepared|Uninstalled)", line):
            workspace.progress.update(PART, line.lower())
        elif line.startswith("Installed"):
            workspace.progress.update(PART, f"{line.lower()}, compiling their bytecode")

    try:
        workspace.processes.run(command, log=workspace.log(PART), env=env, on_line=show)
    except CommandError as error:
        raise SetupError(
            f"the Python packages could not be installed: {error}\n"
            f"See that the package index is reachable and the disk has 4 GB free, then run it again."
            f" Log: {workspace.log(PART)}"
        ) from error
