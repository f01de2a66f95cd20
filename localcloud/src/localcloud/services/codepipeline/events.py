"""CodePipeline's EventBridge events.

Source: CodePipeline user guide, "Monitoring CodePipeline events".
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from localcloud.services.codepipeline.executions import ActionExecution, Execution
from localcloud.services.events.models import Detail, Event, event

PIPELINE = "CodePipeline Pipeline Execution State Change"
STAGE = "CodePipeline Stage Execution State Change"
ACTION = "CodePipeline Action Execution State Change"

_STATES = {"Cancelled": "CANCELED", "InProgress": "STARTED"}
"""States that are not the status in capitals."""


def pipeline_changed(execution: Execution, status: str, failed: Sequence[ActionExecution] = ()) -> Event:
    """Return the event of an execution, with the actions of one stage that failed, if any."""
    attributes: dict[str, Any] | None = None
    if failed:
        attributes = {
            "failedActionCount": len(failed),
            "failedActions": [
                {"action": run.action.name, "additionalInformation": (run.error or {}).get("message", "")}
                for run in failed
            ],
            "failedStage": failed[0].stage,
        }
    detail = {
        **_common(execution, status),
        "execution-trigger": {
            "trigger-type": execution.trigger.get("triggerType"),
            "trigger-detail": execution.trigger.get("triggerDetail"),
        },
        "pipeline-execution-attempt": float(execution.attempt),
        "additional-attributes": attributes,
    }
    return _event(execution, PIPELINE, detail)


def stage_changed(execution: Execution, stage: str, status: str) -> Event:
    """Return the event of a stage."""
    detail = {**_common(execution, status), "stage": stage, "pipeline-execution-attempt": float(execution.attempt)}
    return _event(execution, STAGE, detail)


def action_changed(action_execution: ActionExecution, status: str) -> Event:
    """Return the event of a run of an action."""
    execution, type_id = action_execution.execution, action_execution.action.type_id
    error = action_execution.error or {}
    result = {
        "external-execution-url": action_execution.external_url,
        "external-execution-summary": action_execution.summary or error.get("message"),
        "external-execution-id": action_execution.external_id,
        "error-code": error.get("code"),
    }
    detail = {
        **_common(execution, status),
        "stage": action_execution.stage,
        "action": action_execution.action.name,
        "action-execution-id": action_execution.id,
        "type": {
            "owner": type_id["owner"],
            "provider": type_id["provider"],
            "category": type_id["category"],
            "version": type_id["version"],
        },
        "region": execution.pipeline.region,
        "input-artifacts": [artifact.describe() for artifact in action_execution.inputs] or None,
        "output-artifacts": [artifact.describe() for artifact in action_execution.outputs] or None,
        "execution-result": {name: value for name, value in result.items() if value} or None,
        "pipeline-execution-attempt": float(execution.attempt),
    }
    return _event(execution, ACTION, detail)


def _common(execution: Execution, status: str) -> Detail:
    return {
        "pipeline": execution.name,
        "execution-id": execution.id,
        "start-time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "state": _STATES.get(status, status.upper()),
        "version": float(execution.pipeline.version),
    }


def _event(execution: Execution, detail_type: str, detail: Detail) -> Event:
    return event("aws.codepipeline", detail_type, execution.pipeline.arn, execution.pipeline.region, detail)
