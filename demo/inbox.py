"""Waiting for the message that an event has to become."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demo.errors import DemoError

_POLL_SECONDS = 0.1
_LONGEST_SECONDS = 60

Internal = Callable[[str, str], Any]


class MessageError(DemoError):
    """The expected message did not come."""


@dataclass(frozen=True)
class Message:
    """A message as it was mailed; `seconds` from the event to the inbox."""

    status: str
    subject: str
    body: str
    seconds: float


class Inbox:
    """The subscriber's inbox, read through the local cloud's own endpoints."""

    def __init__(self, internal: Internal) -> None:
        self._internal = internal

    def next(self, status: str, arn: str) -> Message:
        """The message about one status of one thing.

        Raises:
            MessageError: none came within a minute.
        """
        deadline = time.monotonic() + _LONGEST_SECONDS
        while time.monotonic() < deadline:
            for mail in self._internal("GET", "/_local/inbox"):
                if mail["attributes"].get("status") == status and arn in mail["body"]:
                    return Message(status, mail["subject"], mail["body"], self._seconds(mail, status, arn))
            time.sleep(_POLL_SECONDS)
        raise MessageError(f"no message with status {status} about {arn} came within {_LONGEST_SECONDS} s")

    def _seconds(self, mail: dict[str, Any], status: str, arn: str) -> float:
        """From the moment that the event was put on the bus."""
        entries = [entry for entry in self._internal("GET", "/_local/events") if _tells(entry["event"], status, arn)]
        accepted = datetime.fromisoformat(entries[-1]["accepted"])
        return round((datetime.fromisoformat(mail["time"]) - accepted).total_seconds(), 3)


def _tells(event: dict[str, Any], status: str, arn: str) -> bool:
    detail = event["detail"]
    statuses = (detail.get("ModelApprovalStatus"), detail.get("currentPipelineExecutionStatus"))
    return status in statuses and arn in (detail.get("ModelPackageArn"), detail.get("pipelineExecutionArn"))
