"""Builds the Pulumi CLI from its pinned source with Go."""

import re
import tempfile
from pathlib import Path

from tools.toolchain import versions
from tools.toolchain.errors import CommandError, SetupError
from tools.toolchain.go_toolchain import PART, find_or_install_go
from tools.toolchain.process import Limits
from tools.toolchain.workspace import Workspace, clean_environment

PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
DOWNLOAD_SILENCE_SECONDS = 180.0
BUILD_SILENCE_SECONDS = 1200.0
WHOLE_BUILD_SECONDS = 3600.0


def build(workspace: Workspace, directory: Path) -> None:
    """Leave `pulumi` in `directory`; an earlier build that was interrupted is taken up again from Go's own cache.

    Raises:
        SetupError: no Go toolchain, a module could not be downloaded, or the build failed.
    """
    go = find_or_install_go(workspace)
    try:
        # beside the result, so that what an interrupted build leaves there is removed with it
        with tempfile.TemporaryDirectory(dir=directory) as scratch:
            env = build_environment(scratch)
            total = download(workspace, go, env)
            compile_cli(workspace, go, env, directory / "pulumi", total)
    except CommandError as error:
        raise SetupError(f"the build with Go failed: {error}") from error


def build_environment(scratch: str) -> dict[str, str]:
    """Return variables by which no other toolchain, workspace file or C compiler is used (as in official builds)."""
    return clean_environment(GOTOOLCHAIN="local", GOWORK="off", CGO_ENABLED="0", GOTMPDIR=scratch)


def download(workspace: Workspace, go: Path, env: dict[str, str]) -> int:
    """Fetch the modules that the CLI needs, each checked against go.sum; return the number of its packages."""
    modules = 0

    def show(line: str) -> None:
        nonlocal modules
        if line.startswith("go: downloading"):
            modules += 1
            workspace.progress.update(PART, f"downloading Go modules ({modules})")

    workspace.progress.update(PART, "resolving the Go modules")
    lines = workspace.processes.run(
        [str(go), "list", "-mod=readonly", "-deps", PACKAGE],
        log=workspace.log(PART),
        env=env,
        cwd=workspace.go_module,
        limits=Limits(total=WHOLE_BUILD_SECONDS, silent=DOWNLOAD_SILENCE_SECONDS),
        on_line=show,
    )
    return sum(1 for line in lines if not line.startswith("go: "))


def compile_cli(workspace: Workspace, go: Path, env: dict[str, str], target: Path, total: int) -> None:
    """Compile and link the CLI into `target`, which gets its name only when it is whole."""
    compiled = 0

    def show(line: str) -> None:
        nonlocal compiled
        if re.fullmatch(r"[\w.~/-]+", line):
            compiled += 1
            workspace.progress.update(PART, f"compiling Go packages ({compiled} of at most {total})")

    link = f"-s -w -X {VERSION_VARIABLE}=v{versions.text_of(versions.PULUMI_PINNED)}"
    options = ["-v", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", link]
    workspace.progress.update(PART, "building with Go")
    workspace.processes.run(
        [str(go), "build", *options, "-o", str(target), PACKAGE],
        log=workspace.log(PART),
        env=env,
        cwd=workspace.go_module,
        limits=Limits(total=WHOLE_BUILD_SECONDS, silent=BUILD_SILENCE_SECONDS),
        on_line=show,
    )
