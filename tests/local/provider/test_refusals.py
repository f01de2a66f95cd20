"""What the stand-in refuses, with the real engine: at preview, with a message that names what is wrong, and nothing made."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.provider.cases import trust
from tests.local.provider.conftest import Program

pytestmark = pytest.mark.local
TOPIC = "aws:sns/topic:Topic"
QUEUE = "aws:sqs/queue:Queue"
ROLE = "aws:iam/role:Role"
GROUP = "aws-native:sagemaker:ModelPackageGroup"
FUNCTION = "aws:lambda/function:Function"


def resource(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"name": "it", "type": kind, "inputs": inputs}


@pytest.mark.parametrize(
    ("kind", "inputs", "words"),
    [
        ("aws:ec2/instance:Instance", {}, ["aws:ec2/instance:Instance", "not supported by the local stand-in"]),
        ("aws:sns/topik:Topik", {}, ["pulumi-aws has no resource type aws:sns/topik:Topik"]),
        ("aws-native:sagemaker:Endpoint", {}, ["aws-native:sagemaker:Endpoint", "not supported", "ModelPackageGroup"]),
        (TOPIC, {"displayname": "x"}, ["displayname", "not a property of Topic", "displayName"]),
        (TOPIC, {"archivePolicy": "{}"}, ["archivePolicy", "not supported by the local stand-in", "displayName"]),
        (TOPIC, {"displayName": 5}, ["displayName", "expected a string", "5"]),
        (TOPIC, {"displayName": "x", "tags": {"aws": {"no": "text"}}}, ["tags.aws", "expected a string"]),
        (TOPIC, {"tags": {"k" * 129: "v"}}, ["129 characters", "at most 128"]),
        (QUEUE, {"delaySeconds": 901}, ["delaySeconds", "901", "at most 900"]),
        (QUEUE, {"redrivePolicy": "{no json"}, ["redrivePolicy", "not JSON"]),
        (QUEUE, {"fifoQueue": True, "name": "q"}, ["FIFO", ".fifo"]),
        (ROLE, {}, ["assumeRolePolicy", "is required"]),
        (ROLE, {"assumeRolePolicy": '{"Statement": []}'}, ["assumeRolePolicy", "no Statement"]),
        (ROLE, {"assumeRolePolicy": trust("x.amazonaws.com"), "name": "no spaces"}, ["no spaces", "does not match"]),
        (ROLE, {"assumeRolePolicy": trust("x.amazonaws.com"), "maxSessionDuration": 60}, ["60", "at least 3600"]),
        (
            FUNCTION,
            {"role": "arn:aws:iam::123456789012:role/r", "handler": "h.h", "runtime": "python2", "s3Bucket": "b"},
            ["python2", "none of"],
        ),
        (
            FUNCTION,
            {"role": "r", "handler": "h.h", "runtime": "python3.13", "code": {"$archive": "code.zip"}, "s3Bucket": "b"},
            ["exactly one of code and s3Bucket"],
        ),
        (
            FUNCTION,
            {"role": "r", "handler": "h.h", "runtime": "python3.13", "vpcConfig": {"subnetIds": [], "x": 1}},
            ["vpcConfig.x", "vpcConfig.securityGroupIds", "is required"],
        ),
        ("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 8}, ["retentionInDays", "8", "7, 14"]),
        (
            "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
            {"bucket": "b-b", "rule": {"objectOwnership": "Nobody"}},
            ["Nobody", "BucketOwnerEnforced"],
        ),
        (
            "aws:cloudwatch/eventTarget:EventTarget",
            {"rule": "r", "arn": "arn:aws:sqs:us-east-1:123456789012:q", "retryPolicy": {"maximumRetryAttempts": 186}},
            ["MaximumRetryAttempts", "186", "at most 185"],
        ),
        (GROUP, {}, ["modelPackageGroupName", "is required"]),
        (GROUP, {"modelPackageGroupName": "no_underscores"}, ["no_underscores", "does not match"]),
        (GROUP, {"modelPackageGroupName": "g", "tags": [{"key": "k"}]}, ["tags[0].value", "is required"]),
        (GROUP, {"modelPackageGroupName": "g", "creationTime": "now"}, ["creationTime", "read-only"]),
        (GROUP, {"modelPackageGroupName": "g", "modelPackageGroupNames": "g"}, ["modelPackageGroupNames", "not a property"]),
    ],
)
def test_a_wrong_resource_fails_the_preview(program: Program, kind: str, inputs: Any, words: list[str]) -> None:
    program.declare([resource(kind, **inputs)])
    result = program.engine("preview")
    assert result.code != 0
    for word in words:
        assert word in result.diagnostics


def test_all_that_is_wrong_with_a_resource_is_said_at_once(program: Program) -> None:
    program.declare([resource(QUEUE, delaySeconds=901, visibilityTimeoutSeconds=-1, redrivePolicy="x")])
    result = program.engine("up")
    assert result.code != 0
    for name in ("delaySeconds", "visibilityTimeoutSeconds", "redrivePolicy"):
        assert name in result.diagnostics
    assert not [item for item in program.state().values() if item["type"] == QUEUE]


def test_an_unknown_function_is_refused_by_name(program: Program) -> None:
    program.declare([], {"out": "aws:ec2/getAmi:getAmi"})
    result = program.engine("preview")
    assert result.code != 0
    assert "aws:ec2/getAmi:getAmi is not supported by the local stand-in" in result.text
    assert "getCallerIdentity" in result.text


def test_the_functions_tell_who_and_where(program: Program) -> None:
    names = ("getCallerIdentity", "getRegion", "getPartition")
    program.declare([], {name: f"aws:index/{name}:{name}" for name in names})
    program.ok("up")
    outputs = program.state()["provider-test-test"]["outputs"]
    assert outputs["getCallerIdentity"]["accountId"] == "123456789012"
    assert outputs["getCallerIdentity"]["arn"].startswith("arn:aws:")
    assert outputs["getRegion"]["region"] == outputs["getRegion"]["id"] == "us-east-1"
    assert outputs["getPartition"]["partition"] == "aws"
    assert outputs["getPartition"]["dnsSuffix"] == "amazonaws.com"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"profile": "default"}, ["profile", "not supported by the local stand-in provider", "allowedAccountIds"]),
        ({"defaultTags": {"$json": {"tag": {}}}}, ["defaultTags.tag", "not supported"]),
        ({"allowedAccountIds": '["999999999999"]'}, ["123456789012", "999999999999", "allowedAccountIds"]),
    ],
)
def test_a_provider_setting_that_cannot_be_honoured_is_refused(program: Program, settings: Any, words: list[str]) -> None:
    provider = {"name": "p", "type": "pulumi:providers:aws", "inputs": {"region": "us-east-1", **settings}}
    program.declare([provider, {**resource(TOPIC), "provider": "p"}])
    result = program.engine("up")
    assert result.code != 0
    for word in words:
        assert word in result.diagnostics


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [({"AWS_ENDPOINT_URL": "https://sns.us-east-1.amazonaws.com"}, "expected a URL such as"), ({}, "is not set")],
)
def test_the_stand_in_never_works_on_anything_but_this_machine(
    program: Program, monkeypatch: pytest.MonkeyPatch, endpoint: dict[str, str], words: str
) -> None:
    inherited = {key: value for key, value in program.environment.items() if key != "AWS_ENDPOINT_URL"}
    monkeypatch.setattr(Program, "environment", {**inherited, **endpoint})
    program.declare([resource(TOPIC)])
    result = program.engine("up")
    assert result.code != 0
    assert words in result.diagnostics
