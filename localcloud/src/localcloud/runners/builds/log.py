"""A build's log: to a file, and with the role's credentials to CloudWatch Logs, with secrets masked."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

MASK = "***"
_FLUSH_SECONDS = 1.0
_BATCH = 500
_LONGEST = 200_000
_END = b"\0the end of the log\n"


class Log:
    """A log that takes lines through a pipe, `descriptor`: those of the build and of its commands keep their order."""

    def __init__(self, file: Path, client: Any = None, group: str = "", stream: str = "") -> None:
        self._secrets: list[str] = []
        self._refused = False
        self._client, self._group, self._stream = client, group, stream
        self._file = file.open("w", encoding="utf-8")
        self._events: list[InputLogEventTypeDef] = []
        self._flushed = time.monotonic()
        read, self.descriptor = os.pipe()
        os.set_inheritable(self.descriptor, True)
        self._thread = threading.Thread(target=self._follow, args=(read,), daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Write one line of the container's own."""
        line = f"[Container] {datetime.now(UTC):%Y/%m/%d %H:%M:%S} {text}\n"
        os.write(self.descriptor, line.encode())

    def mask(self, values: Sequence[str]) -> None:
        """Mask these values from now on (user guide, "Environment variables in build environments")."""
        self._secrets += sorted((value for value in values if value), key=len, reverse=True)

    def close(self) -> None:
        """Write what is left."""
        # A process in the background may keep the pipe open, so the end is written to it and not awaited.
        os.write(self.descriptor, _END)
        os.close(self.descriptor)
        self._thread.join()

    def _follow(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as pipe:
            for raw in pipe:
                if raw.endswith(_END):
                    break
                line = raw.decode("utf-8", "replace")
                for secret in self._secrets:
                    line = line.replace(secret, MASK)
                self._file.write(line)
                self._file.flush()
                self._events.append(
                    {"timestamp": int(time.time() * 1000), "message": line.rstrip("\n")[:_LONGEST] or " "}
                )
                if len(self._events) >= _BATCH or time.monotonic() - self._flushed > _FLUSH_SECONDS:
                    self._flush()
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        events, self._events, self._flushed = self._events, [], time.monotonic()
        if not self._client or not events or self._refused:
            return
        try:
            self._client.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=events)
        except (ClientError, BotoCoreError) as error:
            self._refused = True
            self._file.write(f"[Container] The log cannot be written to CloudWatch Logs any more: {error}\n")


def create_stream(client: Any, group: str, stream: str) -> None:
    """Create the log stream, and the group where it is missing, as CodeBuild does.

    Raises:
        ClientError: when the role may not.
    """
    try:
        client.create_log_stream(logGroupName=group, logStreamName=stream)
    except client.exceptions.ResourceNotFoundException:
        client.create_log_group(logGroupName=group)
        client.create_log_stream(logGroupName=group, logStreamName=stream)
