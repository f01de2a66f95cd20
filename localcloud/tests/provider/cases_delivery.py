"""Repositories, connections, build projects, pipelines, and rules that start them."""

from __future__ import annotations

from typing import Any

from .case import Case, trust

_KIND = {"owner": "AWS", "version": "1"}
_SOURCE = {
    "name": "Source",
    "category": "Source",
    "provider": "CodeStarSourceConnection",
    **_KIND,
    "configuration": {
        "ConnectionArn": "${connection-2.arn}",
        "FullRepositoryId": "owner/app",
        "BranchName": "main",
        "DetectChanges": "false",
    },
    "outputArtifacts": ["Source"],
    "namespace": "SourceVariables",
}
_BUILD = {
    "name": "Build",
    "category": "Build",
    "provider": "CodeBuild",
    **_KIND,
    "configuration": {"ProjectName": "${project-2.name}"},
    "inputArtifacts": ["Source"],
    "outputArtifacts": ["Built"],
}
_APPROVE = {"name": "Approve", "category": "Approval", "provider": "Manual", **_KIND, "runOrder": 1}
_TRIGGER = {
    "providerType": "CodeStarSourceConnection",
    "gitConfiguration": {
        "sourceActionName": "Source",
        "pushes": [{"branches": {"includes": ["main"]}, "filePaths": {"includes": ["src/**"]}}],
    },
}
_SPEC = "version: 0.2\nphases:\n  build:\n    commands:\n      - 'true'\n"
_ENVIRONMENT = {
    "type": "ARM_CONTAINER",
    "image": "aws/codebuild/amazonlinux-aarch64-standard:3.0",
    "computeType": "BUILD_GENERAL1_SMALL",
    "environmentVariables": [{"name": "A", "value": "1"}, {"name": "B", "value": "/b", "type": "PARAMETER_STORE"}],
}


