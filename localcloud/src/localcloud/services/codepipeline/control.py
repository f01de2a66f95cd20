"""The operations on executions: start, stop, retry, describe, list."""

from typing import Any

from localcloud.http.errors import AwsError, validation
from localcloud.http.paging import page
from localcloud.http.service import Call, Handler
from localcloud.services.codepipeline.entry import StageEntry
from localcloud.services.codepipeline.execution import ENDED, Execution
from localcloud.services.codepipeline.executor import Executor
from localcloud.services.codepipeline.history import History
from localcloud.services.codepipeline.pipelines import Pipelines
from localcloud.services.codepipeline.starts import Starts

Record = dict[str, Any]


class Control:
    """Answers the calls about executions of the account's pipelines."""

    def __init__(
        self, pipelines: Pipelines, history: History, entry: StageEntry, executor: Executor, starts: Starts
    ) -> None:
        self._pipelines, self._history, self._entry = pipelines, history, entry
        self._executor, self._starts = executor, starts
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
        identifier = self._starts.start(call.input["name"], "StartPipelineExecution", call.caller.arn, call.input)
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
