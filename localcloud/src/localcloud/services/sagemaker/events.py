"""SageMaker's EventBridge events.

Source: SageMaker developer guide, "Events that Amazon SageMaker AI sends to Amazon EventBridge", the sections on model
packages and on pipeline executions.
"""

import uuid
from datetime import UTC, datetime
from typing import Any

from localcloud.layout import ACCOUNT

Event = dict[str, Any]

MODEL_PACKAGE = "SageMaker Model Package State Change"
PIPELINE_EXECUTION = "SageMaker Model Building Pipeline Execution Status Change"

_PACKAGE_DETAIL = (
    *("ModelPackageName", "ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn"),
    *("ModelPackageDescription", "CreationTime", "InferenceSpecification", "SourceAlgorithmSpecification"),
    *("ValidationSpecification", "ModelPackageStatus", "ModelPackageStatusDetails", "CertifyForMarketplace"),
    *("ModelApprovalStatus", "MetadataProperties", "ModelMetrics", "LastModifiedTime", "ApprovalDescription"),
    *("CustomerMetadataProperties", "DriftCheckBaselines", "Domain", "Task", "SamplePayloadUrl"),
    *("AdditionalInferenceSpecifications", "Tags"),
)


def model_package_changed(package: Event, tags: dict[str, str]) -> Event:
    """The event of a model package's new status or approval status.

    Args:
        package: the model package as DescribeModelPackage answers, with datetimes.
        tags: its tags.
    """
    detail = {name: package[name] for name in _PACKAGE_DETAIL if package.get(name) is not None}
    detail["LastModifiedTime"] = package.get("LastModifiedTime") or package["CreationTime"]
    if tags:
        detail["Tags"] = tags
    return _event(MODEL_PACKAGE, [package["ModelPackageArn"]], detail)


def execution_changed(execution: Event, before: str | None) -> Event:
    """The event of a pipeline execution's new status.

    Args:
        execution: the execution as DescribePipelineExecution answers, with StartTime and EndTime as datetimes.
        before: its status before; None for a new execution.
    """
    detail = {
        "pipelineExecutionDisplayName": execution["PipelineExecutionDisplayName"],
        "currentPipelineExecutionStatus": execution["PipelineExecutionStatus"],
        "previousPipelineExecutionStatus": before,
        "executionStartTime": execution["StartTime"],
        "executionEndTime": execution.get("EndTime"),
        "pipelineExecutionDescription": execution.get("PipelineExecutionDescription"),
        "pipelineArn": execution["PipelineArn"],
        "pipelineExecutionArn": execution["PipelineExecutionArn"],
    }
    resources = [execution["PipelineArn"], execution["PipelineExecutionArn"]]
    return _event(PIPELINE_EXECUTION, resources, {key: value for key, value in detail.items() if value is not None})


def _event(detail_type: str, resources: list[str], detail: Event) -> Event:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": "aws.sagemaker",
        "account": ACCOUNT,
        "time": _plain(datetime.now(UTC)),
        "region": resources[0].split(":")[3],
        "resources": resources,
        "detail": _plain(detail),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
