"""A failed execution of a pipeline: which step failed, why, and with which parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from lambdas.notifier.events import FAILED
from lambdas.notifier.fields import mapping_at, text_at, timestamp
from lambdas.notifier.registry import user

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_JOBS = ("TrainingJob", "ProcessingJob", "TransformJob", "TuningJob")
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class ExecutionDetails:
    """What SageMaker says of the execution as a whole."""

    failure_reason: str | None
    started_by: str | None


@dataclass(frozen=True, kw_only=True)
class FailedStep:
    """A step that failed; `job_arn` is its job's, where it ran one."""

    name: str
    reason: str
    job_arn: str | None


def describe(client: SageMakerClient, arn: str) -> ExecutionDetails:
    """Asks SageMaker for the execution."""
    answer = cast("Mapping[str, object]", client.describe_pipeline_execution(PipelineExecutionArn=arn))
    return ExecutionDetails(
        failure_reason=text_at(answer, "FailureReason"), started_by=user(mapping_at(answer, "CreatedBy"))
    )


def failed_steps(client: SageMakerClient, arn: str) -> list[FailedStep]:
    """The failed steps, the one that ended first at the top: it is the cause more often than not."""
    steps = [step for step in _steps(client, arn) if step.get("StepStatus") == FAILED]
    steps.sort(key=lambda step: timestamp(step.get("EndTime")) or _NEVER)
    return [_failed_step(step) for step in steps]


def parameters(client: SageMakerClient, arn: str) -> dict[str, str]:
    """The values of the execution's parameters by name."""
    pages = client.get_paginator("list_pipeline_parameters_for_execution").paginate(PipelineExecutionArn=arn)
    return {parameter["Name"]: parameter["Value"] for page in pages for parameter in page.get("PipelineParameters", [])}


def _steps(client: SageMakerClient, arn: str) -> Iterator[Mapping[str, object]]:
    for page in client.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=arn):
        yield from cast("list[Mapping[str, object]]", page.get("PipelineExecutionSteps", []))


def _failed_step(step: Mapping[str, object]) -> FailedStep:
    metadata = mapping_at(step, "Metadata")
    return FailedStep(
        name=text_at(step, "StepName") or "without a name",
        # A fail step's own message is in its metadata.
        reason=text_at(step, "FailureReason") or text_at(metadata, "Fail", "ErrorMessage") or "no reason given",
        job_arn=next((arn for job in _JOBS if (arn := text_at(metadata, job, "Arn"))), None),
    )
