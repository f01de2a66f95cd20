"""What a caller must be allowed to do for each SageMaker operation.

Source: service authorization reference, "Actions, resources, and condition keys for Amazon SageMaker AI".
"""

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.http.service import Call, Permission
from localcloud.services.sagemaker.names import arn, qualified

Resources = Callable[[Call], list[str]]


def _named(kind: str, member: str) -> Resources:
    return lambda call: [qualified(call.caller, kind, call.input[member])]


def _given(member: str) -> Resources:
    return lambda call: [call.input[member]]


def _any(_call: Call) -> list[str]:
    return ["*"]


def _new_package(call: Call) -> list[str]:
    # The reference lists the group and the package, both optional; a version is checked on both.
    group = call.get("ModelPackageGroupName")
    if not group:
        return [arn(call.caller.region, f"model-package/{call.get('ModelPackageName')}")]
    name = group.rsplit("/", 1)[-1]
    return [
        arn(call.caller.region, f"model-package-group/{name}"),
        arn(call.caller.region, f"model-package/{name}/*"),
    ]


def _packages_of_group(call: Call) -> list[str]:
    group = call.get("ModelPackageGroupName")
    return [arn(call.caller.region, f"model-package/{group.rsplit('/', 1)[-1]}/*")] if group else ["*"]


_group = _named("model-package-group", "ModelPackageGroupName")
_package = _named("model-package", "ModelPackageName")
_pipeline = _named("pipeline", "PipelineName")
_execution = _given("PipelineExecutionArn")

RESOURCES: Mapping[str, Resources] = {
    "CreateModelPackageGroup": _group,
    "DescribeModelPackageGroup": _group,
    "DeleteModelPackageGroup": _group,
    "ListModelPackageGroups": _any,
    "PutModelPackageGroupPolicy": _group,
    "GetModelPackageGroupPolicy": _group,
    "DeleteModelPackageGroupPolicy": _group,
    "CreateModelPackage": _new_package,
    "DescribeModelPackage": _package,
    "BatchDescribeModelPackage": lambda call: list(call.input["ModelPackageArnList"]),
    "UpdateModelPackage": _given("ModelPackageArn"),
    "DeleteModelPackage": _package,
    "ListModelPackages": _packages_of_group,
    "CreatePipeline": _pipeline,
    "UpdatePipeline": _pipeline,
    "DescribePipeline": _pipeline,
    "DeletePipeline": _pipeline,
    "ListPipelines": _any,
    "StartPipelineExecution": _pipeline,
    "ListPipelineExecutions": _pipeline,
    "StopPipelineExecution": _execution,
    "DescribePipelineExecution": _execution,
    "UpdatePipelineExecution": _execution,
    "ListPipelineExecutionSteps": _execution,
    "ListPipelineParametersForExecution": _execution,
    "DescribePipelineDefinitionForExecution": _execution,
    "AddTags": _given("ResourceArn"),
    "ListTags": _given("ResourceArn"),
    "DeleteTags": _given("ResourceArn"),
}
"""The resources that each operation is authorized on."""


def permissions(call: Call) -> list[Permission]:
    """Everything the caller of an operation needs, AddTags and PassRole included."""
    resources = RESOURCES[call.operation](call)
    needed: list[Permission] = [(f"sagemaker:{call.operation}", resource, _context(call)) for resource in resources]
    if call.operation.startswith("Create") and call.get("Tags"):
        needed += [("sagemaker:AddTags", resource, _context(call)) for resource in resources]
    if call.operation in {"CreatePipeline", "UpdatePipeline"} and call.get("RoleArn"):
        needed.append(("iam:PassRole", call.input["RoleArn"], {"iam:PassedToService": "sagemaker.amazonaws.com"}))
    if profile := call.get("ValidationSpecification"):
        needed.append(("iam:PassRole", profile["ValidationRole"], {"iam:PassedToService": "sagemaker.amazonaws.com"}))
    return needed


def _context(call: Call) -> dict[str, Any]:
    context: dict[str, Any] = {}
    if tags := call.get("Tags"):
        context["aws:TagKeys"] = [tag["Key"] for tag in tags]
        context.update({f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags})
    if status := call.get("ModelApprovalStatus"):
        context["sagemaker:ModelApprovalStatus"] = status
    for key, value in call.get("CustomerMetadataProperties", {}).items():
        context[f"sagemaker:CustomerMetadataProperties/{key}"] = value
    if removed := call.get("CustomerMetadataPropertiesToRemove"):
        context["sagemaker:CustomerMetadataPropertiesToRemove"] = removed
    return context
