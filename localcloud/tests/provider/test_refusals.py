"""What the stand-in refuses, with the real engine: at preview, with a message that names what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Program

pytestmark = pytest.mark.local
TOPIC = "aws:sns/topic:Topic"
QUEUE = "aws:sqs/queue:Queue"
GROUP = "aws-native:sagemaker:ModelPackageGroup"


def resource(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"name": "it", "type": kind, "inputs": inputs}


@pytest.mark.parametrize(
    ("kind", "inputs", "words"),
    [
        ("aws:ec2/instance:Instance", {}, ["aws:ec2/instance:Instance", "not supported by the local stand-in"]),
        (TOPIC, {"displayname": "x"}, ["displayname", "not a property of Topic", "displayName"]),
        (TOPIC, {"tags": {"k" * 129: "v"}}, ["129 characters", "at most 128"]),
        (GROUP, {"modelPackageGroupName": "no_underscores"}, ["no_underscores", "does not match"]),
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
def test_a_provider_setting_that_cannot_be_honoured_is_refused(
    program: Program, settings: Any, words: list[str]
) -> None:
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
