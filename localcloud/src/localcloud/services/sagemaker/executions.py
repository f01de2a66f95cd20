"""Pipeline executions: how they start, what their processes report, how they end."""

from __future__ import annotations

import json
import secrets
import string
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, cast

from localcloud.http.errors import validation
from localcloud.http.request import Caller
from localcloud.http.service import Answer
from localcloud.runners.executions.definition import ParameterError, as_text, parameter_values
from localcloud.runners.executions.protocol import Outcome, StepReport
from localcloud.services.sagemaker import errors
from localcloud.services.sagemaker.models import Pipeline, now, present, user_context
from localcloud.services.sagemaker.process import ExecutionProcesses, Runner

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.literals import PipelineExecutionStatusType, StepStatusType
    from mypy_boto3_sagemaker.type_defs import (
        ParallelismConfigurationTypeDef,
        PipelineExecutionStepMetadataTypeDef,
        PipelineExecutionStepTypeDef,
        PipelineExecutionSummaryTypeDef,
        UserContextTypeDef,
    )

_RUNNING = frozenset({"Executing", "Stopping"})
_ENDED = frozenset({"Succeeded", "Failed", "Stopped"})
_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(kw_only=True)
class ExecutedStep:
    """A step that has begun."""

    name: str
    started: datetime
    status: StepStatusType = "Starting"
    ended: datetime | None = None
    failure_reason: str | None = None
    metadata: PipelineExecutionStepMetadataTypeDef | None = None

    def describe(self) -> PipelineExecutionStepTypeDef:
        """Return the step as ListPipelineExecutionSteps answers it."""
        step = {
            "StepName": self.name,
            "StartTime": self.started,
            "EndTime": self.ended,
            "StepStatus": self.status,
            "AttemptCount": 1,
            "FailureReason": self.failure_reason,
            "Metadata": self.metadata,
        }
        return cast("PipelineExecutionStepTypeDef", present(step))


@dataclass(kw_only=True)
class Execution:
    """An execution of a pipeline's definition as it was at the start; `parameters` are all of them, as text."""

    arn: str
    pipeline_arn: str
    definition: str
    parameters: Mapping[str, str]
    display_name: str
    created_by: UserContextTypeDef
    last_modified_by: UserContextTypeDef
    description: str | None = None
    parallelism: ParallelismConfigurationTypeDef | None = None
    status: PipelineExecutionStatusType = "Executing"
    failure_reason: str | None = None
    created: datetime = field(default_factory=now)
    last_modified: datetime = field(default_factory=now)
    ended: datetime | None = None
    steps: dict[str, ExecutedStep] = field(default_factory=dict[str, ExecutedStep])

    @property
    def name(self) -> str:
        """What ListPipelineExecutions sorts by unless that is the creation time."""
        return self.arn

    @property
    def is_running(self) -> bool:
        """Whether its processes run."""
        return self.status in _RUNNING

    def describe(self) -> Answer:
        """Return the execution as DescribePipelineExecution answers it."""
        return present(
            {
                "PipelineArn": self.pipeline_arn,
                "PipelineExecutionArn": self.arn,
                "PipelineExecutionDisplayName": self.display_name,
                "PipelineExecutionStatus": self.status,
                "PipelineExecutionDescription": self.description,
                "FailureReason": self.failure_reason,
                "CreationTime": self.created,
                "LastModifiedTime": self.last_modified,
                "CreatedBy": self.created_by,
                "LastModifiedBy": self.last_modified_by,
                "ParallelismConfiguration": self.parallelism,
            }
        )

    def summary(self) -> PipelineExecutionSummaryTypeDef:
        """Return the execution as ListPipelineExecutions answers it."""
        summary = {
            "PipelineExecutionArn": self.arn,
            "StartTime": self.created,
            "PipelineExecutionStatus": self.status,
            "PipelineExecutionDescription": self.description,
            "PipelineExecutionDisplayName": self.display_name,
            "PipelineExecutionFailureReason": self.failure_reason,
        }
        return cast("PipelineExecutionSummaryTypeDef", present(summary))


