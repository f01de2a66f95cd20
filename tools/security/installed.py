"""The tools that aren't the project's own: installed into the cache from lock files, and nowhere else."""

import hashlib
import platform
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tools.setup.uv import base_interpreter, find_or_install_uv
from tools.toolchain.cache import exclusive, platform_name, staging
from tools.toolchain.errors import CommandError, SetupError
from tools.toolchain.process import Limits, output_of
from tools.toolchain.workspace import Workspace, clean_environment

PART: Final = "security"
HERE: Final = Path(__file__).resolve().parent
PYTHON_LOCK: Final = HERE / "requirements.lock"
NODE_LOCK: Final = HERE / "cdk_nag" / "package-lock.json"
OLDEST_NODE: Final = 20
"""What aws-cdk-lib asks for ("engines" in its package.json)."""
_SECONDS: Final = 900


def python_packages(workspace: Workspace, lock: Path = PYTHON_LOCK, title: str = "checkov and cloudsplaining") -> Path:
    """Return the folder of what a lock file names, for PYTHONPATH; install it first where it is missing.

    Raises:
        SetupError: they could not be installed.
    """
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    home = _home(workspace, f"python{minor}", lock)

    def install(directory: Path) -> None:
        options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--compile-bytecode"]
        options += ["--python", str(base_interpreter()), "--target", str(directory), "--requirement", str(lock)]
        _run(workspace, [str(find_or_install_uv(workspace)), "pip", "install", *options], directory)

    return _installed(workspace, home, title, install)


def node_packages(workspace: Workspace, lock: Path = NODE_LOCK, title: str = "cdk-nag") -> Path:
    """Return the folder of what a lock file of npm names, for NODE_PATH; install it first where it is missing.

    Raises:
        SetupError: there is no Node.js that is new enough, or they could not be installed.
    """
    require_node()
    home = _home(workspace, "node", lock)

    def install(directory: Path) -> None:
        for name in ("package.json", lock.name):
            shutil.copyfile(lock.with_name(name), directory / name)
        # Scripts of packages would run with the caller's rights; none of these needs one.
        _run(workspace, ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], directory)

    return _installed(workspace, home, title, install) / "node_modules"


def require_node() -> None:
    """Raise SetupError, with what to do, where `node` and `npm` are missing or too old."""
    needed = f"Node.js {OLDEST_NODE} or newer is needed, with npm: install it, from nodejs.org or your packages"
    for command in ("node", "npm"):
        if shutil.which(command) is None:
            raise SetupError(f"there is no `{command}` on PATH; {needed}")
    version = re.fullmatch(r"v(\d+)\..*", output_of(["node", "--version"]).strip())
    if version is None or int(version[1]) < OLDEST_NODE:
        raise SetupError(f"`node --version` says {version[0] if version else 'nothing'}; {needed}")


def _home(workspace: Workspace, language: str, lock: Path) -> Path:
    """Return the place in the cache; another lock file has another."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    return workspace.cache / PART / f"{language}-{platform_name()}-{platform.python_implementation()}" / digest


def _installed(workspace: Workspace, home: Path, title: str, install: Callable[[Path], None]) -> Path:
    with exclusive(
        home.with_suffix(".lock"),
        workspace.processes.stopped,
        lambda: workspace.progress.say(PART, f"waiting for {title}, which is being installed"),
    ):
        if not home.exists():
            workspace.progress.say(PART, f"installing {title}")
            with staging(home) as directory:
                install(directory)
    return home


def _run(workspace: Workspace, command: Sequence[str], directory: Path) -> None:
    try:
        workspace.processes.run(
            command,
            log=workspace.log(PART),
            env=clean_environment(),
            cwd=directory,
            limits=Limits(total=_SECONDS),
        )
    except CommandError as error:
        raise SetupError(
            f"tools from a lock file could not be installed: {error}\n"
            f"See that the package indexes of Python and Node.js are reachable. Log: {workspace.log(PART)}"
        ) from error
