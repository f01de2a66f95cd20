"""Whether this Python has what requirements.txt pins: `python -m pipeline_def.installed`, exit code 0 or 1."""

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def missing(requirements: Path = REQUIREMENTS) -> list[str]:
    """The pins that are not installed in their version."""
    lines = (line.partition("#")[0].strip() for line in requirements.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not _installed(line)]


def _installed(pin: str) -> bool:
    name, _, wanted = pin.partition("==")
    try:
        return version(name) == wanted
    except PackageNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(1 if missing() else 0)
