"""CodePipeline as the delivery pipeline's tests need it: its events and its answers."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from .stage import ARTIFACTS, DELIVERY, REGION, documented

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .stage import Event, Stage

ARN = f"arn:aws:codepipeline:{REGION}:123456789012:{DELIVERY}"
EXECUTION = "3137f7cb-7cf7-4abc-9b51-a5d4b7a1c2d3"
APPROVAL = "47f821c5-a902-44b2-ae61-b878d31ecd21"
TOKEN = "1a2b3c4d-573f-4ea7-a67e-7a0123456789"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
COMMIT_URL = f"https://{REGION}.console.aws.amazon.com/codesuite/codecommit/repositories/r/commit/{COMMIT}"
LOG = f"https://console.aws.amazon.com/codebuild/home?region={REGION}#/builds/deploy:1/view/new"
REPORT_KEY = f"{DELIVERY}/previews/{EXECUTION}/preview.md"
REPORT = (
    f"https://{REGION}.console.aws.amazon.com/s3/object/{ARTIFACTS}?region={REGION}"
    f"&prefix={REPORT_KEY.replace('/', '%2F')}"
)
DELIVERED = "99999999-7cf7-4abc-9b51-a5d4b7a1c2d3"
DELIVERED_COMMIT = "fedcba98" * 5
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def failed_delivery(**detail: object) -> Event:
    """The event of an execution that failed; None leaves a field out."""
    return documented("delivery_execution", ARN, **{"pipeline": DELIVERY, "execution-id": EXECUTION, **detail})


def waiting_approval(**detail: object) -> Event:
    """The event of an approval that begins to wait; None leaves a field out."""
    documented_detail = {
        "pipeline": DELIVERY,
        "execution-id": EXECUTION,
        "stage": "Approve",
        "action": "Approve",
        "action-execution-id": APPROVAL,
        "type": {"owner": "AWS", "provider": "Manual", "category": "Approval", "version": "1"},
        "input-artifacts": None,
    }
    return documented("delivery_action", ARN, **{**documented_detail, **detail})


def run(
    name: str, category: str, minute: int, status: str = "Succeeded", *, variables: Any = None, **members: Any
) -> dict[str, Any]:
    """An action execution as ListActionExecutions has it; `members` are its result's, its id and who updated it."""
    moment = START + timedelta(minutes=minute)
    detail = {
        "pipelineExecutionId": EXECUTION,
        "stageName": name,
        "actionName": name,
        "startTime": moment,
        "lastUpdateTime": moment,
        "status": status,
        "input": {"actionTypeId": {"category": category, "owner": "AWS", "provider": "P", "version": "1"}},
    }
    detail |= {name: members.pop(name) for name in ("updatedBy", "actionExecutionId") if name in members}
    detail["output"] = {"executionResult": members, "outputVariables": variables or {}}
    return detail


def with_artifact(action: dict[str, Any], key: str) -> dict[str, Any]:
    location = {"bucket": ARTIFACTS, "key": key}
    artifact = {"name": action["actionName"], "s3location": location}
    return {**action, "output": {**action["output"], "outputArtifacts": [artifact]}}


def source(**members: Any) -> dict[str, Any]:
    fetched: dict[str, Any] = {
        "variables": {"CommitId": COMMIT, "CommitMessage": "Lower the threshold\n\nIt was too high.\n"},
        "externalExecutionId": COMMIT,
        "externalExecutionUrl": COMMIT_URL,
    }
    return with_artifact(run("Source", "Source", 0, **{**fetched, **members}), "p/Source/waiting")


def preview(**variables: str) -> dict[str, Any]:
    action = run("Preview", "Build", 2, variables=variables, externalExecutionUrl=f"{LOG}-of-preview")
    return with_artifact(action, "p/Preview/waiting")


def delivered_source() -> dict[str, Any]:
    return with_artifact(source(variables={"CommitId": DELIVERED_COMMIT}), "p/Source/delivered")


def packed(files: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as artifact:
        for name, text in files.items():
            artifact.writestr(name, text)
    return content.getvalue()


def keep(stage: Stage, key: str, content: bytes) -> None:
    """Put an artifact where CodePipeline keeps it."""
    stage.clients.s3.put_object(Bucket=ARTIFACTS, Key=key, Body=content)


def failed_build(name: str = "Deploy", minute: int = 9) -> dict[str, Any]:
    error = {"code": "JobFailed", "message": "Build terminated with state: FAILED. Phase: BUILD"}
    return run(name, "Build", minute, "Failed", externalExecutionUrl=LOG, errorDetails=error)


def ran(stage: Stage, *actions: dict[str, Any]) -> None:
    """What CodePipeline answers about the execution, after one that was delivered."""
    stage.faults.answer_each(
        "codepipeline",
        "ListActionExecutions",
        {
            DELIVERED: {"actionExecutionDetails": [delivered_source()]},
            EXECUTION: {"actionExecutionDetails": list(actions)},
            # Of all executions: one whose Verify failed after its files were kept, and an older one.
            DELIVERY: {"actionExecutionDetails": [*actions, *keep_source_actions(DELIVERED, "0" * 8)]},
        },
    )
    executions_are(stage, (EXECUTION, "InProgress"), (DELIVERED, "Failed"), ("0" * 8, "Succeeded"))


def keep_source_actions(*executions: str) -> list[dict[str, Any]]:
    """The actions that keep the files of what was deployed, one in each execution, after one that failed."""
    failed = run("KeepSource", "Deploy", 3, "Failed")
    done = [{**run("KeepSource", "Deploy", 2), "pipelineExecutionId": execution} for execution in executions]
    return [failed, *done]


def executions_are(stage: Stage, *executions: tuple[str, str]) -> None:
    summaries = [{"pipelineExecutionId": execution, "status": status} for execution, status in executions]
    stage.faults.answer("codepipeline", "ListPipelineExecutions", {"pipelineExecutionSummaries": summaries})


def waits(stage: Stage, *, status: str = "InProgress", token: str | None = TOKEN, action_id: str = APPROVAL) -> None:
    """What CodePipeline answers about the approval."""
    stage.faults.answer("codepipeline", "GetPipelineState", state(status=status, token=token, action_id=action_id))


def state(*, status: str = "InProgress", token: str | None = TOKEN, action_id: str = APPROVAL) -> dict[str, Any]:
    latest = {"actionExecutionId": action_id, "status": status, **({"token": token} if token else {})}
    return {
        "pipelineName": DELIVERY,
        "stageStates": [
            {"stageName": "Source", "actionStates": [{"actionName": "Source"}]},
            {"stageName": "Approve", "actionStates": [{"actionName": "Approve", "latestExecution": latest}]},
        ],
    }


def facts(message: dict[str, Any]) -> dict[str, str]:
    """The facts of a mail by label."""
    lines = message["Message"].split("\n\n")[1].splitlines()
    pairs = (line.split("  ", 1) for line in lines)
    return {label: value.strip() for label, value in pairs}


def attributes(message: dict[str, Any]) -> dict[str, str]:
    return {name: attribute["Value"] for name, attribute in message["MessageAttributes"].items()}
