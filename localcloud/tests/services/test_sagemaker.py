"""SageMaker's model registry and pipelines, as a client sees them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.lifecycle import LocalCloud

    from .conftest import Deployment

pytestmark = pytest.mark.local

DEFINITION = json.dumps({"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Processing", "Arguments": {}}]})
UNDECLARED = {"ErrorMessage": {"Get": "Parameters.Text"}}
TOKEN = "token-" * 6


def refused(code: str, text: str, call: Callable[..., Any], **arguments: Any) -> None:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert (caught.value.response.get("Error", {}).get("Code"), text in str(caught.value)) == (code, True)


def test_an_approval_says_who_and_why_and_when(deployment: Deployment) -> None:
    version = deployment.register_version()
    actions = ["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"]
    scientist = deployment.user("scientist", deployment.allow(actions, "*"))("sagemaker")
    before = scientist.describe_model_package(ModelPackageName=version)
    assert before["ModelApprovalStatus"] == "PendingManualApproval"
    assert before["CreatedBy"]["IamIdentity"]["Arn"] == "arn:aws:iam::123456789012:root"
    assert "LastModifiedBy" not in before

    scientist.update_model_package(
        ModelPackageArn=version,
        ModelApprovalStatus="Approved",
        ApprovalDescription="better than the last one",
        CustomerMetadataProperties={"reviewed": "yes"},
    )
    after = scientist.describe_model_package(ModelPackageName=version)
    assert after["ModelApprovalStatus"] == "Approved"
    assert after["ApprovalDescription"] == "better than the last one"
    assert after["CustomerMetadataProperties"] == {"reviewed": "yes"}
    assert after["LastModifiedBy"]["IamIdentity"]["Arn"].endswith(f":user/{deployment.prefix}-scientist")
    assert after["LastModifiedTime"] >= after["CreationTime"]


def test_a_status_that_does_not_change_makes_no_event(deployment: Deployment, cloud: LocalCloud) -> None:
    version = deployment.register_version()
    for description in ("first", "second"):
        deployment.root("sagemaker").update_model_package(
            ModelPackageArn=version, ModelApprovalStatus="Rejected", ApprovalDescription=description
        )
    events = [e["event"] for e in cloud.internal("GET", "/_local/events") if version in e["event"]["resources"]]
    assert [event["detail"]["ModelApprovalStatus"] for event in events] == ["PendingManualApproval", "Rejected"]


def test_version_numbers_are_not_used_twice(deployment: Deployment) -> None:
    sagemaker, group = deployment.root("sagemaker"), f"{deployment.prefix}-models"
    first, second = deployment.register_version(), deployment.register_version()
    sagemaker.delete_model_package(ModelPackageName=second)
    third = deployment.register_version()
    assert [arn.rsplit("/", 1)[-1] for arn in (first, second, third)] == ["1", "2", "3"]

    refused("ConflictException", "cannot be deleted", sagemaker.delete_model_package_group, ModelPackageGroupName=group)
    for version in (first, third):
        sagemaker.delete_model_package(ModelPackageName=version)
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    refused(
        "ValidationException", "does not exist", sagemaker.describe_model_package_group, ModelPackageGroupName=group
    )


def test_versions_are_listed_by_status_newest_first_in_pages(deployment: Deployment) -> None:
    sagemaker, group = deployment.root("sagemaker"), f"{deployment.prefix}-models"
    versions = [deployment.register_version(ModelApprovalStatus=s) for s in ("Approved", "Rejected", "Approved")]
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, ModelApprovalStatus="Approved", PaginationConfig={"PageSize": 1}
    )
    listed = [[summary["ModelPackageArn"] for summary in page["ModelPackageSummaryList"]] for page in pages]
    assert listed == [[versions[2]], [versions[0]]]


def test_a_package_whose_model_cannot_be_read_fails_its_validation(deployment: Deployment, cloud: LocalCloud) -> None:
    s3, bucket = deployment.root("s3"), f"{deployment.prefix}-bucket"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=b"model")
    read = deployment.allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    role = deployment.role("validation", "sagemaker.amazonaws.com", read)

    def package(key: str) -> str:
        container = {
            "Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1",
            "ModelDataUrl": f"s3://{bucket}/{key}",
        }
        job = {
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/in"}}
            },
            "TransformOutput": {"S3OutputPath": f"s3://{bucket}/out"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        }
        return deployment.register_version(
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            ValidationSpecification={
                "ValidationRole": role,
                "ValidationProfiles": [{"ProfileName": "profile", "TransformJobDefinition": job}],
            },
        )

    good, bad = package("model.tar.gz"), package("missing.tar.gz")
    statuses = {
        arn: [
            entry["event"]["detail"]["ModelPackageStatus"]
            for entry in cloud.internal("GET", "/_local/events")
            if arn in entry["event"]["resources"]
        ]
        for arn in (good, bad)
    }
    assert statuses == {good: ["InProgress", "Completed"], bad: ["InProgress", "Failed"]}
    details = deployment.root("sagemaker").describe_model_package(ModelPackageName=bad)["ModelPackageStatusDetails"]
    assert "missing.tar.gz cannot be read" in details["ValidationStatuses"][0]["FailureReason"]


def test_a_tag_added_twice_is_there_once(deployment: Deployment) -> None:
    sagemaker = deployment.root("sagemaker")
    role = deployment.role("execution", "sagemaker.amazonaws.com")
    arn = sagemaker.create_pipeline(
        PipelineName=f"{deployment.prefix}-p", RoleArn=role, PipelineDefinition=DEFINITION, ClientRequestToken=TOKEN,
        Tags=[{"Key": "team", "Value": "a"}],
    )["PipelineArn"]  # fmt: skip
    for value in ("b", "c"):
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": value}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "c"}]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []


def test_a_pipeline_is_created_described_updated_and_deleted(deployment: Deployment) -> None:
    sagemaker, name = deployment.root("sagemaker"), f"{deployment.prefix}-P"
    role = deployment.role("execution", "sagemaker.amazonaws.com")
    request = {"PipelineName": name, "RoleArn": role, "PipelineDefinition": DEFINITION}
    arn = sagemaker.create_pipeline(**request, ClientRequestToken=TOKEN)["PipelineArn"]
    assert arn == deployment.arn("sagemaker", f"pipeline/{name.lower()}")
    assert sagemaker.create_pipeline(**request, ClientRequestToken=TOKEN)["PipelineArn"] == arn, (
        "the same request again"
    )
    refused(
        "ValidationException",
        f"Pipeline names must be unique within an AWS account and region. Pipeline with name ({name}) already exists.",
        sagemaker.create_pipeline, **request, ClientRequestToken=TOKEN[::-1],
    )  # fmt: skip

    created = sagemaker.describe_pipeline(PipelineName=name)
    sagemaker.update_pipeline(
        PipelineName=name, PipelineDescription="d", ParallelismConfiguration={"MaxParallelExecutionSteps": 2}
    )
    updated = sagemaker.describe_pipeline(PipelineName=arn)
    assert updated["PipelineDefinition"] == created["PipelineDefinition"] == DEFINITION
    assert (updated["PipelineDescription"], updated["RoleArn"], updated["PipelineStatus"]) == ("d", role, "Active")
    assert updated["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 2}
    assert updated["LastModifiedTime"] > created["LastModifiedTime"]

    sagemaker.delete_pipeline(PipelineName=name, ClientRequestToken=TOKEN)
    refused("ResourceNotFound", "does not exist", sagemaker.describe_pipeline, PipelineName=name)


def test_a_definition_in_s3_is_read_with_the_callers_permissions(deployment: Deployment) -> None:
    s3, bucket = deployment.root("s3"), f"{deployment.prefix}-bucket"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="definition.json", Body=DEFINITION.encode())
    role = deployment.role("execution", "sagemaker.amazonaws.com")
    create = deployment.allow(["sagemaker:CreatePipeline", "iam:PassRole"], "*")
    request = {
        "PipelineName": f"{deployment.prefix}-p",
        "RoleArn": role,
        "PipelineDefinitionS3Location": {"Bucket": bucket, "ObjectKey": "definition.json"},
        "ClientRequestToken": TOKEN,
    }
    blind = deployment.user("blind", create)("sagemaker")
    refused("ValidationException", "Unable to read the pipeline definition", blind.create_pipeline, **request)
    reader = deployment.user("reader", create, deployment.allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))(
        "sagemaker"
    )
    reader.create_pipeline(**request)
    stored = deployment.root("sagemaker").describe_pipeline(PipelineName=request["PipelineName"])
    assert stored["PipelineDefinition"] == DEFINITION


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ("{", "not JSON"),
        ('{"Version": "2019", "Steps": []}', '"Version" must be "2020-12-01"'),
        ('{"Version": "2020-12-01", "Steps": []}', "At least one step"),
        ('{"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Dance"}]}', "unknown type 'Dance'"),
        (
            '{"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail", "DependsOn": ["B"]}]}',
            "depends on unknown steps ['B']",
        ),
        (
            '{"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Processing", "Arguments": {"Code": 1}}]}',
            "CreateProcessingJobRequest has no member Code",
        ),
        (
            json.dumps({"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail", "Arguments": UNDECLARED}]}),
            "A: Parameters.Text refers to nothing in this definition",
        ),
    ],
)
def test_a_wrong_definition_is_refused(deployment: Deployment, definition: str, message: str) -> None:
    refused(
        "ValidationException", message, deployment.root("sagemaker").create_pipeline,
        PipelineName=f"{deployment.prefix}-p", RoleArn="arn:aws:iam::123456789012:role/r",
        PipelineDefinition=definition, ClientRequestToken=TOKEN,
    )  # fmt: skip


def test_what_the_cloud_does_not_serve_is_refused_not_faked(cloud: LocalCloud) -> None:
    sagemaker = cloud.client("sagemaker", "root")
    refused("UnknownOperationException", "does not serve sagemaker: ListEndpoints", sagemaker.list_endpoints)