class Executions:
    """The account's executions, by ARN; `changed` hears of every new status, with the one before."""

    def __init__(self, runner: Runner, changed: Callable[[Execution, str | None], None]) -> None:
        self._executions: dict[str, Execution] = {}
        self._by_token: dict[tuple[str, str], Execution] = {}
        self._processes = ExecutionProcesses(runner, self._report, self._end)
        self._changed = changed
        self._lock = threading.RLock()

    def find(self, arn: str) -> Execution:
        """Return an execution.

        Raises:
            AwsError: ResourceNotFound.
        """
        if arn not in self._executions:
            raise errors.missing_execution(arn)
        return self._executions[arn]

    def of_pipeline(self, pipeline: Pipeline) -> list[Execution]:
        """Return the executions of a pipeline."""
        return [execution for execution in self._executions.values() if execution.pipeline_arn == pipeline.arn]

    def started_by(self, pipeline: Pipeline, token: str) -> Execution | None:
        """Return the execution that a request with the token has started; None when there is none."""
        return self._by_token.get((pipeline.arn, token))

    def start(
        self,
        pipeline: Pipeline,
        token: str,
        caller: Caller,
        texts: Mapping[str, str],
        *,
        display_name: str | None = None,
        description: str | None = None,
        parallelism: ParallelismConfigurationTypeDef | None = None,
    ) -> Execution:
        """Start an execution with the parameters of these texts, and the defaults of the others.

        Raises:
            AwsError: ValidationException for a parameter that does not fit, or a role that can't be assumed.
        """
        try:
            values = parameter_values(json.loads(pipeline.definition), texts)
        except ParameterError as error:
            raise validation(str(error)) from error
        time = now()
        execution = Execution(
            arn=f"{pipeline.arn}/execution/{''.join(secrets.choice(_ALPHABET) for _ in range(12))}",
            pipeline_arn=pipeline.arn,
            definition=pipeline.definition,
            parameters={name: texts.get(name, as_text(value)) for name, value in values.items()},
            display_name=display_name or f"execution-{time.timestamp() * 1000:.0f}",
            description=description,
            parallelism=parallelism or pipeline.parallelism_configuration,
            created=time,
            last_modified=time,
            created_by=user_context(caller),
            last_modified_by=user_context(caller),
        )
        # A report that comes at once waits until the execution is known.
        with self._lock:
            self._processes.start(execution, pipeline)
            self._executions[execution.arn] = execution
            self._by_token[pipeline.arn, token] = execution
            self._changed(execution, None)
        return execution

    def stop(self, execution: Execution) -> None:
        """Ask an execution's processes to end.

        Raises:
            AwsError: ConflictException for one that has ended.
        """
        with self._lock:
            if not execution.is_running:
                raise errors.ended_execution(execution.arn)
            self._become(execution, "Stopping")
        self._processes.stop(execution.arn)

    def stop_all(self) -> None:
        """End the processes of every execution, and wait until they have gone."""
        self._processes.stop_all()

    def remove_all(self, pipeline: Pipeline) -> None:
        """Remove the executions of a pipeline.

        Raises:
            AwsError: ConflictException while one of them runs.
        """
        executions = self.of_pipeline(pipeline)
        if any(execution.is_running for execution in executions):
            raise errors.running_pipeline(pipeline.name)
        for execution in executions:
            del self._executions[execution.arn]

    def _report(self, arn: str, report: StepReport) -> None:
        with self._lock:
            execution, time = self._executions[arn], datetime.fromisoformat(report["time"])
            step = execution.steps.setdefault(report["step"], ExecutedStep(name=report["step"], started=time))
            step.status = report["status"]
            step.ended = time if step.status in _ENDED else step.ended
            step.failure_reason = report.get("failure_reason", step.failure_reason)
            step.metadata = report.get("metadata", step.metadata)
            execution.last_modified = time

    def _end(self, arn: str, outcome: Outcome, reason: str | None) -> None:
        with self._lock:
            execution = self._executions[arn]
            if not execution.is_running:
                return
            if execution.status == "Stopping":
                outcome, reason = "Stopped", None
            execution.ended, execution.failure_reason = now(), reason
            for step in execution.steps.values():
                if step.status not in _ENDED:
                    step.status = "Stopped" if outcome == "Stopped" else "Failed"
                    step.ended = execution.ended
            self._become(execution, outcome)

    def _become(self, execution: Execution, status: PipelineExecutionStatusType) -> None:
        before = execution.status
        execution.status, execution.last_modified = status, now()
        self._changed(execution, before)
