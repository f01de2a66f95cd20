"""Query executions: their states, times and statistics, and the workers that run them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from localcloud.services.athena.engine.errors import SYSTEM_ERROR, QueryCancelled, QueryError
from localcloud.services.athena.engine.query import Query
from localcloud.services.athena.engine.types import Column
from localcloud.services.athena.errors import no_execution
from localcloud.services.athena.models import ENGINE_VERSION, WorkGroup
from localcloud.services.athena.results import Destination

if TYPE_CHECKING:
    from mypy_boto3_athena.literals import QueryExecutionStateType
    from mypy_boto3_athena.type_defs import (
        AthenaErrorTypeDef,
        QueryExecutionContextTypeDef,
        QueryExecutionStatisticsTypeDef,
        QueryExecutionStatusTypeDef,
        QueryExecutionTypeDef,
    )

log = logging.getLogger("localcloud")

FINAL_STATES = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
_WORKERS = 4

StateChanged = Callable[["Execution", "QueryExecutionStateType | None"], None]
"""Called with an execution that has a new state, and the state before; None before the first."""


@dataclass
class _Clock:
    """Seconds of a monotonic clock; None for what has not come yet."""

    submitted: float = field(default_factory=time.monotonic)
    started: float | None = None
    computed: float | None = None
    ended: float | None = None


@dataclass
class Execution:
    """One query execution."""

    query: Query
    workgroup: WorkGroup
    context: QueryExecutionContextTypeDef
    parameters: list[str]
    destination: Destination
    state_changed: StateChanged
    identifier: str = field(default_factory=lambda: str(uuid4()))
    state: QueryExecutionStateType = "QUEUED"
    columns: list[Column] = field(default_factory=list[Column])
    publishes_metrics: bool = False
    _reason: str | None = None
    _error: AthenaErrorTypeDef | None = None
    _submitted: datetime = field(default_factory=lambda: datetime.now(UTC))
    _completed: datetime | None = None
    _clock: _Clock = field(default_factory=_Clock)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Run the query to its end.

        Raises:
            Exception: a defect of the local Athena; the execution has failed by then.
        """
        self._clock.started = time.monotonic()
        if not self._start():
            return
        try:
            self.columns, rows = self.query.run()
            self._clock.computed = time.monotonic()
            self.destination.write(self.query.clients, self.columns, rows)
        except QueryCancelled as stopped:
            self._end("CANCELLED", str(stopped))
        except QueryError as error:
            self._end("FAILED", str(error), error.describe())
        except Exception as error:
            failure = QueryError("GENERIC_INTERNAL_ERROR", f"{type(error).__name__}: {error}", SYSTEM_ERROR)
            self._end("FAILED", str(failure), failure.describe())
            raise
        else:
            self._end("SUCCEEDED")

    def stop(self) -> None:
        """Cancel it unless it has ended; a queued one never starts."""
        self.query.cancel()
        if self.state == "QUEUED":
            self._end("CANCELLED", "Query was cancelled by user")

    def describe(self) -> QueryExecutionTypeDef:
        """Return the QueryExecution structure."""
        with self._lock:
            execution: QueryExecutionTypeDef = {
                "QueryExecutionId": self.identifier,
                "WorkGroup": self.workgroup.name,
                "QueryExecutionContext": self.context,
                "StatementType": self.query.statement.kind,
                "SubstatementType": self.query.statement.substatement,
                "Query": self.query.text,
                "ResultConfiguration": {**self.destination.settings, "OutputLocation": self.destination.uri},
                "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
                "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": ENGINE_VERSION},
                "Status": self._status(),
                "Statistics": self.statistics(),
            }
            if self.parameters:
                execution["ExecutionParameters"] = self.parameters
            return execution

    def statistics(self) -> QueryExecutionStatisticsTypeDef:
        """Return the times in milliseconds and the bytes read of the tables."""
        clock = self._clock
        ended = clock.ended or time.monotonic()
        started = clock.started or ended
        computed = clock.computed or ended
        return {
            "EngineExecutionTimeInMillis": _milliseconds(computed - started),
            "DataScannedInBytes": self.query.scanned,
            "TotalExecutionTimeInMillis": _milliseconds(ended - clock.submitted),
            "QueryQueueTimeInMillis": _milliseconds(started - clock.submitted),
            "ServicePreProcessingTimeInMillis": 0,
            "QueryPlanningTimeInMillis": _milliseconds(self.query.planning_seconds),
            "ServiceProcessingTimeInMillis": _milliseconds(ended - computed),
            "ResultReuseInformation": {"ReusedPreviousResult": False},
        }

    def _status(self) -> QueryExecutionStatusTypeDef:
        status: QueryExecutionStatusTypeDef = {"State": self.state, "SubmissionDateTime": self._submitted}
        if self._completed:
            status["CompletionDateTime"] = self._completed
        if self._reason:
            status["StateChangeReason"] = self._reason
        if self._error:
            status["AthenaError"] = self._error
        return status

    def _start(self) -> bool:
        with self._lock:
            if self.state in FINAL_STATES:
                return False
            previous, self.state = self.state, "RUNNING"
        self.state_changed(self, previous)
        return True

    def _end(
        self, state: QueryExecutionStateType, reason: str | None = None, error: AthenaErrorTypeDef | None = None
    ) -> None:
        with self._lock:
            if self.state in FINAL_STATES:
                return
            previous, self.state = self.state, state
            self._reason, self._error = reason, error
            self._completed = datetime.now(UTC)
            self._clock.ended = time.monotonic()
        self.state_changed(self, previous)


class Executions:
    """The account's query executions by id, oldest first."""

    def __init__(self) -> None:
        self.by_id: dict[str, Execution] = {}
        self._by_token: dict[str, str] = {}
        self._workers = ThreadPoolExecutor(_WORKERS, "athena")

    def start(self, execution: Execution, token: str | None) -> None:
        """Queue an execution; `token` is the client's, with which it starts no second one."""
        self.by_id[execution.identifier] = execution
        if token:
            self._by_token[token] = execution.identifier
        execution.state_changed(execution, None)
        self._workers.submit(_run, execution)

    def started_with(self, token: str | None) -> str | None:
        """Return the id of the execution that a client token has started, if it is still there."""
        identifier = self._by_token.get(token or "")
        return identifier if identifier in self.by_id else None

    def find(self, identifier: str) -> Execution:
        """Return an execution.

        Raises:
            AwsError: InvalidRequestException when there is none.
        """
        if identifier not in self.by_id:
            raise no_execution(identifier)
        return self.by_id[identifier]

    def workgroup_of(self, identifier: str) -> str | None:
        """Return the workgroup of an execution; None for an unknown id."""
        return self.by_id[identifier].workgroup.name if identifier in self.by_id else None

    def ids(self, workgroup: str) -> list[str]:
        """Return the ids of a workgroup's executions, oldest first."""
        return [one.identifier for one in self.by_id.values() if one.workgroup.name == workgroup]

    def remove_all(self, workgroup: str) -> None:
        """Stop and forget a workgroup's executions."""
        for identifier in self.ids(workgroup):
            self.by_id.pop(identifier).stop()

    def stop_all(self) -> None:
        """Cancel what runs; for the end of the cloud."""
        for execution in self.by_id.values():
            execution.stop()
        self._workers.shutdown(wait=False, cancel_futures=True)


def _run(execution: Execution) -> None:
    try:
        execution.run()
    except Exception:
        log.exception("query %s failed inside", execution.identifier)


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
