"""Pipeline executions: start, stop, describe, list, and what their runner reports."""

import secrets
import string
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from localcloud.http.errors import AwsError
from localcloud.http.paging import page, selected
from localcloud.http.service import Call, Handler
from localcloud.services.sagemaker import definition
from localcloud.services.sagemaker.pipelines import Pipelines

Record = dict[str, Any]
ExecutionChanged = Callable[[Record, str | None], None]

_RUNNING = frozenset({"Executing", "Stopping"})
_ENDED = frozenset({"Succeeded", "Failed", "Stopped"})
_ALPHABET = string.ascii_lowercase + string.digits
_SUMMARY = (
    *("PipelineExecutionArn", "StartTime", "PipelineExecutionStatus", "PipelineExecutionDescription"),
    "PipelineExecutionDisplayName",
)
_PRIVATE = frozenset({"StartTime", "Definition", "Parameters", "Steps", "EndTime"})


class Runner(Protocol):
    """Runs an execution's steps and reports to `Executions.report` and `Executions.ended`."""

    def start(self, execution: Record, role_arn: str, pipeline_name: str) -> None:
        """Starts the steps.

        Raises:
            AwsError: when the role cannot be assumed.
        """
        ...

    def stop(self, execution_arn: str) -> None:
        """Asks the steps to stop."""
        ...


