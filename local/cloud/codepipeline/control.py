"""The operations on executions: start, stop, retry, describe, list; and what starts a pipeline by itself."""

import json
from typing import Any

from local.cloud.codepipeline import triggers
from local.cloud.codepipeline.entry import StageEntry
from local.cloud.codepipeline.execution import ENDED, Execution
from local.cloud.codepipeline.executor import Executor
from local.cloud.codepipeline.history import History
from local.cloud.codepipeline.pipelines import Pipelines
from local.cloud.errors import AwsError, validation
from local.cloud.git import ZERO, GitRepository
from local.cloud.hosting import Push
from local.cloud.paging import page
from local.cloud.service import Call, Handler

Record = dict[str, Any]


class Control:
    """Starts and ends executions of the account's pipelines."""

    def __init__(self, pipelines: Pipelines, history: History, entry: StageEntry, executor: Executor) -> None:
        self._pipelines, self._history, self._entry, self._executor = pipelines, history, entry, executor
        self._tokens: dict[tuple[str, str], str] = {}
        pipelines.created = self._first
        pipelines.updated = self._cancel
        pipelines.deleted = self._deleted

    def handlers(self) -> dict[str, Handler]:
        """The operations."""
        return {
            "StartPipelineExecution": self._start,
            "StopPipelineExecution": self._stop,
            "RetryStageExecution": self._retry,
            "GetPipelineExecution": self._get,
            "ListPipelineExecutions": self._list,
            "DisableStageTransition": self._disable,
            "EnableStageTransition": self._enable,
        }

    def start(self, name: str, kind: str, detail: str, given: Record | None = None) -> str:
        """Starts a pipeline; the execution's id.

        Args:
            name: the pipeline.
            kind: a trigger type of the API.
            detail: who or what started it.
            given: `variables`, `sourceRevisions`, `clientRequestToken` as StartPipelineExecution takes them.

        Raises:
            AwsError: for what the pipeline does not have.
        """
        given = given or {}
        pipeline = self._pipelines.find(name)
        token = (pipeline["arn"], given.get("clientRequestToken") or "")
        if token in self._tokens:
            return self._tokens[token]
        overrides = _overrides(pipeline, given.get("sourceRevisions") or [])
        execution = self._new(pipeline, kind, detail, _variables(pipeline, given.get("variables") or []), overrides)
        if token[1]:
            self._tokens[token] = execution.id
        return execution.id

    def pushed(self, provider: str, push: Push, repository: GitRepository) -> None:
        """Starts the pipelines that follow a repository by themselves: by polling, or by a connection's trigger."""
        if push.after == ZERO:
            return
        for pipeline in self._pipelines.all():
            for action in pipeline["stages"][0]["actions"]:
                if action["actionTypeId"]["provider"] == provider:
                    self._consider(pipeline, action, push, repository)

    def _consider(self, pipeline: Record, action: Record, push: Push, repository: GitRepository) -> None:
        settings, override = action["configuration"], {action["name"]: {"commit": push.after}}
        if action["actionTypeId"]["provider"] == "CodeCommit":
            followed = (settings["RepositoryName"], f"refs/heads/{settings['BranchName']}")
            polls = settings.get("PollForSourceChanges", "true").lower() == "true"
            if polls and followed == (push.repository, push.reference):
                self._new(pipeline, "PollForSourceChanges", "", _variables(pipeline, []), override)
            return
        if settings["FullRepositoryId"] != push.repository:
            return
        named = [t for t in pipeline.get("triggers", []) if t["gitConfiguration"]["sourceActionName"] == action["name"]]
        filters = [trigger for trigger in named if triggers.has_filters(trigger)]
        if filters:
            paths = repository.changed_paths(push.before, push.after)
            started = any(triggers.starts(trigger, push.kind, push.name, paths) for trigger in filters)
        else:
            detects = settings.get("DetectChanges", "true").lower() == "true"
            started = detects and push.reference == f"refs/heads/{settings['BranchName']}"
        if started:
            detail = json.dumps({"ConnectionArn": settings["ConnectionArn"], "FullRepositoryId": push.repository})
            branch = {"branch": push.name} if push.kind == "branch" else {}
            chosen = {action["name"]: {"commit": push.after, **branch}}
            self._new(pipeline, "WebhookV2", detail, _variables(pipeline, []), chosen)

    def _new(
        self, pipeline: Record, kind: str, detail: str, variables: dict[str, str], overrides: dict[str, Record]
    ) -> Execution:
        trigger = {"triggerType": kind, "triggerDetail": detail}
        execution = Execution(pipeline, trigger, variables, overrides)
        self._executor.start(execution)
        return execution

    def _first(self, pipeline: Record) -> None:
        try:
            variables = _variables(pipeline, [])
        except AwsError:
            return  # without a value for each variable nothing can start
        self._new(pipeline, "CreatePipeline", "", variables, {})

    def _cancel(self, pipeline: Record) -> None:
        """UpdatePipeline: what runs may finish, what would follow does not, and nobody can approve any more."""
        name = pipeline["name"]
        for execution in self._history.executions(name):
            if execution.status not in ENDED:
                running = [r for r in self._history.actions(name, execution.id) if r["status"] == "InProgress"]
                providers = {record["input"]["actionTypeId"]["provider"] for record in running}
                self._executor.end(execution, "Cancelled", abandon=providers <= {"Manual"})

    def _deleted(self, name: str) -> None:
        for execution in self._history.executions(name):
            self._executor.end(execution, "Cancelled", abandon=True)
        self._history.forget(name)

    def _start(self, call: Call) -> Record:
        identifier = self.start(call.input["name"], "StartPipelineExecution", call.caller.arn, call.input)
        return {"pipelineExecutionId": identifier}

    def _stop(self, call: Call) -> Record:
        execution = self._find(call)
        abandon = bool(call.get("abandon", False))
        if execution.status in ENDED or (execution.status == "Stopping" and not abandon):
            code = (
                "PipelineExecutionNotStoppableException"
                if execution.status in ENDED
                else "DuplicatedStopRequestException"
            )
            raise AwsError(code, f"The pipeline execution {execution.id} is {execution.status} and cannot be stopped")
        execution.stop_reason = call.get("reason", "")
        execution.summary = execution.stop_reason or ""
        self._executor.end(execution, "Stopped", abandon=abandon)
        return {"pipelineExecutionId": execution.id}

    def _retry(self, call: Call) -> Record:
        execution, stage = self._find(call), call.input["stageName"]
        self._stage_of(execution.pipeline, stage)
        latest = self._history.stage(execution.name, stage)
        if latest is None or latest["pipelineExecutionId"] != execution.id:
            raise AwsError(
                "NotLatestPipelineExecutionException", f"{execution.id} is not the latest execution of {stage}"
            )
        if latest["status"] != "Failed" or execution.status != "Failed":
            raise AwsError("StageNotRetryableException", f"Stage {stage} is {latest['status']} and cannot be retried")
        if self._pipelines.find(execution.name)["version"] != execution.pipeline["version"]:
            raise AwsError("StageNotRetryableException", "The pipeline has been updated since the execution started")
        records = [r for r in self._history.actions(execution.name, execution.id) if r["stageName"] == stage]
        succeeded = {record["actionName"] for record in records if record["status"] == "Succeeded"}
        skip = frozenset(succeeded if call.input["retryMode"] == "FAILED_ACTIONS" else ())
        self._executor.retry(execution, stage, skip)
        return {"pipelineExecutionId": execution.id}

    def _get(self, call: Call) -> Record:
        return {"pipelineExecution": self._find(call).described()}

    def _list(self, call: Call) -> Record:
        name = call.input["pipelineName"]
        self._pipelines.find(name)
        if call.get("filter"):
            raise validation("The local cloud does not filter executions by stage")
        found = [execution.summarized() for execution in self._history.executions(name)]
        return page(call, found, "pipelineExecutionSummaries", cursor="nextToken", size="maxResults")

    def _disable(self, call: Call) -> Record:
        self._transition(call)
        self._entry.disable(call.input["pipelineName"], call.input["stageName"], call.input["reason"], call.caller.arn)
        return {}

    def _enable(self, call: Call) -> Record:
        self._transition(call)
        self._entry.enable(call.input["pipelineName"], call.input["stageName"], call.caller.arn)
        return {}

    def _transition(self, call: Call) -> None:
        self._stage_of(self._pipelines.find(call.input["pipelineName"]), call.input["stageName"])
        if call.input["transitionType"] != "Inbound":
            raise validation("The local cloud disables inbound transitions only")

    def _find(self, call: Call) -> Execution:
        self._pipelines.find(call.input["pipelineName"])
        return self._history.find(call.input["pipelineName"], call.input["pipelineExecutionId"])

    @staticmethod
    def _stage_of(pipeline: Record, name: str) -> None:
        if name not in {stage["name"] for stage in pipeline["stages"]}:
            raise AwsError("StageNotFoundException", f"Pipeline {pipeline['name']} has no stage {name}")


def _variables(pipeline: Record, given: list[Record]) -> dict[str, str]:
    declared = {variable["name"]: variable.get("defaultValue") for variable in pipeline.get("variables", [])}
    values = {variable["name"]: variable["value"] for variable in given}
    if unknown := sorted(values.keys() - declared.keys()):
        raise validation(f"Pipeline {pipeline['name']} has no variable {', '.join(unknown)}")
    merged = {**declared, **values}
    if missing := sorted(name for name, value in merged.items() if value is None):
        raise validation(f"Pipeline {pipeline['name']} needs a value for variable {', '.join(missing)}")
    return {name: str(value) for name, value in merged.items()}


def _overrides(pipeline: Record, revisions: list[Record]) -> dict[str, Record]:
    sources = {action["name"] for action in pipeline["stages"][0]["actions"]}
    found: dict[str, Record] = {}
    for revision in revisions:
        if revision["actionName"] not in sources:
            raise validation(f"Pipeline {pipeline['name']} has no source action {revision['actionName']}")
        if revision["revisionType"] != "COMMIT_ID":
            raise validation(f"Source action {revision['actionName']} takes revisions of type COMMIT_ID")
        found[revision["actionName"]] = {"commit": revision["revisionValue"]}
    return found
