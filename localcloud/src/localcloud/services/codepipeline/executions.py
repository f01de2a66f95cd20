"""What has run: executions of pipelines, of their stages and actions, and how each looks on the wire."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, cast

from localcloud.services.codepipeline import errors
from localcloud.services.codepipeline.models import Action, Pipeline

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.literals import (
        ActionExecutionStatusType,
        PipelineExecutionStatusType,
        StageExecutionStatusType,
    )
    from mypy_boto3_codepipeline.type_defs import (
        ActionExecutionDetailTypeDef,
        ActionExecutionInputTypeDef,
        ActionExecutionResultTypeDef,
        ActionExecutionTypeDef,
        ActionStateTypeDef,
        ArtifactDetailTypeDef,
        ArtifactRevisionTypeDef,
        ErrorDetailsTypeDef,
        ExecutionTriggerTypeDef,
        PipelineExecutionSummaryTypeDef,
        PipelineExecutionTypeDef,
        SourceRevisionTypeDef,
        StageExecutionTypeDef,
    )

Ending = Literal["Stopped", "Superseded", "Cancelled"]
"""How an execution ends before its time."""

_ENDED = frozenset({"Succeeded", "Failed", "Stopped", "Superseded", "Cancelled"})


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """An artifact in the artifact store."""

    name: str
    bucket: str
    key: str

    def describe(self) -> ArtifactDetailTypeDef:
        """Return the artifact as ListActionExecutions answers it."""
        return {"name": self.name, "s3location": {"bucket": self.bucket, "key": self.key}}


@dataclass(frozen=True, kw_only=True)
class SourceOverride:
    """The commit that a source action takes, and the branch that it says it is of, instead of its branch's tip."""

    commit_id: str
    branch: str | None = None


@dataclass(frozen=True, kw_only=True)
class Revision:
    """The commit that a source action took, and the artifact that it became."""

    action: str
    artifact: str
    commit_id: str
    summary: str
    url: str
    created: datetime

    def describe_source(self) -> SourceRevisionTypeDef:
        """Return the revision as ListPipelineExecutions answers it."""
        return {
            "actionName": self.action,
            "revisionId": self.commit_id,
            "revisionSummary": self.summary,
            "revisionUrl": self.url,
        }

    def describe_artifact(self) -> ArtifactRevisionTypeDef:
        """Return the revision as GetPipelineExecution answers it."""
        return {
            "name": self.artifact,
            "revisionId": self.commit_id,
            "revisionSummary": self.summary,
            "created": self.created,
            "revisionUrl": self.url,
        }


