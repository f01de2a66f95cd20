"""What a caller needs for each operation of SageMaker.

Source: service authorization reference, "Actions, resources, and condition keys for Amazon SageMaker AI".
"""

from collections.abc import Mapping
from typing import Any

from localcloud.http.service import Call, Permission
from localcloud.services.sagemaker.models import SERVICE, qualified_arn, resource_arn

_GROUP = ("model-package-group", "ModelPackageGroupName")
_PACKAGE = ("model-package", "ModelPackageName")
_PIPELINE = ("pipeline", "PipelineName")
_ON_NAME = {
    "CreateModelPackageGroup": _GROUP,
    "DescribeModelPackageGroup": _GROUP,
    "DeleteModelPackageGroup": _GROUP,
    "PutModelPackageGroupPolicy": _GROUP,
    "GetModelPackageGroupPolicy": _GROUP,
    "DeleteModelPackageGroupPolicy": _GROUP,
    "DescribeModelPackage": _PACKAGE,
    "DeleteModelPackage": _PACKAGE,
    "CreatePipeline": _PIPELINE,
    "UpdatePipeline": _PIPELINE,
    "DescribePipeline": _PIPELINE,
    "DeletePipeline": _PIPELINE,
    "StartPipelineExecution": _PIPELINE,
    "ListPipelineExecutions": _PIPELINE,
}
"""Operations on what a member names, by its name or its ARN."""
_ON_ARN = {
    "UpdateModelPackage": "ModelPackageArn",
    "StopPipelineExecution": "PipelineExecutionArn",
    "DescribePipelineExecution": "PipelineExecutionArn",
    "UpdatePipelineExecution": "PipelineExecutionArn",
    "ListPipelineExecutionSteps": "PipelineExecutionArn",
    "ListPipelineParametersForExecution": "PipelineExecutionArn",
    "DescribePipelineDefinitionForExecution": "PipelineExecutionArn",
    "AddTags": "ResourceArn",
    "ListTags": "ResourceArn",
    "DeleteTags": "ResourceArn",
}
"""Operations on what a member names by its ARN."""


def permissions(call: Call) -> list[Permission]:
    """Return all that the caller of an operation needs, AddTags and PassRole included."""
    resources, keys = _resources(call), _condition_keys(call)
    needed: list[Permission] = [(f"sagemaker:{call.operation}", resource, keys) for resource in resources]
    if call.operation.startswith("Create") and call.get("Tags"):
        needed += [("sagemaker:AddTags", resource, keys) for resource in resources]
    if call.operation in {"CreatePipeline", "UpdatePipeline"} and call.get("RoleArn"):
        needed.append(("iam:PassRole", call.input["RoleArn"], {"iam:PassedToService": SERVICE}))
    if specification := call.get("ValidationSpecification"):
        needed.append(("iam:PassRole", specification["ValidationRole"], {"iam:PassedToService": SERVICE}))
    return needed


def _resources(call: Call) -> list[str]:
    operation, region = call.operation, call.caller.region
    if operation in _ON_NAME:
        kind, member = _ON_NAME[operation]
        return [qualified_arn(region, kind, call.input[member])]
    if operation in _ON_ARN:
        return [call.input[_ON_ARN[operation]]]
    if operation == "BatchDescribeModelPackage":
        return list(call.input["ModelPackageArnList"])
    if operation == "CreateModelPackage":
        return _new_package(call)
    if operation == "ListModelPackages" and (group := call.get("ModelPackageGroupName")):
        return [resource_arn(region, f"model-package/{group.rsplit('/', 1)[-1]}/*")]
    return ["*"]


def _new_package(call: Call) -> list[str]:
    # The reference lists the group and the package, both optional; a version is checked on both.
    group = call.get("ModelPackageGroupName")
    if not group:
        return [resource_arn(call.caller.region, f"model-package/{call.get('ModelPackageName')}")]
    name = group.rsplit("/", 1)[-1]
    return [
        resource_arn(call.caller.region, f"model-package-group/{name}"),
        resource_arn(call.caller.region, f"model-package/{name}/*"),
    ]


def _condition_keys(call: Call) -> Mapping[str, Any]:
    keys: dict[str, Any] = {}
    if tags := call.get("Tags"):
        keys["aws:TagKeys"] = [tag["Key"] for tag in tags]
        keys.update({f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags})
    if status := call.get("ModelApprovalStatus"):
        keys["sagemaker:ModelApprovalStatus"] = status
    for key, value in call.get("CustomerMetadataProperties", {}).items():
        keys[f"sagemaker:CustomerMetadataProperties/{key}"] = value
    if removed := call.get("CustomerMetadataPropertiesToRemove"):
        keys["sagemaker:CustomerMetadataPropertiesToRemove"] = removed
    return keys
