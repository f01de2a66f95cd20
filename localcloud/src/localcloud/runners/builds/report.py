"""What a build tells the cloud: one JSON object a line on the standard output."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any


def phase(name: str, status: str, message: str = "", code: str = "") -> None:
    """A phase that began (`IN_PROGRESS`) or ended; `code` and `message` are its context."""
    contexts = [{"statusCode": code, "message": message}] if message else []
    _write({"phase": name, "status": status, "time": datetime.now(UTC).isoformat(), "contexts": contexts})


def end(status: str, exported: dict[str, str], artifacts: dict[str, Any], log_error: str) -> None:
    """The end of the build."""
    _write({"build": status, "exported": exported, "artifacts": artifacts, "log_error": log_error})


def _write(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
