"""Which commit the ML pipeline's code comes from."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

UNKNOWN = "unknown"


def current(environment: Mapping[str, str], directory: Path) -> str:
    """Return COMMIT, else the one that CodeBuild resolved, else git's HEAD in `directory`, else "unknown".

    CodeBuild documents CODEBUILD_RESOLVED_SOURCE_VERSION in "Environment variables in build environments".
    """
    for variable in ("COMMIT", "CODEBUILD_RESOLVED_SOURCE_VERSION"):
        if value := environment.get(variable, "").strip():
            return value
    try:
        head = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=directory, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN
    return head.stdout.strip() or UNKNOWN
