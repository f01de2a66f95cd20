"""CodePipeline's operations on pipelines, executions and approvals, and the service that they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.http.errors import validation
from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, Service, operation
from localcloud.http.tags import Tag, TagChanges, TagStore
from localcloud.iam.roles import can_assume_role
from localcloud.services.codebuild.builds import Builds
from localcloud.services.codecommit.models import Repositories
from localcloud.services.codeconnections.models import Connections
from localcloud.services.codepipeline import access, errors, structure
from localcloud.services.codepipeline.approvals import Approvals
from localcloud.services.codepipeline.executions import ActionExecution, Execution, History
from localcloud.services.codepipeline.executor import SERVICE, ActionRunner, Executor
from localcloud.services.codepipeline.models import Pipeline, Pipelines, Stage, pipeline_arn
from localcloud.services.codepipeline.providers import BuildActions, Provider, S3DeployActions, SourceActions
from localcloud.services.codepipeline.stage_entry import StageEntry
from localcloud.services.codepipeline.triggers import Starter
from localcloud.services.events.models import Emit

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.literals import StageRetryModeType
    from mypy_boto3_codepipeline.type_defs import (
        ActionExecutionFilterTypeDef,
        ActionStateTypeDef,
        ApprovalResultTypeDef,
        PipelineDeclarationTypeDef,
        PipelineVariableTypeDef,
        SourceRevisionOverrideTypeDef,
        StageExecutionTypeDef,
        StageStateTypeDef,
    )


class CodePipeline:
    """The service, wired together.

    Args:
        repositories: CodeCommit's, for source actions.
        connections: those that reach GitHub's repositories, for source actions.
        builds: CodeBuild's, for build and test actions.
        emit: takes each event.
        endpoint: the local cloud's URL.
        tmp: a directory for sources on their way to the artifact store.
    """

    def __init__(
        self,
        *,
        repositories: Repositories,
        connections: Connections,
        builds: Builds,
        emit: Emit,
        endpoint: str,
        tmp: Path,
    ) -> None:
        pipelines, history = Pipelines(), History()
        entry, approvals = StageEntry(history), Approvals(history)
        sources = SourceActions(repositories, connections, history, tmp)
        providers: dict[str, Provider] = {
            "CodeCommit": sources,
            "CodeStarSourceConnection": sources,
            "CodeBuild": BuildActions(builds, history),
            "S3": S3DeployActions(),
            "Manual": approvals,
        }
        executor = Executor(history, entry, ActionRunner(providers, history, emit, endpoint), emit)
        self.starter = Starter(pipelines, executor)
        operations = [
            PipelineOperations(pipelines, self.starter, executor),
            ExecutionOperations(pipelines, self.starter, executor, history, entry, approvals),
            HistoryOperations(pipelines, history, entry),
        ]
        self.service = Service("codepipeline", operations, access.permissions)


class PipelineOperations(TagChanges):
    """Operations on pipelines and their tags."""

    def __init__(self, pipelines: Pipelines, starter: Starter, executor: Executor) -> None:
        super().__init__(
            TagStore(key="key", value="value", missing=errors.missing_resource, too_many=errors.too_many_tags)
        )
        self._pipelines, self._starter, self._executor = pipelines, starter, executor
        self._tags.owned_by(pipelines.has)

    @operation
    def create_pipeline(self, call: Call, *, pipeline: PipelineDeclarationTypeDef, tags: Sequence[Tag] = ()) -> Answer:
        """Create a pipeline, which runs at once (user guide, "Create a pipeline, stages, and actions")."""
        arn = pipeline_arn(call.caller.region, pipeline["name"])
        if self._pipelines.has(arn):
            raise errors.existing_pipeline(pipeline["name"])
        self._check(Pipeline.of(arn, pipeline))
        created = self._pipelines.create(arn, pipeline)
        self._tags.put(arn, tags)
        self._starter.start_first(created)
        return {"pipeline": created.declaration, "tags": self._tags.of(arn)}

    @operation
    def get_pipeline(self, _call: Call, *, name: str, version: int | None = None) -> Answer:
        """Return a pipeline's structure, of the current version or an earlier one."""
        pipeline = self._pipelines.find(name, version)
        return {"pipeline": pipeline.declaration, "metadata": self._pipelines.find(name).describe_metadata()}

    @operation
    def update_pipeline(self, _call: Call, *, pipeline: PipelineDeclarationTypeDef) -> Answer:
        """Add a version; executions under way do not complete."""
        self._check(Pipeline.of(self._pipelines.find(pipeline["name"]).arn, pipeline))
        updated = self._pipelines.update(pipeline)
        self._executor.cancel(updated.name)
        return {"pipeline": updated.declaration}

    @operation
    def delete_pipeline(self, _call: Call, *, name: str) -> Answer:
        """Delete a pipeline; deleting what is not there is no error."""
        pipeline = self._pipelines.delete(name)
        if pipeline:
            self._tags.forget(pipeline.arn)
            self._executor.forget(name)
        return {}

    @operation
    def list_pipelines(self, _call: Call, *, next_token: str | None = None, max_results: int | None = None) -> Answer:
        """List pipelines by name."""
        summaries = [pipeline.summarize() for pipeline in self._pipelines.all()]
        return Page.of(summaries, next_token, max_results).answer("pipelines", "nextToken")

    @operation
    def list_tags_for_resource(
        self, _call: Call, *, resource_arn: str, next_token: str | None = None, max_results: int | None = None
    ) -> Answer:
        """List a pipeline's tags."""
        tags = self._tags.of(self._tags.require(resource_arn))
        return Page.of(tags, next_token, max_results).answer("tags", "nextToken")

    def _check(self, pipeline: Pipeline) -> None:
        structure.check(pipeline)
        if not can_assume_role(pipeline.role_arn, SERVICE, pipeline.arn):
            raise errors.not_assumable(pipeline.role_arn)


