"""What has run: executions, action executions and the latest state of each stage."""

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.services.codepipeline.execution import Execution

Record = dict[str, Any]


class History:
    """Records by pipeline name. `changed` is notified of everything that waits could be about."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self._executions: dict[str, dict[str, Execution]] = {}
        self._actions: dict[str, list[Record]] = {}
        self._stages: dict[tuple[str, str], Record] = {}

    def add(self, execution: Execution) -> None:
        """Takes a new execution."""
        with self.changed:
            self._executions.setdefault(execution.name, {})[execution.id] = execution

    def find(self, name: str, identifier: str) -> Execution:
        """An execution.

        Raises:
            AwsError: PipelineExecutionNotFoundException.
        """
        found = self._executions.get(name, {}).get(identifier)
        if found is None:
            text = f"The pipeline execution '{identifier}' for pipeline '{name}' was not found"
            raise AwsError("PipelineExecutionNotFoundException", text)
        return found

    def executions(self, name: str) -> list[Execution]:
        """A pipeline's executions, the latest first."""
        return list(reversed(self._executions.get(name, {}).values()))

    def forget(self, name: str) -> None:
        """Drops a deleted pipeline's history."""
        with self.changed:
            self._executions.pop(name, None)
            self._actions.pop(name, None)
            self._stages = {key: value for key, value in self._stages.items() if key[0] != name}

    def start_stage(self, execution: Execution, stage: str) -> None:
        """An execution has entered a stage."""
        with self.changed:
            self._stages[execution.name, stage] = {"pipelineExecutionId": execution.id, "status": "InProgress"}

    def end_stage(self, execution: Execution, stage: str, status: str) -> None:
        """An execution has left a stage."""
        with self.changed:
            latest = self._stages.get((execution.name, stage))
            if latest and latest["pipelineExecutionId"] == execution.id:
                latest["status"] = status
            self.changed.notify_all()

    def stage(self, name: str, stage: str) -> Record | None:
        """The latest execution of a stage: {pipelineExecutionId, status}."""
        with self.changed:
            found = self._stages.get((name, stage))
            return {**found, "type": "STANDARD"} if found else None

    def start_action(self, execution: Execution, stage: str, action: Record, configuration: dict[str, str]) -> Record:
        """The record of a new action execution, as ListActionExecutions answers, with a few members of our own."""
        now = datetime.now(UTC)
        inputs = [self._located(execution, artifact["name"]) for artifact in action["inputArtifacts"]]
        record: Record = {
            "pipelineExecutionId": execution.id,
            "actionExecutionId": str(uuid.uuid4()),
            "pipelineVersion": execution.pipeline["version"],
            "stageName": stage,
            "actionName": action["name"],
            "startTime": now,
            "lastUpdateTime": now,
            "status": "InProgress",
            "input": {
                "actionTypeId": action["actionTypeId"],
                "configuration": action["configuration"],
                "resolvedConfiguration": configuration,
                "roleArn": action.get("roleArn"),
                "region": execution.region,
                "inputArtifacts": inputs,
                "namespace": action.get("namespace"),
            },
            "output": {"outputArtifacts": [], "executionResult": {}, "outputVariables": {}},
        }
        record["input"] = {key: value for key, value in record["input"].items() if value is not None}
        with self.changed:
            self._actions.setdefault(execution.name, []).append(record)
        return record

    def update_action(self, record: Record, status: str | None = None, **members: Any) -> None:
        """Changes an action execution's record."""
        with self.changed:
            record["lastUpdateTime"] = datetime.now(UTC)
            record["status"] = status or record["status"]
            record["output"]["executionResult"] |= members.pop("result", {})
            record["output"] |= members.pop("output", {})
            record |= members
            self.changed.notify_all()

    def actions(self, name: str, execution_id: str | None = None) -> Iterator[Record]:
        """A pipeline's action executions, the latest first."""
        with self.changed:
            records = list(reversed(self._actions.get(name, [])))
        yield from (r for r in records if execution_id in (None, r["pipelineExecutionId"]))

    def latest_action(self, name: str, stage: str, action: str) -> Record | None:
        """The latest execution of an action."""
        return next((r for r in self.actions(name) if (r["stageName"], r["actionName"]) == (stage, action)), None)

    @staticmethod
    def _located(execution: Execution, artifact: str) -> Record:
        location = execution.artifacts[artifact]
        return {"name": artifact, "s3location": {"bucket": location["bucket"], "key": location["key"]}}