@dataclass(kw_only=True, eq=False)
class Execution:
    """An execution of the version of a pipeline that it was started with.

    `overrides` are by source action, `namespaces` the variables by namespace, `artifacts` by name. `ending` is set as
    soon as nothing further of it is to run, `abandoned` when it doesn't wait for what runs either.
    """

    pipeline: Pipeline
    trigger: ExecutionTriggerTypeDef
    variables: dict[str, str]
    overrides: dict[str, SourceOverride]
    id: str = field(default_factory=_new_id)
    namespaces: dict[str, dict[str, str]] = field(init=False)
    artifacts: dict[str, Artifact] = field(default_factory=dict[str, Artifact])
    revisions: list[Revision] = field(default_factory=list[Revision])
    status: PipelineExecutionStatusType = "InProgress"
    stop_reason: str | None = None
    attempt: int = 1
    started: datetime = field(default_factory=_now)
    updated: datetime = field(default_factory=_now)
    ending: Ending | None = None
    abandoned: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.namespaces = {"codepipeline": {"PipelineExecutionId": self.id}, "variables": self.variables}

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.pipeline.name

    @property
    def commit_id(self) -> str:
        """The commit of the latest source action; '' before one has run."""
        return self.revisions[-1].commit_id if self.revisions else ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing of the execution will run, unless it is retried."""
        return self.status in _ENDED

    def set_status(self, status: PipelineExecutionStatusType) -> None:
        """Change the status now."""
        self.status = status
        self.updated = _now()

    def end(self, ending: Ending, *, abandon: bool) -> None:
        """Let nothing further run; with `abandon` without waiting for actions that run."""
        self.ending = self.ending or ending
        if abandon:
            self.abandoned.set()

    def describe(self) -> PipelineExecutionTypeDef:
        """Return the execution as GetPipelineExecution answers it."""
        description: PipelineExecutionTypeDef = {
            "pipelineName": self.name,
            "pipelineVersion": self.pipeline.version,
            "pipelineExecutionId": self.id,
            "status": self.status,
            "artifactRevisions": [revision.describe_artifact() for revision in self.revisions],
            "variables": [{"name": name, "resolvedValue": value} for name, value in self.variables.items()],
            "trigger": self.trigger,
            "executionMode": self.pipeline.execution_mode,
            "executionType": "STANDARD",
        }
        if self.stop_reason:
            description["statusSummary"] = self.stop_reason
        return description

    def summarize(self) -> PipelineExecutionSummaryTypeDef:
        """Return the execution as ListPipelineExecutions answers it."""
        summary: PipelineExecutionSummaryTypeDef = {
            "pipelineExecutionId": self.id,
            "status": self.status,
            "startTime": self.started,
            "lastUpdateTime": self.updated,
            "sourceRevisions": [revision.describe_source() for revision in self.revisions],
            "trigger": self.trigger,
            "executionMode": self.pipeline.execution_mode,
            "executionType": "STANDARD",
        }
        if self.stop_reason:
            summary["statusSummary"] = self.stop_reason
        if self.stop_reason is not None:
            summary["stopTrigger"] = {"reason": self.stop_reason}
        return summary


@dataclass(kw_only=True)
class StageExecution:
    """The latest execution of a stage."""

    execution_id: str
    status: PipelineExecutionStatusType = "InProgress"

    def describe(self) -> StageExecutionTypeDef:
        """Return the execution of the stage as GetPipelineState answers it."""
        # No stage is superseded: an execution is while it waits for one.
        status = cast("StageExecutionStatusType", self.status)
        return {"pipelineExecutionId": self.execution_id, "status": status, "type": "STANDARD"}


@dataclass(kw_only=True, eq=False)
class ActionExecution:
    """One run of an action. `token` is that of an approval while it waits."""

    execution: Execution
    stage: str
    action: Action
    inputs: list[Artifact]
    configuration: dict[str, str]
    """With the values of variables, as soon as they are resolved."""
    id: str = field(default_factory=_new_id)
    status: ActionExecutionStatusType = "InProgress"
    started: datetime = field(default_factory=_now)
    updated: datetime = field(default_factory=_now)
    updated_by: str | None = None
    token: str | None = None
    external_id: str | None = None
    external_url: str | None = None
    summary: str | None = None
    error: ErrorDetailsTypeDef | None = None
    outputs: list[Artifact] = field(default_factory=list[Artifact])
    variables: dict[str, str] = field(default_factory=dict[str, str])

    def describe(self) -> ActionExecutionDetailTypeDef:
        """Return the run as ListActionExecutions answers it."""
        description: ActionExecutionDetailTypeDef = {
            "pipelineExecutionId": self.execution.id,
            "actionExecutionId": self.id,
            "pipelineVersion": self.execution.pipeline.version,
            "stageName": self.stage,
            "actionName": self.action.name,
            "startTime": self.started,
            "lastUpdateTime": self.updated,
            "status": self.status,
            "input": self._describe_input(),
            "output": {
                "outputArtifacts": [artifact.describe() for artifact in self.outputs],
                "executionResult": self._describe_result(),
                "outputVariables": self.variables,
            },
        }
        if self.updated_by is not None:
            description["updatedBy"] = self.updated_by
        return description

    def describe_state(self) -> ActionStateTypeDef:
        """Return the run as GetPipelineState answers it, as the latest one of its action."""
        optional = {
            "summary": self.summary,
            "token": self.token,
            "lastUpdatedBy": self.updated_by,
            "externalExecutionId": self.external_id,
            "externalExecutionUrl": self.external_url,
            "errorDetails": self.error,
        }
        latest = {"actionExecutionId": self.id, "status": self.status, "lastStatusChange": self.updated}
        latest |= {name: value for name, value in optional.items() if value is not None}
        state: ActionStateTypeDef = {
            "actionName": self.action.name,
            "latestExecution": cast("ActionExecutionTypeDef", latest),
        }
        is_revision = self.action.type_id["category"] == "Source" and self.status == "Succeeded"
        if is_revision and self.external_id and self.external_url:
            state["currentRevision"] = {
                "revisionId": self.external_id,
                "revisionChangeId": self.external_id,
                "created": self.updated,
            }
            state["revisionUrl"] = self.external_url
        return state

    def _describe_input(self) -> ActionExecutionInputTypeDef:
        description: ActionExecutionInputTypeDef = {
            "actionTypeId": self.action.type_id,
            "configuration": {**self.action.configuration},
            "resolvedConfiguration": self.configuration,
            "region": self.execution.pipeline.region,
            "inputArtifacts": [artifact.describe() for artifact in self.inputs],
        }
        if self.action.role_arn is not None:
            description["roleArn"] = self.action.role_arn
        if self.action.namespace is not None:
            description["namespace"] = self.action.namespace
        return description

    def _describe_result(self) -> ActionExecutionResultTypeDef:
        result: ActionExecutionResultTypeDef = {}
        if self.external_id is not None:
            result["externalExecutionId"] = self.external_id
        if self.external_url is not None:
            result["externalExecutionUrl"] = self.external_url
        if self.summary is not None:
            result["externalExecutionSummary"] = self.summary
        if self.error is not None:
            result["errorDetails"] = self.error
        return result


class History:
    """What has run, by pipeline. `changed` is notified of every change that something may wait for."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self._executions: dict[str, dict[str, Execution]] = {}
        self._stages: dict[tuple[str, str], StageExecution] = {}
        self._actions: dict[str, list[ActionExecution]] = {}

    def add(self, execution: Execution) -> None:
        """Add a new execution."""
        with self.changed:
            self._executions.setdefault(execution.name, {})[execution.id] = execution

    def find(self, pipeline_name: str, execution_id: str) -> Execution:
        """Return an execution.

        Raises:
            AwsError: PipelineExecutionNotFoundException.
        """
        execution = self._executions.get(pipeline_name, {}).get(execution_id)
        if execution is None:
            raise errors.missing_execution(pipeline_name, execution_id)
        return execution

    def executions(self, pipeline_name: str) -> list[Execution]:
        """Return a pipeline's executions, the latest first."""
        with self.changed:
            return list(reversed(self._executions.get(pipeline_name, {}).values()))

    def forget(self, pipeline_name: str) -> None:
        """Drop what has run of a deleted pipeline."""
        with self.changed:
            self._executions.pop(pipeline_name, None)
            self._actions.pop(pipeline_name, None)
            self._stages = {key: stage for key, stage in self._stages.items() if key[0] != pipeline_name}

    def start_stage(self, execution: Execution, stage: str) -> None:
        """Record that an execution has entered a stage."""
        with self.changed:
            self._stages[execution.name, stage] = StageExecution(execution_id=execution.id)

    def end_stage(self, execution: Execution, stage: str, status: PipelineExecutionStatusType) -> None:
        """Record that an execution has left a stage."""
        with self.changed:
            latest = self._stages.get((execution.name, stage))
            if latest and latest.execution_id == execution.id:
                latest.status = status
            self.changed.notify_all()

    def stage(self, pipeline_name: str, stage: str) -> StageExecution | None:
        """Return the latest execution of a stage; None when there is none."""
        with self.changed:
            return self._stages.get((pipeline_name, stage))

    def start_action(self, execution: Execution, stage: str, action: Action) -> ActionExecution:
        """Record that an action begins to run."""
        action_execution = ActionExecution(
            execution=execution,
            stage=stage,
            action=action,
            inputs=[execution.artifacts[name] for name in action.inputs],
            configuration={**action.configuration},
        )
        with self.changed:
            self._actions.setdefault(execution.name, []).append(action_execution)
        return action_execution

    @contextmanager
    def changing(self, action_execution: ActionExecution) -> Generator[None]:
        """Let the run of an action be changed, and notify whoever waits."""
        with self.changed:
            yield
            action_execution.updated = _now()
            self.changed.notify_all()

    def actions(self, pipeline_name: str, execution_id: str | None = None) -> list[ActionExecution]:
        """Return the runs of a pipeline's actions, or those of one execution, the latest first."""
        with self.changed:
            runs = reversed(self._actions.get(pipeline_name, []))
            return [run for run in runs if execution_id in {None, run.execution.id}]

    def latest_action(self, pipeline_name: str, stage: str, action: str) -> ActionExecution | None:
        """Return the latest run of an action; None when there is none."""
        runs = self.actions(pipeline_name)
        return next((run for run in runs if (run.stage, run.action.name) == (stage, action)), None)