class ExecutionOperations:
    """Operations that start, stop and retry executions, answer approvals and close stages."""

    def __init__(
        self,
        pipelines: Pipelines,
        starter: Starter,
        executor: Executor,
        history: History,
        entry: StageEntry,
        approvals: Approvals,
    ) -> None:
        self._pipelines, self._starter, self._executor = pipelines, starter, executor
        self._history, self._entry, self._approvals = history, entry, approvals

    @operation
    def start_pipeline_execution(
        self,
        call: Call,
        *,
        name: str,
        variables: Sequence[PipelineVariableTypeDef] = (),
        source_revisions: Sequence[SourceRevisionOverrideTypeDef] = (),
        client_request_token: str | None = None,
    ) -> Answer:
        """Start a pipeline."""
        execution = self._starter.start(
            name,
            "StartPipelineExecution",
            call.caller.arn,
            variables=variables,
            source_revisions=source_revisions,
            client_request_token=client_request_token,
        )
        return {"pipelineExecutionId": execution.id}

    @operation
    def stop_pipeline_execution(
        self,
        _call: Call,
        *,
        pipeline_name: str,
        pipeline_execution_id: str,
        abandon: bool = False,
        reason: str = "",
    ) -> Answer:
        """Stop an execution after the actions that run, or abandon these."""
        execution = self._find(pipeline_name, pipeline_execution_id)
        if execution.has_ended:
            raise errors.not_stoppable(execution.id, execution.status)
        if execution.status == "Stopping" and not abandon:
            raise errors.stopping_already(execution.id)
        self._executor.stop(execution, reason, abandon=abandon)
        return {"pipelineExecutionId": execution.id}

    @operation
    def retry_stage_execution(
        self,
        _call: Call,
        *,
        pipeline_name: str,
        stage_name: str,
        pipeline_execution_id: str,
        retry_mode: StageRetryModeType,
    ) -> Answer:
        """Go on with a failed execution from its failed stage, with all actions of it or those that failed."""
        execution = self._find(pipeline_name, pipeline_execution_id)
        execution.pipeline.require_stage(stage_name)
        latest = self._history.stage(pipeline_name, stage_name)
        if latest is None or latest.execution_id != execution.id:
            raise errors.not_latest(execution.id, stage_name)
        if latest.status != "Failed" or execution.status != "Failed":
            raise errors.not_retryable(f"Stage {stage_name} is {latest.status} and cannot be retried")
        if self._pipelines.find(pipeline_name).version != execution.pipeline.version:
            raise errors.not_retryable("The pipeline has been updated since the execution started")
        runs = self._history.actions(pipeline_name, execution.id) if retry_mode == "FAILED_ACTIONS" else []
        succeeded = {run.action.name for run in runs if run.stage == stage_name and run.status == "Succeeded"}
        self._executor.retry(execution, stage_name, frozenset(succeeded))
        return {"pipelineExecutionId": execution.id}

    @operation
    def disable_stage_transition(
        self, call: Call, *, pipeline_name: str, stage_name: str, transition_type: str, reason: str
    ) -> Answer:
        """Let no execution into a stage."""
        self._require_inbound(pipeline_name, stage_name, transition_type)
        self._entry.disable(pipeline_name, stage_name, reason, call.caller.arn)
        return {}

    @operation
    def enable_stage_transition(
        self, call: Call, *, pipeline_name: str, stage_name: str, transition_type: str
    ) -> Answer:
        """Let executions into a stage again."""
        self._require_inbound(pipeline_name, stage_name, transition_type)
        self._entry.enable(pipeline_name, stage_name, call.caller.arn)
        return {}

    @operation
    def put_approval_result(
        self,
        call: Call,
        *,
        pipeline_name: str,
        stage_name: str,
        action_name: str,
        token: str,
        result: ApprovalResultTypeDef,
    ) -> Answer:
        """Answer an approval that waits."""
        place = (pipeline_name, stage_name, action_name)
        return {"approvedAt": self._approvals.answer(place, token, result, call.caller.arn)}

    def _require_inbound(self, pipeline_name: str, stage_name: str, transition_type: str) -> None:
        self._pipelines.find(pipeline_name).require_stage(stage_name)
        if transition_type != "Inbound":
            raise validation("The local cloud disables inbound transitions only")

    def _find(self, pipeline_name: str, execution_id: str) -> Execution:
        self._pipelines.find(pipeline_name)
        return self._history.find(pipeline_name, execution_id)


