"""What SageMaker says of a model version and of an execution of the ML pipeline.

Shapes: SageMaker API reference, "DescribeModelPackage" and "PipelineExecutionStep".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lambdas.notifier.fields import mapping_at, objects_at, text_at, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import PipelineExecutionStepTypeDef

FAILED = "Failed"
# Names under which pipelines record where a version comes from, without case, hyphens and underscores.
_COMMIT_NAMES = ("commitid", "commit", "commitsha", "gitcommit")
_EXECUTION_NAMES = ("executionarn", "pipelineexecutionarn", "generatedby")
_JOBS = ("TrainingJob", "ProcessingJob", "TransformJob", "TuningJob")
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class ModelVersion:
    """A model version; the fields that nobody recorded are None."""

    status: str | None
    created_at: datetime | None
    created_by: str | None
    last_modified_by: str | None
    approval_description: str | None
    commit: str | None
    execution: str | None
    image: str | None
    model_data: str | None
    metrics_uri: str | None
    failure_reasons: tuple[str, ...]

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> ModelVersion:
        """Read an answer of DescribeModelPackage, or the detail of an event, which has a part of the same fields."""
        recorded = mapping_at(fields, "CustomerMetadataProperties")
        container = next(iter(objects_at(fields, "InferenceSpecification", "Containers")), {})
        return cls(
            status=FAILED if fields.get("ModelPackageStatus") == FAILED else text_at(fields, "ModelApprovalStatus"),
            created_at=timestamp(fields.get("CreationTime")),
            created_by=_user(mapping_at(fields, "CreatedBy")),
            last_modified_by=_user(mapping_at(fields, "LastModifiedBy")),
            approval_description=text_at(fields, "ApprovalDescription"),
            commit=text_at(fields, "MetadataProperties", "CommitId") or _recorded(recorded, _COMMIT_NAMES),
            execution=text_at(fields, "MetadataProperties", "GeneratedBy") or _recorded(recorded, _EXECUTION_NAMES),
            image=text_at(container, "Image"),
            model_data=text_at(container, "ModelDataUrl")
            or text_at(container, "ModelDataSource", "S3DataSource", "S3Uri"),
            metrics_uri=text_at(fields, "ModelMetrics", "ModelQuality", "Statistics", "S3Uri"),
            failure_reasons=tuple(_failure_reasons(fields)),
        )


@dataclass(frozen=True, kw_only=True)
class ApprovedVersion:
    """A version that was approved before."""

    arn: str
    version: int


@dataclass(frozen=True, kw_only=True)
class Execution:
    """An execution as a whole."""

    failure_reason: str | None
    started_by: str | None


@dataclass(frozen=True, kw_only=True)
class FailedStep:
    """A step that failed; `job_arn` is its job's, where it ran one."""

    name: str
    reason: str
    job_arn: str | None


def model_version(client: SageMakerClient, arn: str) -> ModelVersion:
    """Ask the model registry for a version."""
    return ModelVersion.of(client.describe_model_package(ModelPackageName=arn))


def latest_approved(client: SageMakerClient, group: str, other_than: int) -> ApprovedVersion | None:
    """Return the approved version of the group with the highest number, leaving one out; None without any."""
    pages = client.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        PaginationConfig={"PageSize": 100},
    )
    for page in pages:
        others = [
            ApprovedVersion(arn=summary["ModelPackageArn"], version=summary.get("ModelPackageVersion", 0))
            for summary in page["ModelPackageSummaryList"]
            if summary.get("ModelPackageVersion") != other_than
        ]
        # Versions are numbered in the order of their creation: later pages hold only lower ones.
        if others:
            return max(others, key=lambda version: version.version)
    return None


def execution(client: SageMakerClient, arn: str) -> Execution:
    """Ask SageMaker for an execution."""
    answer = client.describe_pipeline_execution(PipelineExecutionArn=arn)
    return Execution(failure_reason=text_at(answer, "FailureReason"), started_by=_user(mapping_at(answer, "CreatedBy")))


def failed_steps(client: SageMakerClient, arn: str) -> list[FailedStep]:
    """Return the failed steps, the one that ended first at the top: it is the cause more often than not."""
    steps = [step for step in _steps(client, arn) if step.get("StepStatus") == FAILED]
    steps.sort(key=lambda step: timestamp(step.get("EndTime")) or _NEVER)
    return [_failed_step(step) for step in steps]


def parameters(client: SageMakerClient, arn: str) -> dict[str, str]:
    """Return the values of the execution's parameters by name."""
    pages = client.get_paginator("list_pipeline_parameters_for_execution").paginate(PipelineExecutionArn=arn)
    return {parameter["Name"]: parameter["Value"] for page in pages for parameter in page.get("PipelineParameters", [])}


def _user(context: Mapping[str, object]) -> str | None:
    """Return whom a UserContext of the API names: the Studio user profile, else the IAM identity."""
    profile = text_at(context, "UserProfileName")
    if profile is not None:
        domain = text_at(context, "DomainId")
        return f"{profile} (Studio domain {domain})" if domain else profile
    arn = text_at(context, "IamIdentity", "Arn")
    source = text_at(context, "IamIdentity", "SourceIdentity")
    return f"{source} ({arn})" if source and arn else arn


def _recorded(properties: Mapping[str, object], names: Iterable[str]) -> str | None:
    by_plain_name = {name.replace("_", "").replace("-", "").lower(): name for name in properties}
    return next((text_at(properties, by_plain_name[name]) for name in names if name in by_plain_name), None)


def _failure_reasons(fields: Mapping[str, object]) -> Iterable[str]:
    for checks in ("ValidationStatuses", "ImageScanStatuses"):
        for check in objects_at(fields, "ModelPackageStatusDetails", checks):
            if check.get("Status") == FAILED:
                yield text_at(check, "FailureReason") or f"{text_at(check, 'Name') or checks} failed"


def _steps(client: SageMakerClient, arn: str) -> Iterator[PipelineExecutionStepTypeDef]:
    for page in client.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=arn):
        yield from page.get("PipelineExecutionSteps", [])


def _failed_step(step: PipelineExecutionStepTypeDef) -> FailedStep:
    metadata = mapping_at(step, "Metadata")
    return FailedStep(
        name=text_at(step, "StepName") or "without a name",
        # A fail step's own message is in its metadata.
        reason=text_at(step, "FailureReason") or text_at(metadata, "Fail", "ErrorMessage") or "no reason given",
        job_arn=next((arn for job in _JOBS if (arn := text_at(metadata, job, "Arn"))), None),
    )
