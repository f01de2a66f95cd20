"""Permissions of the developer tools' calls against the service authorization reference, and what the tools keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name

from localcloud.git.hosting import Hosting
from localcloud.http.errors import AwsError
from localcloud.http.request import Caller
from localcloud.http.service import Call, Permission, handlers, model
from localcloud.http.tags import TagStore
from localcloud.services.codebuild import access as codebuild
from localcloud.services.codebuild.models import BuildOverrides, Projects, ProjectSettings
from localcloud.services.codebuild.operations import ProjectOperations
from localcloud.services.codecommit import access as codecommit
from localcloud.services.codecommit.models import PullRequests
from localcloud.services.codeconnections.models import Connections
from localcloud.services.codeconnections.operations import ConnectionOperations
from localcloud.services.codepipeline import access as codepipeline

from .test_access import resource_types

CALLER = Caller("arn:aws:iam::123456789012:user/u", "id", "AKIA", "us-east-1", "any")
PIPELINE = "arn:aws:codepipeline:us-east-1:123456789012:p"
PROJECT = "arn:aws:codebuild:us-east-1:123456789012:project/b"
CONNECTION = "arn:aws:codestar-connections:us-east-1:123456789012:connection/1"
STAGE = {"pipelineName": "p", "stageName": "S", "actionName": "A"}
STRUCTURE: dict[str, Any] = {
    "name": "p",
    "roleArn": "arn:aws:iam::123456789012:role/one",
    "stages": [
        {"actions": [{"configuration": {"ConnectionArn": CONNECTION}}]},
        {"actions": [{"roleArn": "arn:aws:iam::123456789012:role/two"}]},
    ],
}


def kind(resource: str) -> str:
    """The reference's resource type of an ARN of CodePipeline."""
    return ("pipeline*", "stage*", "action*")[resource.count("/")]


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("GetPipeline", {"name": "p"}),
        ("GetPipelineState", {"name": "p"}),
        ("StartPipelineExecution", {"name": "p"}),
        ("StopPipelineExecution", STAGE),
        ("ListActionExecutions", STAGE),
        ("RetryStageExecution", STAGE),
        ("DisableStageTransition", STAGE),
        ("PutApprovalResult", STAGE),
    ],
)
def test_pipeline_calls_are_authorized_on_the_resource_type_of_the_reference(
    operation: str, members: dict[str, Any]
) -> None:
    action, resource, _ = codepipeline.permissions(Call(operation, CALLER, members))[0]
    assert resource.startswith(PIPELINE)
    assert kind(resource) in resource_types(action)


def test_creating_a_pipeline_takes_its_roles_its_connection_and_its_tags() -> None:
    call = Call("CreatePipeline", CALLER, {"pipeline": STRUCTURE, "tags": [{"key": "a", "value": "b"}]})
    needed = codepipeline.permissions(call)
    passed = {"iam:PassedToService": "codepipeline.amazonaws.com"}
    assert [(action, resource) for action, resource, _ in needed[:2]] == [
        ("codepipeline:CreatePipeline", PIPELINE),
        ("codepipeline:TagResource", PIPELINE),
    ]
    assert needed[0][2] == {"aws:RequestTag/a": "b", "aws:TagKeys": ["a"]}
    assert needed[2:] == [
        ("iam:PassRole", "arn:aws:iam::123456789012:role/one", passed),
        ("iam:PassRole", "arn:aws:iam::123456789012:role/two", passed),
        (
            "codestar-connections:PassConnection",
            CONNECTION,
            {"codestar-connections:PassedToService": "codepipeline.amazonaws.com"},
        ),
    ]


@pytest.mark.parametrize(
    ("operation", "members", "resources"),
    [
        ("CreateProject", {"name": "b"}, [PROJECT]),
        ("StartBuild", {"projectName": "b"}, [PROJECT]),
        ("BatchGetProjects", {"names": ["b", PROJECT.replace("/b", "/c")]}, [PROJECT, PROJECT.replace("/b", "/c")]),
        ("BatchGetBuilds", {"ids": ["b:1", "b:2"]}, [PROJECT]),
        ("StopBuild", {"id": "arn:aws:codebuild:us-east-1:123456789012:build/b:1"}, [PROJECT]),
        ("ListProjects", {}, ["*"]),
    ],
)
def test_build_calls_are_authorized_on_their_project(
    operation: str, members: dict[str, Any], resources: list[str]
) -> None:
    needed = codebuild.permissions(Call(operation, CALLER, members))
    assert [resource for _, resource, _ in needed] == resources
    for action, resource, _ in needed:
        assert ("" if resource == "*" else "project*") in resource_types(action)


def test_a_projects_role_has_to_be_passed() -> None:
    needed = codebuild.permissions(Call("UpdateProject", CALLER, {"name": "b", "serviceRole": "arn:role"}))
    assert needed[1] == ("iam:PassRole", "arn:role", {"iam:PassedToService": "codebuild.amazonaws.com"})


def test_repository_calls_are_authorized_on_their_repository() -> None:
    permissions = codecommit.permissions(PullRequests())

    def needed(operation: str, **members: Any) -> list[Permission]:
        return permissions(Call(operation, CALLER, members))

    repository = "arn:aws:codecommit:us-east-1:123456789012:r"
    assert needed("GetBranch", repositoryName="r") == [("codecommit:GetBranch", repository, {})]
    assert needed("CreatePullRequest", targets=[{"repositoryName": "r"}])[0][1] == repository
    assert needed("ListRepositories")[0][1] == "*"
    # Whoever may not see every repository does not learn that there is no such pull request.
    assert needed("GetPullRequest", pullRequestId="9")[0][1] == "arn:aws:codecommit:us-east-1:123456789012:*"


def test_a_repository_cannot_lie_outside_of_its_directory(tmp_path: Path) -> None:
    hosting = Hosting(tmp_path / "repositories", lambda _name: "")
    for name in ("../outside", "a/../../outside", "/absolute", ""):
        with pytest.raises(ValueError, match="is no name of a repository"):
            hosting.create(name)
    assert not (tmp_path / "outside.git").exists()


def test_a_connection_is_created_pending(tmp_path: Path) -> None:
    connections = Connections(Hosting(tmp_path, lambda _name: ""))
    create = handlers(ConnectionOperations("codeconnections", connections, TagStore()))["create_connection"]
    arn = create(Call("CreateConnection", CALLER, {"ConnectionName": "c", "ProviderType": "GitHub"}))["ConnectionArn"]
    assert connections.find(arn).status == "PENDING"
    assert connections.complete(arn).status == "AVAILABLE"
    with pytest.raises(AwsError, match="not found"):
        connections.complete(f"{arn}0")


@pytest.mark.parametrize(("members", "operation"), [(ProjectSettings, "CreateProject"), (BuildOverrides, "StartBuild")])
def test_codebuild_serves_members_that_the_service_has(members: type, operation: str) -> None:
    shape = model("codebuild").operation_model(operation).input_shape
    assert shape
    served = set(members.__annotations__)
    assert served
    assert served <= {xform_name(name) for name in shape.members}


def test_a_setting_that_makes_a_difference_and_is_not_served_is_refused() -> None:
    create = handlers(ProjectOperations(Projects()))["create_project"]
    settings = {
        "name": "b",
        "source": {"type": "NO_SOURCE", "buildspec": "version: 0.2"},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
        "serviceRole": "arn:role",
    }
    with pytest.raises(AwsError, match="CreateProject: vpc_config is not supported"):
        create(Call("CreateProject", CALLER, {**settings, "vpcConfig": {"vpcId": "vpc-1"}}))
