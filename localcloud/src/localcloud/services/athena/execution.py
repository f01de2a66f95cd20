"""One query execution: its states, times and statistics."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.services.athena.engine.errors import SYSTEM_ERROR, QueryCancelled, QueryError
from localcloud.services.athena.engine.run import Query
from localcloud.services.athena.engine.types import Column
from localcloud.services.athena.results import Destination

Record = dict[str, Any]
FINAL = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})


@dataclass
class Execution:
    """An execution; `changed(execution, previous state)` is told of each new state."""

    identifier: str
    settings: Record
    query: Query
    destination: Destination
    publishes_metrics: bool
    changed: Callable[["Execution", str | None], None]
    state: str = "QUEUED"
    columns: list[Column] = field(default_factory=list[Column])
    _reason: str | None = None
    _error: Record | None = None
    _submitted: datetime = field(default_factory=lambda: datetime.now(UTC))
    _completed: datetime | None = None
    _clock: dict[str, float] = field(default_factory=lambda: {"submitted": time.monotonic()})
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Runs the query to its end."""
        self._clock["started"] = time.monotonic()
        if not self._advance("RUNNING"):
            return
        is_query = self.query.statement.is_query
        try:
            self.columns, rows = self.query.run()
            self._clock["computed"] = time.monotonic()
            self.destination.write(self.query.clients, self.columns, rows, query=is_query)
        except QueryCancelled as stopped:
            self._end("CANCELLED", str(stopped))
        except QueryError as error:
            self._end("FAILED", str(error), error.athena_error())
        except Exception as error:
            failure = QueryError("GENERIC_INTERNAL_ERROR", f"{type(error).__name__}: {error}", SYSTEM_ERROR)
            self._end("FAILED", str(failure), failure.athena_error())
            raise
        else:
            self._end("SUCCEEDED")

    def stop(self) -> None:
        """Cancels it unless it has ended; a queued one never starts."""
        self.query.cancel()
        if self.state == "QUEUED":
            self._end("CANCELLED", "Query was cancelled by user")

    def describe(self) -> Record:
        """The QueryExecution structure."""
        with self._lock:
            status: Record = {"State": self.state, "SubmissionDateTime": self._submitted}
            if self._completed:
                status["CompletionDateTime"] = self._completed
            if self._reason:
                status["StateChangeReason"] = self._reason
            if self._error:
                status["AthenaError"] = self._error
            return {
                **self.settings,
                "QueryExecutionId": self.identifier,
                "StatementType": self.query.statement.kind,
                "SubstatementType": self.query.statement.substatement,
                "Query": self.query.text,
                "ResultConfiguration": {**self.destination.settings, "OutputLocation": self.destination.uri},
                "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
                "EngineVersion": {
                    "SelectedEngineVersion": "AUTO",
                    "EffectiveEngineVersion": "Athena engine version 3",
                },
                "Status": status,
                "Statistics": self.statistics(),
            }

    def statistics(self) -> Record:
        """Times in milliseconds and the bytes read of the tables."""
        clock, now = self._clock, time.monotonic()
        ended = clock.get("ended", now)
        started = clock.get("started", ended)
        computed = clock.get("computed", ended)
        return {
            "EngineExecutionTimeInMillis": _milliseconds(computed - started),
            "DataScannedInBytes": self.query.scanned,
            "TotalExecutionTimeInMillis": _milliseconds(ended - clock["submitted"]),
            "QueryQueueTimeInMillis": _milliseconds(started - clock["submitted"]),
            "ServicePreProcessingTimeInMillis": 0,
            "QueryPlanningTimeInMillis": _milliseconds(self.query.planning_seconds),
            "ServiceProcessingTimeInMillis": _milliseconds(ended - computed),
            "ResultReuseInformation": {"ReusedPreviousResult": False},
        }

    def _advance(self, state: str) -> bool:
        with self._lock:
            if self.state in FINAL:
                return False
            previous, self.state = self.state, state
        self.changed(self, previous)
        return True

    def _end(self, state: str, reason: str | None = None, error: Record | None = None) -> None:
        with self._lock:
            if self.state in FINAL:
                return
            previous, self.state = self.state, state
            self._reason, self._error = reason, error
            self._completed = datetime.now(UTC)
            self._clock["ended"] = time.monotonic()
        self.changed(self, previous)


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
