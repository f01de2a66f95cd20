"""`.local/setup.json`: what the set-up found, for the programs that use it and for the next set-up."""

import json
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.toolchain import versions
from tools.toolchain.pulumi_cli import PulumiCli
from tools.toolchain.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Result:
    """Content of the file.

    Attributes:
        language_host: "bundled" where the engine finds one itself, "fallback" where the project's own is needed.
        pulumi_stamp: size and modification time of the executable, to notice that it was replaced.
    """

    pulumi: str
    pulumi_version: str
    pulumi_origin: str
    pulumi_stamp: list[int]
    language_host: str
    python: str
    python_version: str


def of(workspace: Workspace, cli: PulumiCli) -> Result:
    """Describe a finished set-up."""
    return Result(
        pulumi=str(cli.path),
        pulumi_version=versions.text_of(cli.version),
        pulumi_origin=cli.origin,
        pulumi_stamp=stamp_of(cli.path),
        language_host="bundled" if cli.has_language_host(workspace) else "fallback",
        python=str(workspace.venv_python),
        python_version=platform.python_version(),
    )


def stamp_of(path: Path) -> list[int]:
    """Return size in bytes and modification time in nanoseconds; empty where the file is missing."""
    try:
        status = path.stat()
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns]


def read(workspace: Workspace) -> Result | None:
    """Return the last result, if there is one of the present form that still names a usable, unchanged CLI."""
    try:
        result = Result(**json.loads((workspace.local / "setup.json").read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError):
        return None
    version = versions.parse(result.pulumi_version)
    usable = version is not None and versions.is_supported_pulumi(version)
    return result if usable and result.pulumi_stamp and result.pulumi_stamp == stamp_of(Path(result.pulumi)) else None


def write(workspace: Workspace, result: Result) -> None:
    """Replace the file in one step."""
    workspace.local.mkdir(exist_ok=True)
    scratch = workspace.local / "setup.json.new"
    scratch.write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
    scratch.rename(workspace.local / "setup.json")
