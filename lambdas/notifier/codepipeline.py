"""What CodePipeline says of one execution of the delivery pipeline: its actions, its commit, and the approval's state.

Shapes: CodePipeline API reference, "ActionExecutionDetail" and "ActionState"; the variables of a source are in the
user guide, "Variables".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from contract.names import KEEP_SOURCE_ACTION, PREVIEW_STAGE
from lambdas.notifier.deadline import Missing
from lambdas.notifier.fields import mapping_at, objects_at, text_at, timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_codepipeline import CodePipelineClient
    from mypy_boto3_codepipeline.type_defs import ActionExecutionDetailTypeDef

APPROVAL = "Approval"
SOURCE = "Source"
_SUCCEEDED = "Succeeded"
_LATEST_ACTIONS = 2_000
FAILED = "Failed"
IN_PROGRESS = "InProgress"
_EARLIEST = datetime.min.replace(tzinfo=UTC)
# What goes into commands: git's ids, names as the API reference has them, and tokens, which are UUIDs.
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_NAME = re.compile(r"[A-Za-z0-9.@_-]{1,100}")
_TOKEN = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, kw_only=True)
class Location:
    """Where an artifact lies."""

    bucket: str
    key: str


@dataclass(frozen=True, kw_only=True)
class ActionRun:
    """One action that the execution ran; `artifact` is its first output."""

    id: str | None
    stage: str
    name: str
    category: str
    status: str
    ended_at: datetime
    summary: str | None
    error: str | None
    url: str | None
    external_id: str | None
    updated_by: str | None
    variables: Mapping[str, object]
    artifact: Location | None
    repository: str | None

    @property
    def reason(self) -> str | None:
        """Why it failed: CodePipeline's error, and beside it what the build or the approver said."""
        return ": ".join(dict.fromkeys(filter(None, (self.error, self.summary)))) or None


@dataclass(frozen=True, kw_only=True)
class Commit:
    """The commit that is delivered; `source` is the action that fetched it, `repository` is owner/name on GitHub."""

    id: str
    source: str
    message: str | None
    url: str | None
    repository: str | None

    @property
    def short(self) -> str:
        """The id as people write it."""
        return self.id[:8]


@dataclass(frozen=True)
class History:
    """The actions of one execution, the latest first."""

    actions: Sequence[ActionRun]

    @property
    def failed(self) -> ActionRun | None:
        """The action that failed last: earlier ones were retried."""
        return next((action for action in self.actions if action.status == FAILED), None)

    @property
    def commit(self) -> Commit | None:
        """The commit that the source action fetched."""
        for action in self.actions:
            commit = text_at(action.variables, "CommitId") or action.external_id or ""
            if action.category == SOURCE and _COMMIT.fullmatch(commit) and is_name(action.name):
                message = text_at(action.variables, "CommitMessage") or _message(action.summary)
                return Commit(
                    id=commit, source=action.name, message=message, url=action.url, repository=action.repository
                )
        return None

    @property
    def source(self) -> Location | None:
        """The commit's files, which CodePipeline itself has packed."""
        return next((action.artifact for action in self.actions if action.category == SOURCE), None)

    @property
    def preview(self) -> Location | None:
        """What the stage Preview left last."""
        return next((action.artifact for action in self.actions if action.stage == PREVIEW_STAGE), None)

    def status_of(self, action_execution: str) -> str | None:
        """Return how an action stands; None where the execution is not known to have run it."""
        return next((action.status for action in self.actions if action.id == action_execution), None)


