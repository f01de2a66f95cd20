"""Which permissions a SageMaker or chat call needs, against the service authorization reference."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.http.request import Caller
from localcloud.http.service import Call
from localcloud.services.chatbot import access as chatbot
from localcloud.services.sagemaker import access
from localcloud.services.sagemaker.operations import SageMaker
from localcloud.services.sagemaker.process import Runner

SAGEMAKER = "arn:aws:sagemaker:us-east-1:123456789012"
CALLER = Caller("arn:aws:iam::123456789012:user/u", "id", "AKIA", "us-east-1", "sagemaker")


RUNNER = Runner(command=(), folder=Path(), endpoint="", variables={})
OPERATIONS = SageMaker("", lambda _event: None, RUNNER).service.operations


def reference() -> dict[str, dict[str, Any]]:
    """The service authorization reference by service prefix, as a package of the development tools ships it."""
    package = importlib.util.find_spec("parliament")
    assert package
    assert package.origin
    services = json.loads(Path(package.origin).with_name("iam_definition.json").read_text(encoding="utf-8"))
    return {service["prefix"]: service for service in services}


REFERENCE = reference()


def resource_types(action: str) -> set[str]:
    """The resource types of an action; required ones end with `*`, '' means none."""
    prefix, _, name = action.partition(":")
    privileges = {privilege["privilege"]: privilege for privilege in REFERENCE[prefix]["privileges"]}
    return {resource["resource_type"] for resource in privileges[name]["resource_types"]}


def needed(operation: str, **members: Any) -> list[tuple[str, str]]:
    call = Call(operation, CALLER, members)
    return [(action, resource) for action, resource, _ in access.permissions(call)]


@pytest.mark.parametrize(
    ("operation", "members", "expected"),
    [
        ("DescribePipeline", {"PipelineName": "abalone"}, [("DescribePipeline", "pipeline/abalone")]),
        ("DescribePipeline", {"PipelineName": f"{SAGEMAKER}:pipeline/a"}, [("DescribePipeline", "pipeline/a")]),
        (
            "DescribePipelineExecution",
            {"PipelineExecutionArn": f"{SAGEMAKER}:pipeline/a/execution/1"},
            [("DescribePipelineExecution", "pipeline/a/execution/1")],
        ),
        (
            "CreateModelPackage",
            {"ModelPackageGroupName": "Group"},
            [("CreateModelPackage", "model-package-group/group"), ("CreateModelPackage", "model-package/group/*")],
        ),
        (
            "CreateModelPackageGroup",
            {"ModelPackageGroupName": "g", "Tags": [{"Key": "k", "Value": "v"}]},
            [("CreateModelPackageGroup", "model-package-group/g"), ("AddTags", "model-package-group/g")],
        ),
        ("ListModelPackages", {"ModelPackageGroupName": "g"}, [("ListModelPackages", "model-package/g/*")]),
    ],
)
def test_a_call_is_authorized_on_the_resource_that_it_names(
    operation: str, members: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert needed(operation, **members) == [(f"sagemaker:{action}", f"{SAGEMAKER}:{name}") for action, name in expected]


def test_lists_of_everything_are_authorized_on_everything() -> None:
    assert needed("ListPipelines") == [("sagemaker:ListPipelines", "*")]
    assert needed("ListModelPackages") == [("sagemaker:ListModelPackages", "*")]


def test_creating_and_updating_a_pipeline_passes_its_role() -> None:
    for operation in ("CreatePipeline", "UpdatePipeline"):
        permissions = access.permissions(Call(operation, CALLER, {"PipelineName": "p", "RoleArn": "arn:role"}))
        assert ("iam:PassRole", "arn:role", {"iam:PassedToService": "sagemaker.amazonaws.com"}) in permissions


def test_the_request_gives_the_condition_keys_of_approval_and_tags() -> None:
    call = Call(
        "UpdateModelPackage",
        CALLER,
        {"ModelPackageArn": "a", "ModelApprovalStatus": "Approved", "CustomerMetadataProperties": {"commit": "1"}},
    )
    ((_, _, context),) = access.permissions(call)
    assert context == {
        "sagemaker:ModelApprovalStatus": "Approved",
        "sagemaker:CustomerMetadataProperties/commit": "1",
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_an_action_with_the_resource_type_that_is_asked_for(operation: str) -> None:
    members = {
        "ModelPackageGroupName": "g", "ModelPackageName": "g", "PipelineName": "p",
        "ModelPackageArnList": [f"{SAGEMAKER}:model-package/g"],
        "PipelineExecutionArn": f"{SAGEMAKER}:pipeline/p/execution/e", "ResourceArn": f"{SAGEMAKER}:pipeline/p",
        "ModelPackageArn": f"{SAGEMAKER}:model-package/g",
    }  # fmt: skip
    types = resource_types(f"sagemaker:{operation}")
    resources = [resource for action, resource in needed(operation, **members) if action == f"sagemaker:{operation}"]
    assert resources
    for resource in resources:
        kind = "" if resource == "*" else resource.rsplit(":", 1)[-1].split("/", maxsplit=1)[0]
        kind = "pipeline-execution" if "/execution/" in resource else kind
        assert {kind, f"{kind}*"} & types


def test_chat_configurations_are_authorized_as_the_reference_says() -> None:
    arn = "arn:aws:chatbot::123456789012:chat-configuration/slack-channel/c"
    for operation in ("UpdateSlackChannelConfiguration", "DeleteMicrosoftTeamsChannelConfiguration"):
        assert "ChatbotConfiguration*" in resource_types(f"chatbot:{operation}")
        assert chatbot.permissions(Call(operation, CALLER, {"ChatConfigurationArn": arn}))[0][1] == arn
    created = chatbot.permissions(Call("CreateSlackChannelConfiguration", CALLER, {"IamRoleArn": "arn:role"}))
    assert [(action, resource) for action, resource, _ in created] == [
        ("chatbot:CreateSlackChannelConfiguration", "*"),
        ("iam:PassRole", "arn:role"),
    ]
