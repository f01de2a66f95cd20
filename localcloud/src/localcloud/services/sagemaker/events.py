"""SageMaker's EventBridge events.

Source: SageMaker developer guide, "Events that Amazon SageMaker AI sends to Amazon EventBridge", the sections on model
packages and on pipeline executions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from localcloud.services.events.models import Event, event
from localcloud.services.sagemaker.executions import Execution
from localcloud.services.sagemaker.models import ModelPackage

MODEL_PACKAGE = "SageMaker Model Package State Change"
PIPELINE_EXECUTION = "SageMaker Model Building Pipeline Execution Status Change"

_SOURCE = "aws.sagemaker"
_PACKAGE_DETAIL = (
    "ModelPackageName",
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "CreationTime",
    "InferenceSpecification",
    "SourceAlgorithmSpecification",
    "ValidationSpecification",
    "ModelPackageStatus",
    "ModelPackageStatusDetails",
    "CertifyForMarketplace",
    "ModelApprovalStatus",
    "MetadataProperties",
    "ModelMetrics",
    "LastModifiedTime",
    "ApprovalDescription",
    "CustomerMetadataProperties",
    "DriftCheckBaselines",
    "Domain",
    "Task",
    "SamplePayloadUrl",
    "AdditionalInferenceSpecifications",
)


def model_package_changed(package: ModelPackage, tags: Mapping[str, str]) -> Event:
    """Return the event of a model package's new status or approval status."""
    description = package.describe()
    detail = {name: description.get(name) for name in _PACKAGE_DETAIL}
    detail["LastModifiedTime"] = package.last_modified or package.created
    detail["Tags"] = tags or None
    return event(_SOURCE, MODEL_PACKAGE, package.arn, _region(package.arn), _with_texts(detail))


def execution_changed(execution: Execution, before: str | None) -> Event:
    """Return the event of a pipeline execution's new status; `before` is None for a new execution."""
    detail = {
        "pipelineExecutionDisplayName": execution.display_name,
        "currentPipelineExecutionStatus": execution.status,
        "previousPipelineExecutionStatus": before,
        "executionStartTime": execution.created,
        "executionEndTime": execution.ended,
        "pipelineExecutionDescription": execution.description,
        "pipelineArn": execution.pipeline_arn,
        "pipelineExecutionArn": execution.arn,
    }
    resources = [execution.pipeline_arn, execution.arn]
    return event(_SOURCE, PIPELINE_EXECUTION, resources, _region(execution.arn), _with_texts(detail))


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _with_texts(value: Any) -> Any:
    """Return a detail with its times as texts."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dict):
        return {key: _with_texts(inner) for key, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_with_texts(inner) for inner in cast("list[Any]", value)]
    return value
