"""The official installer of the Pulumi CLI, as the Python SDK wraps it."""

import queue
import threading
import urllib.error
import urllib.request
from pathlib import Path

from tools.toolchain import versions
from tools.toolchain.cache import platform_name
from tools.toolchain.errors import CommandError, SetupError
from tools.toolchain.go_toolchain import PART
from tools.toolchain.process import Limits
from tools.toolchain.workspace import Workspace, clean_environment

# Where the installer script gets the CLI from; asking for it first costs seconds and tells which way to go.
RELEASES = "https://get.pulumi.com/releases/sdk"
PROBE_SECONDS = 8.0
INSTALL_SECONDS = 600.0

PROGRAM = """
import sys
from semver import VersionInfo
from pulumi.automation import PulumiCommand
PulumiCommand.install(version=VersionInfo.parse(sys.argv[1]), root=sys.argv[2])
"""


def why_unreachable() -> str:
    """Return the reason why the release can't be downloaded, else ""; 8 s at most where a firewall drops packets."""
    answers: queue.Queue[str] = queue.Queue()
    # a thread, since the timeout of a request does not cover the look-up of the host's name
    threading.Thread(target=lambda: answers.put(ask_for_release()), daemon=True).start()
    try:
        return answers.get(timeout=PROBE_SECONDS)
    except queue.Empty:
        return f"no answer within {PROBE_SECONDS:.0f} s"


def ask_for_release() -> str:
    """Ask for the header of the release's archive; the result is that of why_unreachable."""
    name = f"pulumi-v{versions.text_of(versions.PULUMI_PINNED)}-{platform_name().replace('amd64', 'x64')}.tar.gz"
    request = urllib.request.Request(f"{RELEASES}/{name}", method="HEAD")  # noqa: S310 a constant https address
    try:
        with urllib.request.urlopen(request, timeout=PROBE_SECONDS):  # noqa: S310
            return ""
    except urllib.error.URLError as error:
        return str(error.reason)
    except OSError as error:
        return str(error)


def install(workspace: Workspace, directory: Path) -> None:
    """Leave the CLI and the plugins that come with it in `directory`; wait for the SDK to be installed first.

    Raises:
        SetupError: the installer failed.
    """
    version = versions.text_of(versions.PULUMI_PINNED)
    workspace.progress.update(PART, "waiting for the Python SDK, which has the installer")
    while not workspace.python_ready.wait(0.2):
        workspace.processes.raise_if_stopped()
    workspace.progress.update(PART, f"downloading v{version} with the official installer")
    root = directory / "root"
    try:
        workspace.processes.run(
            [str(workspace.venv_python), "-c", PROGRAM, version, str(root)],
            log=workspace.log(PART),
            env=clean_environment(),
            limits=Limits(total=INSTALL_SECONDS),
        )
    except CommandError as error:
        raise SetupError(f"the official installer failed: {error}") from error
    for entry in (root / "bin").iterdir():
        entry.rename(directory / entry.name)
