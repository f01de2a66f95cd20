"""What `pulumi up` needs on this machine: Python, the Pulumi CLI, its providers' plugins."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

from doctor.examination import Finding, lacking, ok, warning
from tools.setup import result
from tools.setup.interpreter import NEWEST_TESTED, OLDEST, version_text
from tools.toolchain import releases, versions
from tools.toolchain.cache import platform_name
from tools.toolchain.pulumi_cli import pulumi_version
from tools.toolchain.workspace import Workspace

_PACKAGES: Final[Mapping[str, str]] = {"aws": "pulumi-aws", "aws-native": "pulumi-aws-native"}
"""The Python package of each provider plugin, whose version is the plugin's."""
_CLI_SECONDS: Final = 60
_BUILDS: Final = "linux-arm64"
"""The platform of the delivery's builds (components/cicd/projects.py)."""


def tools(workspace: Workspace) -> Iterator[Finding]:
    """Compare Python, the CLI that the set-up found and the installed plugins with what the clone pins."""
    yield python(sys.version_info[:2])
    setup = result.read(workspace)
    cli = Path(setup.pulumi) if setup else None
    cli_version = pulumi_version(cli) if cli else None
    if cli is None or cli_version is None or not versions.is_supported_pulumi(cli_version):
        text = f"{versions.text_of(cli_version)} at {cli}" if cli_version else "none of a supported version is set up"
        yield lacking("Pulumi CLI", f"{text}; supported is {versions.supported_pulumi()}", "make setup")
        return
    pinned = versions.text_of(versions.PULUMI_PINNED)
    yield ok("Pulumi CLI", f"{versions.text_of(cli_version)}, pinned {pinned}: {cli}")
    installed = _plugins(cli)
    for plugin, package in _PACKAGES.items():
        yield _plugin(workspace, plugin, version(package), installed.get(plugin, ()))


def python(running: tuple[int, int]) -> Finding:
    """Compare the version of the running Python with those that are tested."""
    text = f"{version_text(running)}, tested {version_text(OLDEST)} to {version_text(NEWEST_TESTED)}"
    if running < OLDEST:
        return lacking("Python", text, f"make clean, then make PYTHON=python{version_text(NEWEST_TESTED)} setup")
    if running > NEWEST_TESTED:
        return warning("Python", text, f"make PYTHON=python{version_text(NEWEST_TESTED)} setup, where something fails")
    return ok("Python", text)


def _plugin(workspace: Workspace, plugin: str, package: str, installed: tuple[str, ...]) -> Finding:
    subject, pinned = f"plugin {plugin}", workspace.pinned(_PACKAGES[plugin])
    if package != pinned:
        return lacking(subject, f"the installed package is of {package}, pinned {pinned}", "make setup")
    on_path = shutil.which(f"pulumi-resource-{plugin}") if workspace.tools_from_path else None
    if on_path:
        return ok(subject, f"the engine takes {on_path}, which is on the PATH, whatever its version; pinned {pinned}")
    recorded = releases.read(workspace.checksums)[plugin].sha256
    unknown = {platform for platform in (platform_name(), _BUILDS) if recorded.get(platform) is None}
    if unknown:
        text = f"no SHA-256 is recorded for {' and '.join(sorted(unknown))}, so nothing installs it there"
        return lacking(subject, text, "make checksums, and commit the file")
    if pinned in installed:
        return ok(subject, f"{pinned}, pinned {pinned}")
    others = f"; here: {', '.join(installed)}" if installed else ""
    return ok(subject, f"pinned {pinned}, installed by the first preview{others}")


def _plugins(cli: Path) -> dict[str, tuple[str, ...]]:
    """Return the versions of each resource plugin in the CLI's cache; empty where it can't list them."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    command = [str(cli), "plugin", "ls", "--json"]
    try:
        answer = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=_CLI_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    plugins: dict[str, tuple[str, ...]] = {}
    for plugin in json.loads(answer.stdout or "[]"):
        if plugin.get("kind") == "resource":
            plugins[plugin["name"]] = (*plugins.get(plugin["name"], ()), str(plugin.get("version", "")))
    return plugins
