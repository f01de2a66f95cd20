"""The uv of the pinned version: from PATH, from the cache, or installed into the cache with pip."""

import shutil
import sys
import tempfile
from pathlib import Path

from tools.toolchain.cache import exclusive, platform_name, staging
from tools.toolchain.errors import CommandError, SetupError
from tools.toolchain.process import Limits, output_of
from tools.toolchain.workspace import Workspace, clean_environment

PART = "python"


def find_or_install_uv(workspace: Workspace) -> Path:
    """Return the path of the pinned uv.

    Raises:
        SetupError: there is none and pip could not install it.
    """
    version = workspace.pinned("uv")
    on_path = shutil.which("uv")
    if on_path and uv_version(Path(on_path)) == version:
        return Path(on_path)
    home = workspace.cache / "uv" / version / platform_name()
    executable = home / "bin" / "uv"
    with exclusive(
        home.with_suffix(".lock"),
        workspace.processes.stopped,
        lambda: workspace.progress.say(PART, "waiting for uv, which is being installed"),
    ):
        if uv_version(executable) != version:
            workspace.progress.say(PART, f"installing uv {version}")
            install(workspace, version, home)
    return executable


def uv_version(executable: Path) -> str:
    """Return the version of a uv executable, or "" where it does not run."""
    words = output_of([executable, "--version"]).split()
    return words[1] if len(words) > 1 else ""


def install(workspace: Workspace, version: str, home: Path) -> None:
    """Install uv with pip below `home`, checked against the hashes of the lock file."""
    with staging(home) as directory, tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch) / "uv.txt"
        requirements.write_text(workspace.pin_with_hashes("uv"), encoding="utf-8")
        options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--disable-pip-version-check"]
        options += ["--target", str(directory), "--requirement", str(requirements)]
        try:
            interpreter = str(pip_python(workspace, Path(scratch)))
            workspace.processes.run(
                [interpreter, "-m", "pip", "install", *options],
                log=workspace.log(PART),
                env=clean_environment(),
                limits=Limits(total=600),
            )
        except CommandError as error:
            raise SetupError(
                f"uv {version} could not be installed with pip: {error}\n"
                f"Put uv {version} on the PATH, or see that pip can reach its package index. Log: {workspace.log(PART)}"
            ) from error


def pip_python(workspace: Workspace, scratch: Path) -> Path:
    """Return an interpreter that has pip: this one, or a throwaway virtual environment that the standard library fills.

    Raises:
        CommandError: this Python has neither pip nor ensurepip.
    """
    interpreter = base_interpreter()
    try:
        workspace.processes.run([str(interpreter), "-m", "pip", "--version"], log=workspace.log(PART))
    except CommandError:
        environment = scratch / "pip"
        workspace.processes.run([str(interpreter), "-m", "venv", str(environment)], log=workspace.log(PART))
        return environment / "bin" / "python"
    return interpreter


def base_interpreter() -> Path:
    """Return the interpreter that runs this, outside of any virtual environment that it was started from."""
    return Path(getattr(sys, "_base_executable", None) or sys.executable)
