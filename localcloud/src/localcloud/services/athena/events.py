"""Events and metrics of queries.

Sources: Athena user guide, "Monitor Athena query events with EventBridge" and "List of CloudWatch metrics and
dimensions for Athena".
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from localcloud.services.athena.executions import FINAL_STATES, Execution
from localcloud.services.cloudwatch.metrics import Metrics
from localcloud.services.events.models import Emit, event

if TYPE_CHECKING:
    from mypy_boto3_athena.literals import QueryExecutionStateType


class QueryMonitoring:
    """Emit an event for each state of an execution and, where the workgroup says so, its metrics at the end.

    Args:
        emit: takes each EventBridge event.
        metrics: takes the metrics.
        region: of the events.
    """

    def __init__(self, emit: Emit, metrics: Metrics, region: str) -> None:
        self._emit = emit
        self._metrics = metrics
        self._region = region
        self._sequence_numbers: Counter[str] = Counter()

    def state_changed(self, execution: Execution, previous: QueryExecutionStateType | None) -> None:
        """Emit the event of an execution's state; `previous` is the state before, None before the first."""
        self._sequence_numbers[execution.identifier] += 1
        detail = {
            "versionId": "0",
            "currentState": execution.state,
            "previousState": previous,
            "statementType": execution.query.statement.kind,
            "queryExecutionId": execution.identifier,
            "workgroupName": execution.workgroup.name,
            "sequenceNumber": str(self._sequence_numbers[execution.identifier]),
        }
        self._emit(event("aws.athena", "Athena Query State Change", None, self._region, detail))
        if execution.state in FINAL_STATES:
            self._sequence_numbers.pop(execution.identifier)
            if execution.publishes_metrics:
                self._publish(execution)

    def _publish(self, execution: Execution) -> None:
        statistics = execution.statistics()
        dimensions = {
            "QueryState": execution.state,
            "QueryType": execution.query.statement.kind,
            "WorkGroup": execution.workgroup.name,
        }
        milliseconds = {
            "EngineExecutionTime": statistics.get("EngineExecutionTimeInMillis", 0),
            "QueryPlanningTime": statistics.get("QueryPlanningTimeInMillis", 0),
            "QueryQueueTime": statistics.get("QueryQueueTimeInMillis", 0),
            "ServiceProcessingTime": statistics.get("ServiceProcessingTimeInMillis", 0),
            "TotalExecutionTime": statistics.get("TotalExecutionTimeInMillis", 0),
        }
        self._metrics.add("AWS/Athena", "ProcessedBytes", execution.query.scanned, dimensions, "Bytes")
        for name, value in milliseconds.items():
            self._metrics.add("AWS/Athena", name, value, dimensions, "Milliseconds")
