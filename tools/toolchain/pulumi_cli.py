"""Finds the Pulumi CLI, or gets it: from PATH, from the cache, from the release, by a build with Go.

What is in the cache was verified before it ran: the release's archive by its recorded SHA-256, what was built by the
hashes of every module in go.sum. What is on PATH belongs to the machine, and counts only where its owner says so.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain import cli_release, go_build, releases, versions
from tools.toolchain.cache import exclusive, platform_name, staging
from tools.toolchain.errors import InterruptedSetupError, SetupError
from tools.toolchain.go_toolchain import PART
from tools.toolchain.process import output_of
from tools.toolchain.workspace import TOOLS_FROM_PATH, Workspace

LANGUAGE_HOST = "pulumi-language-python"
# Beside a cached CLI: the archive's SHA-256, or that the modules were compared with go.sum.
_VERIFIED_BY = "verified-by"
_GO_SUM = "go.sum"
# The folder of the local cloud that a shell works with, in which its launchers are (localcloud/README.md).
_LOCAL_CLOUD = "LOCALCLOUD"


@dataclass(frozen=True, kw_only=True)
class PulumiCli:
    """A Pulumi CLI of a supported version.

    Attributes:
        origin: "path", "cache", "release" or "go-build".
    """

    path: Path
    version: versions.Version
    origin: str

    def has_language_host(self, workspace: Workspace) -> bool:
        """Return whether the engine finds a Python language host by itself: beside its executable, or on the PATH."""
        beside = (self.path.parent / LANGUAGE_HOST, self.path.resolve().parent / LANGUAGE_HOST)
        return any(path.exists() for path in beside) or any(commands_on_path(workspace, LANGUAGE_HOST))


def find_or_get(workspace: Workspace, *, may_build: bool = True) -> PulumiCli:
    """Return a supported Pulumi CLI; `may_build` allows a build from source where the release can't be had.

    Raises:
        ChecksumError: the release's archive is not the recorded one.
        SetupError: every way failed; the message names each with its reason, and what to do.
    """
    refused: list[str] = []
    on_path = find_on_path(workspace, refused)
    if on_path:
        return on_path
    home = workspace.cache / "pulumi" / versions.text_of(versions.PULUMI_PINNED) / platform_name()
    with exclusive(
        home.with_suffix(".lock"),
        workspace.processes.stopped,
        lambda: workspace.progress.say(PART, "another set-up is getting the CLI, waiting for it"),
    ):
        cached = home / "pulumi"
        if is_verified(workspace, home) and pulumi_version(cached) == versions.PULUMI_PINNED:
            return PulumiCli(path=cached, version=versions.PULUMI_PINNED, origin="cache")
        return get(workspace, home, refused, may_build=may_build)


def is_verified(workspace: Workspace, home: Path) -> bool:
    """Return whether the CLI in a folder of the cache was verified before it got there, by what is recorded today."""
    try:
        verified_by = (home / _VERIFIED_BY).read_text(encoding="utf-8")
    except OSError:
        return False
    recorded = releases.read(workspace.checksums)[releases.CLI].sha256.get(platform_name())
    return verified_by in {_GO_SUM, recorded}


def find_on_path(workspace: Workspace, refused: list[str]) -> PulumiCli | None:
    """Return the first supported `pulumi` on PATH; say which ones it passes over and add them to `refused`."""
    if not workspace.tools_from_path:
        refused.append(f"not used, unless {TOOLS_FROM_PATH} is `yes`: nobody verified what is there")
        return None
    for path in commands_on_path(workspace, "pulumi"):
        version = pulumi_version(path)
        if version and versions.is_supported_pulumi(version):
            return PulumiCli(path=path, version=version, origin="path")
        what = f"version {versions.text_of(version)}" if version else "does not run"
        refused.append(f"{path}: {what}, needed is {versions.supported_pulumi()}")
        workspace.progress.say(PART, f"passing over {refused[-1]}")
    if not refused:
        refused.append("there is no `pulumi` on it")
    return None


def commands_on_path(workspace: Workspace, name: str) -> Iterator[Path]:
    """Yield executables of this name on PATH, but not the launchers of the clone's own, or of a running local cloud.

    A launcher starts the CLI that was set up: as the one that is set up it would start itself, and is gone with its
    cloud.
    """
    cloud = os.environ.get(_LOCAL_CLOUD)
    for directory in os.environ.get("PATH", "").split(os.pathsep):
        command = shutil.which(name, path=directory) if directory else None
        if command is None:
            continue
        path = Path(command).absolute()
        is_launcher = cloud is not None and path.parent == Path(cloud).absolute() / "bin"
        if not is_launcher and not path.is_relative_to(workspace.local):
            yield path


def pulumi_version(executable: Path) -> versions.Version | None:
    """Return the version that a Pulumi CLI prints, or None where it does not run."""
    return versions.parse(output_of([executable, "version"], os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}))


def require_pinned(executable: Path) -> None:
    """Raise SetupError unless the executable runs here and is of the pinned version."""
    version = pulumi_version(executable)
    if version != versions.PULUMI_PINNED:
        answer = f"says it is {versions.text_of(version)}" if version else "does not run on this machine"
        raise SetupError(f"the result {answer}, expected was {versions.text_of(versions.PULUMI_PINNED)}")


def get(workspace: Workspace, home: Path, refused: list[str], *, may_build: bool) -> PulumiCli:
    """Install the pinned version into the cache by the first way that works.

    Whether the release can be reached is asked before anything else, so that a build starts at once where it can't.
    """
    reasons = [f"on the PATH: {'; '.join(refused)}"]
    ways: list[tuple[str, str, Callable[[Workspace, Path], str]]] = []
    unreachable = cli_release.why_unreachable()
    if unreachable:
        reasons.append(f"release: not reachable ({unreachable})")
        workspace.progress.say(PART, f"the release is not reachable ({unreachable})")
    else:
        ways.append(("release", "release", cli_release.install))
    if may_build:
        ways.append(("build with Go", "go-build", _build))
    for title, origin, way in ways:
        try:
            with staging(home) as directory:
                verified_by = way(workspace, directory)
                require_pinned(directory / "pulumi")
                (directory / _VERIFIED_BY).write_text(verified_by, encoding="utf-8")
            return PulumiCli(path=home / "pulumi", version=versions.PULUMI_PINNED, origin=origin)
        except (InterruptedSetupError, releases.ChecksumError):
            raise
        except SetupError as error:
            reasons.append(f"{title}: {error}")
            workspace.progress.say(PART, f"{title} failed")
    listing = "\n".join(f"  {number}. {reason}" for number, reason in enumerate(reasons, 1))
    advice = "Open"
    if workspace.tools_from_path:
        advice = f"Install Pulumi {versions.text_of(versions.PULUMI_PINNED)} by hand and put it on the PATH, or open"
    raise SetupError(
        f"there is no way to a Pulumi CLI {versions.supported_pulumi()}:\n{listing}\n"
        f"{advice} one of the ways above (a proxy is taken from HTTPS_PROXY; a mirror of the releases, from"
        f" {releases.SERVER_VARIABLE}; for Go modules, GOPROXY), then run it again. Log: {workspace.log(PART)}"
    )


def _build(workspace: Workspace, directory: Path) -> str:
    workspace.progress.say(PART, "building from source, each module compared with go.sum")
    go_build.build(workspace, directory)
    return _GO_SUM
