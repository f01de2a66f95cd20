"""The provider plugins: each archive is compared with its recorded SHA-256, and only then given to the engine.

The engine's `plugin install` has an option `--checksum`. With 3.259.0 it refuses the right archive from a server that
speaks HTTP/1.1: it leaves out of the hash what the last read returns together with the end (`checksumReader` in
`sdk/go/common/workspace/plugins.go`; tests/unit/setup/test_real_engine.py shows it). So this downloads and compares.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from tools.toolchain import releases
from tools.toolchain.cache import exclusive, platform_name
from tools.toolchain.errors import CommandError, SetupError
from tools.toolchain.process import Limits
from tools.toolchain.workspace import Workspace, clean_environment

PART: Final = "plugins"
_VERIFIED_BY: Final = "verified-by"
_INSTALL_SECONDS: Final = 600.0


def install(workspace: Workspace, cli: Path) -> None:
    """Install what is missing in the engine's folder, and again what came there without being verified.

    A plugin on PATH, which the engine would take, is left to whoever put it there, where `tools_from_path` says so.

    Raises:
        UnrecordedChecksumError: a plugin has no recorded SHA-256 for this platform.
        ChecksumError: an archive has another; the plugin is not installed.
        SetupError: a plugin can't be downloaded.
    """
    platform = platform_name()
    pinned = releases.read(workspace.checksums)
    for name in releases.PLUGINS:
        if workspace.tools_from_path and shutil.which(f"pulumi-resource-{name}"):
            workspace.progress.say(PART, f"{name} is on the PATH")
            continue
        sha256 = releases.recorded_sha256(workspace.checksums, name, platform)
        folder = _home() / "plugins" / f"resource-{name}-v{pinned[name].version}"
        with exclusive(
            workspace.cache / f"plugin-{name}.lock",
            workspace.processes.stopped,
            lambda: workspace.progress.say(PART, "another set-up is installing the plugins, waiting for it"),
        ):
            if not is_verified(folder, sha256):
                _install(workspace, cli, name, pinned[name].version)
                (folder / _VERIFIED_BY).write_text(sha256, encoding="utf-8")


def engine_variables(*, tools_from_path: bool) -> dict[str, str]:
    """Return variables for the engine, by which it gets no plugin by itself, nor runs one on PATH unless it may.

    A plugin that it got would be compared with nothing. The variables are those of Pulumi's `sdk/go/common/env`.
    """
    ambient = {} if tools_from_path else {"PULUMI_IGNORE_AMBIENT_PLUGINS": "true"}
    return {"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true", **ambient}


def is_verified(folder: Path, sha256: str) -> bool:
    """Return whether `install` put the plugin there, from the archive with this SHA-256."""
    try:
        return (folder / _VERIFIED_BY).read_text(encoding="utf-8") == sha256
    except OSError:
        return False


def _home() -> Path:
    return Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")


def _install(workspace: Workspace, cli: Path, name: str, version: str) -> None:
    url = releases.address(name, version, platform_name())

    def show(size: int) -> None:
        workspace.processes.raise_if_stopped()
        workspace.progress.update(PART, f"downloading {url} ({size >> 20} MB)")

    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "archive.tar.gz"
        actual = releases.download(url, archive, show)
        releases.require_recorded(workspace.checksums, name, platform_name(), actual)
        workspace.progress.say(PART, f"installing {name} {version}, whose archive is the recorded one")
        command = [str(cli), "plugin", "install", "resource", name, version, "--reinstall", "--file", str(archive)]
        try:
            workspace.processes.run(
                [*command, "--non-interactive"],
                log=workspace.log(PART),
                env=clean_environment(PULUMI_SKIP_UPDATE_CHECK="true"),
                limits=Limits(total=_INSTALL_SECONDS),
            )
        except CommandError as error:
            raise SetupError(f"plugin {name} {version} could not be installed: {error}") from error
