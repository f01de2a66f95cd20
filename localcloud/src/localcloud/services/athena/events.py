"""What Athena tells of a query: its state changes as events and, where the workgroup says so, its metrics.

Sources: Athena user guide, "Monitor Athena query events with EventBridge" and "List of CloudWatch metrics and
dimensions for Athena".
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from localcloud.layout import ACCOUNT
from localcloud.services.athena.execution import FINAL, Execution
from localcloud.services.cloudwatch.metrics import Metrics

_TIMES = {
    "EngineExecutionTime": "EngineExecutionTimeInMillis",
    "QueryPlanningTime": "QueryPlanningTimeInMillis",
    "QueryQueueTime": "QueryQueueTimeInMillis",
    "ServiceProcessingTime": "ServiceProcessingTimeInMillis",
    "TotalExecutionTime": "TotalExecutionTimeInMillis",
}


class Telling:
    """Takes each change of an execution's state."""

    def __init__(self, emit: Callable[[dict[str, Any]], None], metrics: Metrics, region: str) -> None:
        self._emit = emit
        self._metrics = metrics
        self._region = region
        self._told: Counter[str] = Counter()

    def changed(self, execution: Execution, previous: str | None) -> None:
        """Emits the event; at the end also the metrics."""
        self._told[execution.identifier] += 1
        detail: dict[str, Any] = {
            "versionId": "0",
            "currentState": execution.state,
            "statementType": execution.query.statement.kind,
            "queryExecutionId": execution.identifier,
            "workgroupName": execution.settings["WorkGroup"],
            "sequenceNumber": str(self._told[execution.identifier]),
        }
        if previous:
            detail["previousState"] = previous
        self._emit(
            {
                "version": "0",
                "id": str(uuid4()),
                "detail-type": "Athena Query State Change",
                "source": "aws.athena",
                "account": ACCOUNT,
                "time": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
                "region": self._region,
                "resources": [],
                "detail": detail,
            }
        )
        if execution.state in FINAL:
            self._told.pop(execution.identifier)
            if execution.publishes_metrics:
                self._publish(execution)

    def _publish(self, execution: Execution) -> None:
        statistics = execution.statistics()
        dimensions = {
            "QueryState": execution.state,
            "QueryType": execution.query.statement.kind,
            "WorkGroup": execution.settings["WorkGroup"],
        }
        self._metrics.add("AWS/Athena", "ProcessedBytes", statistics["DataScannedInBytes"], dimensions, "Bytes")
        for name, member in _TIMES.items():
            self._metrics.add("AWS/Athena", name, statistics[member], dimensions, "Milliseconds")
