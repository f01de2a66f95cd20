"""The cache outside the checkout: where it is, what keeps two set-ups apart, and how a finished result gets into it."""

import fcntl
import os
import platform
import shutil
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from tools.toolchain.errors import InterruptedSetupError, SetupError

ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
LOCK_POLL_SECONDS = 0.2


def cache_root() -> Path:
    """Return `MLOPS_INFRA_CACHE`, else `mlops-infra` below `XDG_CACHE_HOME`, by default `~/.cache`."""
    override = os.environ.get("MLOPS_INFRA_CACHE")
    if override:
        return Path(override).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache").absolute() / "mlops-infra"


def platform_name() -> str:
    """Return operating system and architecture in Go's terms, for example linux-amd64."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{ARCHITECTURES.get(machine, machine)}"


@contextmanager
def exclusive(lock_file: Path, stopped: threading.Event, on_wait: Callable[[], None]) -> Generator[None]:
    """Hold a lock that the operating system releases when the process ends, however it ends.

    Raises:
        InterruptedSetupError: `stopped` was set while waiting.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("w") as handle:
        waiting = False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waiting:
                    on_wait()
                    waiting = True
            if stopped.wait(LOCK_POLL_SECONDS):
                raise InterruptedSetupError("stopped")
        yield


@contextmanager
def staging(target: Path) -> Generator[Path]:
    """Yield a directory beside `target` that takes its place when the block ends well, and vanishes when it does not.

    Must be used under the target's lock: what an earlier, killed set-up left behind is removed first.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{target.name}-"
    for leftover in target.parent.glob(f"{prefix}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    directory = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        yield directory
        directory.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        directory.rename(target)
    except OSError as error:
        raise SetupError(f"cannot write to the cache {target.parent}: {error}") from error
    finally:
        shutil.rmtree(directory, ignore_errors=True)
