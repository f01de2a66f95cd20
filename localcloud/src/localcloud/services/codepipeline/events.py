"""CodePipeline's EventBridge events.

Source: CodePipeline user guide, "Monitoring CodePipeline events".
"""

from datetime import UTC, datetime
from typing import Any

from localcloud.services.codepipeline.execution import Execution
from localcloud.services.events.envelope import event

Record = dict[str, Any]

PIPELINE = "CodePipeline Pipeline Execution State Change"
STAGE = "CodePipeline Stage Execution State Change"
ACTION = "CodePipeline Action Execution State Change"

_STATES = {"Cancelled": "CANCELED", "InProgress": "STARTED", "Abandoned": "ABANDONED"}


def state(status: str) -> str:
    """A status as events write it."""
    return _STATES.get(status, status.upper())


def pipeline_changed(execution: Execution, status: str, failed: list[Record] | None = None) -> Record:
    """The event of an execution; with the actions that failed, if any: {action, additional-information}."""
    attributes: Record | None = None
    if failed:
        attributes = {
            "failedActionCount": len(failed),
            "failedActions": [{key: item[key] for key in ("action", "additionalInformation")} for item in failed],
            "failedStage": failed[0]["stage"],
        }
    detail = {
        **_common(execution, status),
        "execution-trigger": {
            "trigger-type": execution.trigger["triggerType"],
            "trigger-detail": execution.trigger["triggerDetail"],
        },
        "pipeline-execution-attempt": float(execution.attempt),
        "additional-attributes": attributes,
    }
    return _event(execution, PIPELINE, detail)


def stage_changed(execution: Execution, stage: str, status: str) -> Record:
    """The event of a stage."""
    detail = {**_common(execution, status), "stage": stage, "pipeline-execution-attempt": float(execution.attempt)}
    return _event(execution, STAGE, detail)


def action_changed(execution: Execution, record: Record, status: str) -> Record:
    """The event of an action execution."""
    kind, result = record["input"]["actionTypeId"], record["output"]["executionResult"]
    error = result.get("errorDetails", {})
    found = {
        "external-execution-url": result.get("externalExecutionUrl"),
        "external-execution-summary": result.get("externalExecutionSummary") or error.get("message"),
        "external-execution-id": result.get("externalExecutionId"),
        "error-code": error.get("code"),
    }
    detail = {
        **_common(execution, status),
        "stage": record["stageName"],
        "action": record["actionName"],
        "action-execution-id": record["actionExecutionId"],
        "type": {key: kind[key] for key in ("owner", "provider", "category", "version")},
        "region": execution.region,
        "input-artifacts": record["input"]["inputArtifacts"] or None,
        "output-artifacts": record["output"]["outputArtifacts"] or None,
        "execution-result": {key: value for key, value in found.items() if value} or None,
        "pipeline-execution-attempt": float(execution.attempt),
    }
    return _event(execution, ACTION, detail)


def _common(execution: Execution, status: str) -> Record:
    return {
        "pipeline": execution.name,
        "execution-id": execution.id,
        "start-time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "state": state(status),
        "version": float(execution.pipeline["version"]),
    }


def _event(execution: Execution, detail_type: str, detail: Record) -> Record:
    return event("aws.codepipeline", detail_type, str(execution.pipeline["arn"]), execution.region, detail)
