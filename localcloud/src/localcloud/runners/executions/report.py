"""The runner's answer: one JSON object a line on standard output, and nothing else there.

A step: {"step", "type", "status", "time", "failure_reason"?, "metadata"?, "message"?}, with the status Starting,
Executing, Succeeded, Failed or Stopped. Last: {"execution", "time", "failure_reason"?}, the execution being Succeeded,
Failed or Stopped. Times are ISO 8601 in UTC.
"""

import json
from datetime import UTC, datetime
from typing import Any, TextIO


class Report:
    """Writes the lines to `stream`, each at once."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def step(self, step: dict[str, Any], status: str, **details: Any) -> None:
        """One change of a step; details that are None are left out."""
        self._write({"step": step["Name"], "type": step["Type"], "status": status, "time": _now(), **details})

    def end(self, status: str, failure_reason: str | None = None) -> None:
        """The end of the execution."""
        self._write({"execution": status, "time": _now(), "failure_reason": failure_reason})

    def _write(self, line: dict[str, Any]) -> None:
        self._stream.write(json.dumps({name: value for name, value in line.items() if value is not None}) + "\n")
        self._stream.flush()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