class HistoryOperations:
    """Operations that answer what runs and what has run."""

    def __init__(self, pipelines: Pipelines, history: History, entry: StageEntry) -> None:
        self._pipelines, self._history, self._entry = pipelines, history, entry

    @operation
    def get_pipeline_execution(self, _call: Call, *, pipeline_name: str, pipeline_execution_id: str) -> Answer:
        """Return an execution."""
        self._pipelines.find(pipeline_name)
        return {"pipelineExecution": self._history.find(pipeline_name, pipeline_execution_id).describe()}

    @operation
    def list_pipeline_executions(
        self, _call: Call, *, pipeline_name: str, next_token: str | None = None, max_results: int | None = None
    ) -> Answer:
        """List a pipeline's executions, the latest first."""
        self._pipelines.find(pipeline_name)
        summaries = [execution.summarize() for execution in self._history.executions(pipeline_name)]
        return Page.of(summaries, next_token, max_results).answer("pipelineExecutionSummaries", "nextToken")

    @operation
    def list_action_executions(
        self,
        _call: Call,
        *,
        pipeline_name: str,
        filter: ActionExecutionFilterTypeDef | None = None,  # noqa: A002 (the member's name)
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> Answer:
        """List the runs of a pipeline's actions, or those of one execution, the latest first."""
        self._pipelines.find(pipeline_name)
        chosen = filter or {}
        latest = chosen.get("latestInPipelineExecution")
        execution_id = chosen.get("pipelineExecutionId") or (latest["pipelineExecutionId"] if latest else None)
        runs = self._history.actions(pipeline_name, execution_id)
        if latest and latest["startTimeRange"] == "Latest":
            runs = _latest_of_each(runs)
        details = [run.describe() for run in runs]
        return Page.of(details, next_token, max_results).answer("actionExecutionDetails", "nextToken")

    @operation
    def get_pipeline_state(self, _call: Call, *, name: str) -> Answer:
        """Return where the latest executions are, and what waits for which stage."""
        pipeline = self._pipelines.find(name)
        return {
            "pipelineName": pipeline.name,
            "pipelineVersion": pipeline.version,
            "stageStates": [self._stage_state(pipeline.name, stage) for stage in pipeline.stages],
            "created": pipeline.created,
            "updated": pipeline.updated,
        }

    def _stage_state(self, pipeline_name: str, stage: Stage) -> StageStateTypeDef:
        state: StageStateTypeDef = {
            "stageName": stage.name,
            "inboundTransitionState": self._entry.transition(pipeline_name, stage.name),
            "actionStates": [self._action_state(pipeline_name, stage.name, action.name) for action in stage.actions],
        }
        inbound: list[StageExecutionTypeDef] = [
            {"pipelineExecutionId": execution.id, "status": "InProgress", "type": "STANDARD"}
            for execution in self._entry.inbound(pipeline_name, stage.name)
        ]
        if inbound:
            state["inboundExecution"] = inbound[0]
            state["inboundExecutions"] = inbound
        if latest := self._history.stage(pipeline_name, stage.name):
            state["latestExecution"] = latest.describe()
        return state

    def _action_state(self, pipeline_name: str, stage: str, action: str) -> ActionStateTypeDef:
        latest = self._history.latest_action(pipeline_name, stage, action)
        return latest.describe_state() if latest else {"actionName": action}


def _latest_of_each(runs: Sequence[ActionExecution]) -> list[ActionExecution]:
    """Return the latest run of each action, of runs of which the latest is the first."""
    latest: dict[tuple[str, str], ActionExecution] = {}
    for run in runs:
        latest.setdefault((run.stage, run.action.name), run)
    return list(latest.values())
