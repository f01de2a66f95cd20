"""SageMaker's events, against the examples of its developer guide."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localcloud.services.sagemaker.events import execution_changed, model_package_changed
from localcloud.services.sagemaker.executions import Execution
from localcloud.services.sagemaker.models import ModelPackage

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import ModelMetricsTypeDef

CREATED = datetime(2021, 2, 24, 17, 0, 14, 250000, tzinfo=UTC)
PACKAGE_ARN = "arn:aws:sagemaker:us-east-2:123456789012:model-package/versionedmp-p-idy6c3e1fiqj/2"
PIPELINE_ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/mypipeline-123"
EVALUATION: ModelMetricsTypeDef = {
    "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://bucket/evaluation.json"}}
}
PACKAGE = ModelPackage(
    arn=PACKAGE_ARN,
    group_name="versionedmp-p-idy6c3e1fiqj",
    version=2,
    created=CREATED,
    created_by={"IamIdentity": {"Arn": "arn", "PrincipalId": "id"}},
    inference_specification={"Containers": [{"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz"}]},
    model_approval_status="Rejected",
    metadata_properties={"GeneratedBy": f"{PIPELINE_ARN}/execution/4r83jejmhorv"},
    model_metrics=EVALUATION,
    last_modified=CREATED,
)
EXECUTION = Execution(
    arn=f"{PIPELINE_ARN}/execution/p4jn9xou8a8s",
    pipeline_arn=PIPELINE_ARN,
    definition="{}",
    parameters={},
    display_name="SomeDisplayName",
    description="SomeDescription",
    status="Succeeded",
    created=datetime(2021, 3, 15, 16, 3, 13, tzinfo=UTC),
    ended=datetime(2021, 3, 15, 16, 10, 10, tzinfo=UTC),
    created_by={},
    last_modified_by={},
)


def test_a_model_packages_event_has_the_documented_members() -> None:
    event = model_package_changed(PACKAGE, {})
    assert set(event) == {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
    assert event["detail-type"] == "SageMaker Model Package State Change"
    assert (event["source"], event["account"], event["region"]) == ("aws.sagemaker", "123456789012", "us-east-2")
    assert event["resources"] == [PACKAGE_ARN]
    assert event["detail"] == {
        "ModelPackageGroupName": "versionedmp-p-idy6c3e1fiqj",
        "ModelPackageVersion": 2,
        "ModelPackageArn": PACKAGE_ARN,
        "CreationTime": "2021-02-24T17:00:14Z",
        "InferenceSpecification": {"Containers": [{"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz"}]},
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CertifyForMarketplace": False,
        "ModelApprovalStatus": "Rejected",
        "MetadataProperties": {"GeneratedBy": f"{PIPELINE_ARN}/execution/4r83jejmhorv"},
        "ModelMetrics": EVALUATION,
        "LastModifiedTime": "2021-02-24T17:00:14Z",
    }


def test_a_new_packages_event_is_dated_by_its_creation() -> None:
    new = replace(PACKAGE, last_modified=None)
    assert model_package_changed(new, {})["detail"]["LastModifiedTime"] == "2021-02-24T17:00:14Z"


def test_every_event_has_an_id_of_its_own() -> None:
    assert model_package_changed(PACKAGE, {})["id"] != model_package_changed(PACKAGE, {})["id"]


def test_an_executions_event_has_the_documented_members() -> None:
    event = execution_changed(EXECUTION, "Executing")
    assert event["detail-type"] == "SageMaker Model Building Pipeline Execution Status Change"
    assert event["resources"] == [PIPELINE_ARN, f"{PIPELINE_ARN}/execution/p4jn9xou8a8s"]
    assert event["detail"] == {
        "pipelineExecutionDisplayName": "SomeDisplayName",
        "currentPipelineExecutionStatus": "Succeeded",
        "previousPipelineExecutionStatus": "Executing",
        "executionStartTime": "2021-03-15T16:03:13Z",
        "executionEndTime": "2021-03-15T16:10:10Z",
        "pipelineExecutionDescription": "SomeDescription",
        "pipelineArn": PIPELINE_ARN,
        "pipelineExecutionArn": f"{PIPELINE_ARN}/execution/p4jn9xou8a8s",
    }