class Executions:
    """The account's pipeline executions, by ARN; `changed` hears of every status with the one before."""

    def __init__(self, pipelines: Pipelines, runner: Runner, changed: ExecutionChanged) -> None:
        self._executions: dict[str, Record] = {}
        self._tokens: dict[tuple[str, str], str] = {}
        self._pipelines = pipelines
        self._runner = runner
        self._changed = changed
        self._lock = threading.RLock()

    def handlers(self) -> dict[str, Handler]:
        """The operations on executions, and the one on pipelines that depends on them."""
        return {
            "StartPipelineExecution": self.start,
            "StopPipelineExecution": self.stop,
            "DescribePipelineExecution": self.describe,
            "UpdatePipelineExecution": self.update,
            "ListPipelineExecutions": self.list,
            "ListPipelineExecutionSteps": self.list_steps,
            "ListPipelineParametersForExecution": self.list_parameters,
            "DescribePipelineDefinitionForExecution": self.describe_definition,
            "DeletePipeline": self.delete_pipeline,
        }

    def start(self, call: Call) -> Record:
        """StartPipelineExecution; a repeated ClientRequestToken answers with the execution it started."""
        pipeline = self._pipelines.get(call, call.input["PipelineName"])
        token = (pipeline["PipelineArn"], call.input["ClientRequestToken"])
        if token in self._tokens:
            return {"PipelineExecutionArn": self._tokens[token]}
        parsed = definition.parse(pipeline["PipelineDefinition"])
        bound = definition.bind(parsed, call.get("PipelineParameters", []))
        identifier = "".join(secrets.choice(_ALPHABET) for _ in range(12))
        now = datetime.now(UTC)
        execution: Record = {
            "PipelineArn": pipeline["PipelineArn"],
            "PipelineExecutionArn": f"{pipeline['PipelineArn']}/execution/{identifier}",
            "PipelineExecutionDisplayName": call.get(
                "PipelineExecutionDisplayName", f"execution-{now.timestamp() * 1000:.0f}"
            ),
            "PipelineExecutionDescription": call.get("PipelineExecutionDescription"),
            "PipelineExecutionStatus": "Executing",
            "CreationTime": now,
            "StartTime": now,
            "LastModifiedTime": now,
            "CreatedBy": call.caller.identity(),
            "LastModifiedBy": call.caller.identity(),
            "ParallelismConfiguration": call.get("ParallelismConfiguration", pipeline["ParallelismConfiguration"]),
            "Definition": pipeline["PipelineDefinition"],
            "Parameters": bound,
            "Steps": {},
        }
        with self._lock:
            self._runner.start(execution, pipeline["RoleArn"], pipeline["PipelineName"])
            self._executions[execution["PipelineExecutionArn"]] = execution
            self._tokens[token] = execution["PipelineExecutionArn"]
            self._changed(dict(execution), None)
        self._pipelines.executed(pipeline, now)
        return {"PipelineExecutionArn": execution["PipelineExecutionArn"]}

    def report(self, execution_arn: str, line: Record) -> None:
        """Takes one line of the runner: {step, type, status, time, failure_reason?, metadata?, message?}."""
        with self._lock:
            execution = self._executions[execution_arn]
            time = datetime.fromisoformat(line["time"])
            step = execution["Steps"].setdefault(line["step"], {"StepName": line["step"], "StartTime": time})
            step["StepStatus"] = line["status"]
            if line["status"] in _ENDED:
                step["EndTime"] = time
            if reason := line.get("failure_reason"):
                step["FailureReason"] = reason
            if metadata := line.get("metadata"):
                step["Metadata"] = metadata
            step["AttemptCount"] = 1
            execution["LastModifiedTime"] = time

    def ended(self, execution_arn: str, status: str, reason: str | None = None) -> None:
        """Takes the end of an execution: Succeeded, or Failed with a reason; Stopped when that was asked for."""
        with self._lock:
            execution = self._executions[execution_arn]
            if execution["PipelineExecutionStatus"] not in _RUNNING:
                return
            if execution["PipelineExecutionStatus"] == "Stopping":
                status, reason = "Stopped", None
            now = datetime.now(UTC)
            for step in execution["Steps"].values():
                if step["StepStatus"] not in _ENDED:
                    step.update(StepStatus="Stopped" if status == "Stopped" else "Failed", EndTime=now)
            if reason:
                execution["FailureReason"] = reason
            execution["EndTime"] = now
            self._become(execution, status)

    def stop(self, call: Call) -> Record:
        """StopPipelineExecution."""
        with self._lock:
            execution = self._get(call)
            if execution["PipelineExecutionStatus"] not in _RUNNING:
                text = f"Pipeline execution {execution['PipelineExecutionArn']} is not running."
                raise AwsError("ConflictException", text)
            self._become(execution, "Stopping")
        self._runner.stop(execution["PipelineExecutionArn"])
        return {"PipelineExecutionArn": execution["PipelineExecutionArn"]}

    def describe(self, call: Call) -> Record:
        """DescribePipelineExecution."""
        return {k: v for k, v in self._get(call).items() if v is not None and k not in _PRIVATE}

    def update(self, call: Call) -> Record:
        """UpdatePipelineExecution."""
        execution = self._get(call)
        changeable = ("PipelineExecutionDisplayName", "PipelineExecutionDescription", "ParallelismConfiguration")
        execution.update({name: call.input[name] for name in changeable if call.get(name) is not None})
        execution.update(LastModifiedTime=datetime.now(UTC), LastModifiedBy=call.caller.identity())
        return {"PipelineExecutionArn": execution["PipelineExecutionArn"]}

    def list(self, call: Call) -> Record:
        """ListPipelineExecutions."""
        pipeline = self._pipelines.get(call, call.input["PipelineName"])["PipelineArn"]
        records = [record for record in self._executions.values() if record["PipelineArn"] == pipeline]
        sort = {"PipelineExecutionArn": "PipelineExecutionArn"}
        chosen = selected(call, records, "PipelineExecutionDisplayName", sort=sort)
        summaries = [{k: record[k] for k in _SUMMARY if record.get(k) is not None} for record in chosen]
        for summary, record in zip(summaries, chosen, strict=True):
            if reason := record.get("FailureReason"):
                summary["PipelineExecutionFailureReason"] = reason
        return page(call, summaries, "PipelineExecutionSummaries")

    def list_steps(self, call: Call) -> Record:
        """ListPipelineExecutionSteps; the latest first unless SortOrder says Ascending."""
        steps = sorted(self._get(call)["Steps"].values(), key=lambda step: step["StartTime"])
        if call.get("SortOrder", "Descending") == "Descending":
            steps.reverse()
        return page(call, [dict(step) for step in steps], "PipelineExecutionSteps")

    def list_parameters(self, call: Call) -> Record:
        """ListPipelineParametersForExecution."""
        parameters = self._get(call)["Parameters"].items()
        return page(call, [{"Name": name, "Value": value} for name, value in parameters], "PipelineParameters")

    def describe_definition(self, call: Call) -> Record:
        """DescribePipelineDefinitionForExecution."""
        execution = self._get(call)
        return {"PipelineDefinition": execution["Definition"], "CreationTime": execution["CreationTime"]}

    def delete_pipeline(self, call: Call) -> Record:
        """DeletePipeline; refused while an execution runs."""
        pipeline = self._pipelines.get(call, call.input["PipelineName"])
        own = [record for record in self._executions.values() if record["PipelineArn"] == pipeline["PipelineArn"]]
        if any(record["PipelineExecutionStatus"] in _RUNNING for record in own):
            text = f"Pipeline {pipeline['PipelineName']} cannot be deleted while an execution is running."
            raise AwsError("ConflictException", text)
        for record in own:
            del self._executions[record["PipelineExecutionArn"]]
        self._pipelines.remove(pipeline)
        return {"PipelineArn": pipeline["PipelineArn"]}

    def _get(self, call: Call) -> Record:
        execution_arn = call.input["PipelineExecutionArn"]
        if execution_arn not in self._executions:
            raise AwsError("ResourceNotFound", f"Pipeline execution '{execution_arn}' does not exist.")
        return self._executions[execution_arn]

    def _become(self, execution: Record, status: str) -> None:
        before = execution["PipelineExecutionStatus"]
        execution.update(PipelineExecutionStatus=status, LastModifiedTime=datetime.now(UTC))
        self._changed(dict(execution), before)