@dataclass(frozen=True, kw_only=True)
class ApprovalState:
    """How an approval stands: `status` is None where CodePipeline shows another one, or does not yet show it."""

    status: str | None = None
    token: str | None = None

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing more to wait for: a token to answer with, or an answer."""
        return self.token is not None or self.status not in {None, IN_PROGRESS}


def history(client: CodePipelineClient, pipeline: str, execution: str) -> History:
    """Ask CodePipeline for everything that the execution ran."""
    pages = client.get_paginator("list_action_executions").paginate(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution}
    )
    runs = [_run(detail) for page in pages for detail in page.get("actionExecutionDetails", [])]
    return History(sorted(runs, key=lambda run: run.ended_at, reverse=True))


def last_kept(client: CodePipelineClient, pipeline: str) -> str | Missing | None:
    """Return the id of the execution whose files were kept last, those of what is deployed.

    None where there is none in CodePipeline's history, of twelve months ("ListActionExecutions", API reference);
    missing where there is none among the latest actions, which whoever pushes can make many.
    """
    pages = client.get_paginator("list_action_executions").paginate(
        pipelineName=pipeline, PaginationConfig={"MaxItems": _LATEST_ACTIONS, "PageSize": 100}
    )
    seen = 0
    for page in pages:
        for action in page["actionExecutionDetails"]:
            seen += 1
            if text_at(action, "actionName") == KEEP_SOURCE_ACTION and text_at(action, "status") == _SUCCEEDED:
                return text_at(action, "pipelineExecutionId")
    return None if seen < _LATEST_ACTIONS else Missing(f"no delivery among the latest {_LATEST_ACTIONS} actions")


def is_another_under_way(client: CodePipelineClient, pipeline: str, execution: str) -> bool:
    """Return whether another execution runs, which may deploy before this one does."""
    # The latest first.
    summaries = client.list_pipeline_executions(pipelineName=pipeline, maxResults=100)["pipelineExecutionSummaries"]
    return any(
        text_at(summary, "status") == IN_PROGRESS and text_at(summary, "pipelineExecutionId") != execution
        for summary in summaries
    )


def approval_state(client: CodePipelineClient, pipeline: str, action_execution: str) -> ApprovalState:
    """Ask CodePipeline how an approval stands, and for the token that answers it."""
    answer = client.get_pipeline_state(name=pipeline)
    for stage in objects_at(answer, "stageStates"):
        for action in objects_at(stage, "actionStates"):
            latest = mapping_at(action, "latestExecution")
            if latest.get("actionExecutionId") == action_execution:
                token = text_at(latest, "token") or ""
                return ApprovalState(status=text_at(latest, "status"), token=token if _TOKEN.fullmatch(token) else None)
    return ApprovalState()


def is_name(text: str) -> bool:
    """Return whether CodePipeline takes the text as a name, so that it may stand in a command for the shell."""
    return _NAME.fullmatch(text) is not None


def _run(detail: ActionExecutionDetailTypeDef) -> ActionRun:
    output = mapping_at(detail, "output")
    result = mapping_at(output, "executionResult")
    return ActionRun(
        id=text_at(detail, "actionExecutionId"),
        stage=text_at(detail, "stageName") or "without a name",
        name=text_at(detail, "actionName") or "without a name",
        category=text_at(detail, "input", "actionTypeId", "category") or "",
        status=text_at(detail, "status") or "",
        ended_at=timestamp(detail.get("lastUpdateTime")) or timestamp(detail.get("startTime")) or _EARLIEST,
        summary=text_at(result, "externalExecutionSummary"),
        error=text_at(result, "errorDetails", "message"),
        url=text_at(result, "externalExecutionUrl"),
        external_id=text_at(result, "externalExecutionId"),
        updated_by=text_at(detail, "updatedBy"),
        variables=mapping_at(output, "outputVariables"),
        artifact=_artifact(output),
        repository=text_at(detail, "input", "configuration", "FullRepositoryId"),
    )


def _artifact(output: Mapping[str, object]) -> Location | None:
    for artifact in objects_at(output, "outputArtifacts"):
        bucket, key = text_at(artifact, "s3location", "bucket"), text_at(artifact, "s3location", "key")
        if bucket and key:
            return Location(bucket=bucket, key=key)
    return None


def _message(summary: str | None) -> str | None:
    """Return the commit's message: a source's summary, which sources with a connection put into JSON."""
    try:
        content = cast("object", json.loads(summary or ""))
    except (ValueError, RecursionError):  # a message may begin with thousands of brackets
        return summary
    return text_at(cast("Mapping[str, object]", content), "CommitMessage") if isinstance(content, dict) else summary
