"""The release archive of the Pulumi CLI: downloaded, compared with the recorded SHA-256, and only then unpacked."""

import queue
import shutil
import tarfile
import threading
import urllib.error
import urllib.request
from pathlib import Path, PurePosixPath

from tools.toolchain import releases, versions
from tools.toolchain.cache import platform_name
from tools.toolchain.errors import SetupError
from tools.toolchain.go_toolchain import PART
from tools.toolchain.workspace import Workspace

# Asking for the archive first costs seconds and tells which way to go.
PROBE_SECONDS = 8.0


def why_unreachable() -> str:
    """Return the reason why the archive can't be downloaded, else ""; 8 s at most where a firewall drops packets."""
    answers: queue.Queue[str] = queue.Queue()
    # a thread, since the timeout of a request does not cover the look-up of the host's name
    threading.Thread(target=lambda: answers.put(_ask_for_archive()), daemon=True).start()
    try:
        return answers.get(timeout=PROBE_SECONDS)
    except queue.Empty:
        return f"no answer within {PROBE_SECONDS:.0f} s"


def _ask_for_archive() -> str:
    request = urllib.request.Request(_address(), method="HEAD")  # noqa: S310 http is for mirrors and tests
    try:
        with urllib.request.urlopen(request, timeout=PROBE_SECONDS):  # noqa: S310
            return ""
    except urllib.error.URLError as error:
        return str(error.reason)
    except OSError as error:
        return str(error)


def _address() -> str:
    return releases.address(releases.CLI, versions.text_of(versions.PULUMI_PINNED), platform_name())


def install(workspace: Workspace, directory: Path) -> str:
    """Leave the CLI and the programs that come with it in `directory`; return the archive's SHA-256.

    Raises:
        UnrecordedChecksumError: none is recorded for this platform.
        ChecksumError: the archive has another; nothing is unpacked.
        SetupError: the archive can't be downloaded or holds no CLI.
    """
    url = _address()
    releases.recorded_sha256(workspace.checksums, releases.CLI, platform_name())

    def show(size: int) -> None:
        workspace.processes.raise_if_stopped()
        workspace.progress.update(PART, f"downloading {url} ({size >> 20} MB)")

    archive = directory / "archive.tar.gz"
    actual = releases.download(url, archive, show)
    releases.require_recorded(workspace.checksums, releases.CLI, platform_name(), actual)
    _unpack(archive, directory)
    archive.unlink()
    if not (directory / "pulumi").is_file():
        raise SetupError(f"{url} holds no `pulumi`")
    return actual


def _unpack(archive: Path, directory: Path) -> None:
    """Put the archive's files side by side: they are in one folder, `pulumi/`, and find each other there."""
    with tarfile.open(archive) as members:
        for member in members:
            content = members.extractfile(member) if member.isfile() else None
            if content is not None:
                target = directory / PurePosixPath(member.name).name
                with content, target.open("wb") as file:
                    shutil.copyfileobj(content, file)
                target.chmod(member.mode & 0o755)
