"""Whether the Pulumi CLI will find a stack's state, and how a person logs in."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

LOCAL_STACK: Final = "local"
"""The stack of the local cloud, whose commands `make local-env` prints."""


def is_logged_in(environ: Mapping[str, str]) -> bool:
    """Return whether the CLI will find a login ("Environment variables", Pulumi docs; what `pulumi login` writes)."""
    if environ.get("PULUMI_BACKEND_URL") or environ.get("PULUMI_ACCESS_TOKEN"):
        return True
    folder = environ.get("PULUMI_CREDENTIALS_PATH") or environ.get("PULUMI_HOME") or Path.home() / ".pulumi"
    try:
        return bool(json.loads((Path(folder) / "credentials.json").read_text(encoding="utf-8")).get("current"))
    except (OSError, ValueError):
        return False


def how_to_log_in(stack: str) -> str:
    """Return what a person does who is not logged in to the backend of a stack's state."""
    if stack == LOCAL_STACK:
        return 'stack local is on the local cloud: `make local-up`, then `eval "$(make -s local-env)"`'
    return f"nobody is logged in to a state backend: `make bootstrap STACK={stack}` prints the command"
