"""What every part of the set-up works with: paths of the clone, child processes, progress."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from tools.toolchain.cache import cache_root
from tools.toolchain.errors import SetupError
from tools.toolchain.process import Processes
from tools.toolchain.progress import Progress

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS_FROM_PATH = "MLOPS_INFRA_TOOLS_FROM_PATH"
REDIRECTING = {"PIP_PREFIX", "PIP_TARGET", "PIP_USER", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"}


def tools_from_path(default: str) -> bool:
    """Return whether a Pulumi CLI and plugins on PATH may be used, which nobody has verified.

    The variable MLOPS_INFRA_TOOLS_FROM_PATH decides, `yes` or `no`; where it is not set, `default` does.
    """
    return os.environ.get(TOOLS_FROM_PATH, default) == "yes"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """One run of the set-up in one clone.

    Attributes:
        tools_from_path: as the function says; by default yes, since on a person's machine PATH is that person's.
    """

    root: Path = REPOSITORY
    cache: Path = field(default_factory=cache_root)
    processes: Processes = field(default_factory=Processes)
    progress: Progress = field(default_factory=Progress)
    tools_from_path: bool = field(default_factory=lambda: tools_from_path("yes"))

    @property
    def local(self) -> Path:
        """Where the clone keeps what is not committed."""
        return self.root / ".local"

    @property
    def host_launchers(self) -> Path:
        """Where the project's own language host is put for engines that bring none."""
        return self.local / "host"

    @property
    def language_host(self) -> Path:
        """The program that the engine looks for."""
        return self.host_launchers / "pulumi-language-python"

    @property
    def local_cloud(self) -> Path:
        """The local cloud's distribution, which is installed from here."""
        return self.root / "localcloud"

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def venv_python(self) -> Path:
        """Its interpreter."""
        return self.venv / "bin" / "python"

    @property
    def lock_file(self) -> Path:
        """Every package with its hashes."""
        return self.root / "requirements.lock"

    @property
    def go_module(self) -> Path:
        """The pinned Go module that builds the Pulumi CLI."""
        return self.root / "tools" / "pulumi-cli"

    @property
    def checksums(self) -> Path:
        """The pinned releases with the recorded SHA-256 of their archives."""
        return self.go_module / "checksums.json"

    def log(self, part: str) -> Path:
        """Log file of one part."""
        return self.local / "logs" / f"setup-{part}.log"

    def pinned(self, package: str) -> str:
        """Return the version of a package in the lock file.

        Raises:
            SetupError: the lock file is missing or does not name the package.
        """
        match = re.search(rf"^{re.escape(package)}==(\S+)", self.lock_text(), re.MULTILINE)
        if not match:
            raise SetupError(f"{self.lock_file} does not pin {package}: run `make lock`, or restore the file with git")
        return match[1]

    def pin_with_hashes(self, package: str) -> str:
        """Return the package's own lines of the lock file, as a requirements file."""
        match = re.search(rf"^{re.escape(package)}==.*(?:\n[ \t]+--hash=\S+.*)+", self.lock_text(), re.MULTILINE)
        if not match:
            raise SetupError(
                f"{self.lock_file} has no hashes for {package}: run `make lock`, or restore the file with git"
            )
        return match[0] + "\n"

    def lock_text(self) -> str:
        """Read the lock file."""
        try:
            return self.lock_file.read_text(encoding="utf-8")
        except OSError as error:
            raise SetupError(f"cannot read {self.lock_file}: {error}; restore it with git") from error


def clean_environment(**changes: str) -> dict[str, str]:
    """Return the variables for installers, without those that would redirect them to another Python environment."""
    redirecting = {
        "VIRTUAL_ENV",
        "PYTHONHOME",
        "PYTHONPATH",
        "PIP_TARGET",
        "PIP_USER",
        "PIP_PREFIX",
        "UV_PROJECT_ENVIRONMENT",
    }
    return {key: value for key, value in os.environ.items() if key not in redirecting} | changes