def _stages(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": "Source", "actions": [_SOURCE]}, {"name": "Build", "actions": [_BUILD]}, *more]


def _changed_pipeline(client: Any, out: dict[str, Any]) -> None:
    pipeline = client.get_pipeline(name=out["name"])["pipeline"]
    pipeline["stages"][1]["actions"][0]["configuration"]["EnvironmentVariables"] = "[]"
    client.update_pipeline(pipeline=pipeline)


CASES = [
    Case(
        "github-tokens",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        {"url": "https://tokens.example.com", "clientIdLists": ["one", "two"], "tags": {"a": "1"}},
        {"clientIdLists": ["two", "three"], "thumbprintLists": ["a" * 40], "tags": {"b": "2"}},
        {"url": "https://tokens.example.com/other"},
        lambda c, out: c("iam").add_client_id_to_open_id_connect_provider(
            OpenIDConnectProviderArn=out["arn"], ClientID="someone's"
        ),
        lambda c, out: c("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=out["arn"]),
        id="{arn}",
        outputs=("arn",),
    ),
    Case(
        "repository",
        "aws:codecommit/repository:Repository",
        {"repositoryName": "provider-test", "description": "one", "tags": {"a": "1"}},
        {"description": "two", "tags": {"a": "2"}},
        {"repositoryName": "provider-test-other"},
        lambda c, out: c("codecommit").update_repository_description(
            repositoryName=out["repositoryName"], repositoryDescription="someone's"
        ),
        lambda c, out: c("codecommit").delete_repository(repositoryName=out["repositoryName"]),
        id="{repositoryName}",
        outputs=("arn", "repositoryId", "cloneUrlHttp", "cloneUrlSsh"),
    ),
    Case(
        "connection",
        "aws:codeconnections/connection:Connection",
        {"name": "provider-test", "providerType": "GitHub", "tags": {"a": "1"}},
        {"tags": {"a": "2"}},
        {"name": "provider-test-other"},
        lambda c, out: c("codeconnections").tag_resource(
            ResourceArn=out["arn"], Tags=[{"Key": "a", "Value": "someone's"}]
        ),
        lambda c, out: c("codeconnections").delete_connection(ConnectionArn=out["arn"]),
        id="{arn}",
        outputs=("arn", "connectionStatus"),
    ),
    Case(
        "older-connection",
        "aws:codestarconnections/connection:Connection",
        {"providerType": "GitHub", "tags": {"a": "1"}},
        {"tags": {"a": "2"}},
        {"providerType": "GitLab"},
        None,
        lambda c, out: c("codestar-connections").delete_connection(ConnectionArn=out["arn"]),
        id="{arn}",
        outputs=("arn", "connectionStatus"),
    ),
    Case(
        "project",
        "aws:codebuild/project:Project",
        {
            "source": {"type": "CODEPIPELINE", "buildspec": _SPEC},
            "artifacts": {"type": "CODEPIPELINE"},
            "environment": _ENVIRONMENT,
            "serviceRole": "${build-role.arn}",
            "buildTimeout": 10,
            "description": "one",
            "concurrentBuildLimit": 1,
            "encryptionKey": "${key-2.arn}",
            "logsConfig": {"cloudwatchLogs": {"groupName": "provider-test"}},
            "tags": {"a": "1"},
        },
        {
            "environment": {**_ENVIRONMENT, "environmentVariables": [{"name": "A", "value": "3"}]},
            "buildTimeout": {},
            "concurrentBuildLimit": {},
            "description": {},
            "tags": {"b": "2"},
        },
        {"name": "provider-test"},
        lambda c, out: c("codebuild").update_project(name=out["name"], timeoutInMinutes=99, sourceVersion="other"),
        lambda c, out: c("codebuild").delete_project(name=out["name"]),
        id="{arn}",
        outputs=("arn",),
    ),
    Case(
        "pipeline",
        "aws:codepipeline/pipeline:Pipeline",
        {
            "roleArn": "${pipeline-role.arn}",
            "pipelineType": "V2",
            "executionMode": "QUEUED",
            "artifactStores": [
                {
                    "type": "S3",
                    "location": "${bucket2.bucket}",
                    "encryptionKey": {"id": "${key-2.arn}", "type": "KMS"},
                }
            ],
            "stages": _stages(),
            "triggers": [_TRIGGER],
            "variables": [{"name": "Stack", "defaultValue": "dev"}],
            "tags": {"a": "1"},
        },
        {"stages": _stages({"name": "Approve", "actions": [_APPROVE]}), "variables": {}, "tags": {"a": "2"}},
        {"name": "provider-test"},
        lambda c, out: _changed_pipeline(c("codepipeline"), out),
        lambda c, out: c("codepipeline").delete_pipeline(name=out["name"]),
        id="{name}",
        outputs=("arn",),
    ),
    Case(
        "project-target",
        "aws:cloudwatch/eventTarget:EventTarget",
        {
            "rule": "${rule-2.name}",
            "arn": "${project-2.arn}",
            "roleArn": "${events-role.arn}",
            "inputTransformer": {
                "inputPaths": {"time": "$.time"},
                "inputTemplate": '{"environmentVariablesOverride": [{"name": "AT", "value": <time>}]}',
            },
        },
        {"inputTransformer": {"inputTemplate": '{"sourceVersion": "main"}'}},
        {"targetId": "another-project"},
        lambda c, out: c("events").put_targets(
            Rule=out["rule"], Targets=[{"Id": out["targetId"], "Arn": out["arn"], "RoleArn": out["roleArn"]}]
        ),
        lambda c, out: c("events").remove_targets(Rule=out["rule"], Ids=[out["targetId"]]),
        id="{rule}-{targetId}",
        import_id="{rule}/{targetId}",
    ),
]

SUPPORT = [
    Case("connection-2", "aws:codeconnections/connection:Connection", {"providerType": "GitHub"}, outputs=("arn",)),
    Case("build-role", "aws:iam/role:Role", {"assumeRolePolicy": trust("codebuild.amazonaws.com")}, outputs=("arn",)),
    Case(
        "pipeline-role",
        "aws:iam/role:Role",
        {"assumeRolePolicy": trust("codepipeline.amazonaws.com")},
        outputs=("arn",),
    ),
    Case("events-role", "aws:iam/role:Role", {"assumeRolePolicy": trust("events.amazonaws.com")}, outputs=("arn",)),
    Case(
        "project-2",
        "aws:codebuild/project:Project",
        {
            "source": {"type": "NO_SOURCE", "buildspec": _SPEC},
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": _ENVIRONMENT,
            "serviceRole": "${build-role.arn}",
        },
        outputs=("arn",),
    ),
]
"""What these cases refer to, but leave alone."""
