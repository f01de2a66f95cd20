"""Checking inputs: everything wrong is found before anything is created, and what is left out is filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from localcloud.provider.aws import AWS
from localcloud.provider.aws_native import AWS_NATIVE
from localcloud.provider.stand_in import StandIn
from localcloud.provider.values import UNKNOWN, Archive

TOPIC = "aws:sns/topic:Topic"
QUEUE = "aws:sqs/queue:Queue"
ROLE = "aws:iam/role:Role"
TABLE = "aws:dynamodb/table:Table"
GROUP = "aws-native:sagemaker:ModelPackageGroup"
FUNCTION = "aws:lambda/function:Function"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
SEED = b"seed"
Configured = Callable[..., StandIn]

WRONG: list[tuple[str, dict[str, Any], list[str]]] = [
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
    (ROLE, {"assumeRolePolicy": TRUST, "name": "no spaces"}, ["no spaces", "does not match"]),
    (ROLE, {"assumeRolePolicy": TRUST, "maxSessionDuration": 60}, ["60", "at least 3600"]),
    (
        FUNCTION,
        {"role": "arn:aws:iam::123456789012:role/r", "handler": "h.h", "runtime": "python2", "s3Bucket": "b"},
        ["python2", "none of"],
    ),
    (
        FUNCTION,
        {
            "role": "r",
            "handler": "h.h",
            "runtime": "python3.13",
            "code": Archive("path", "code.zip", "h"),
            "s3Bucket": "b",
        },
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
    (
        GROUP,
        {"modelPackageGroupName": "g", "modelPackageGroupNames": "g"},
        ["modelPackageGroupNames", "not a property"],
    ),
]


def check(stand_in: StandIn, token: str, inputs: dict[str, Any], old: dict[str, Any] | None = None) -> Any:
    return stand_in.check(token, f"urn:pulumi:dev::p::{token}::it", SEED, old or {}, inputs)


def package(token: str) -> Any:
    return AWS_NATIVE if token.startswith("aws-native:") else AWS


@pytest.mark.parametrize(("token", "inputs", "words"), WRONG)
def test_a_wrong_input_is_named_with_what_is_expected(
    stand_in: Configured, token: str, inputs: dict[str, Any], words: list[str]
) -> None:
    _, failures = check(stand_in(package(token)), token, inputs)
    report = "\n".join(f"{failure.path}: {failure.reason}" for failure in failures)
    for word in words:
        assert word in report


def test_what_depends_on_others_passes_while_it_is_unknown(stand_in: Configured) -> None:
    inputs = {"role": UNKNOWN, "runtime": "python3.13", "handler": "h.h", "code": UNKNOWN, "timeout": UNKNOWN}
    inputs |= {"environment": {"variables": {"TOPIC": UNKNOWN}}, "tags": {"a": UNKNOWN}, "name": UNKNOWN}
    assert check(stand_in(AWS), FUNCTION, inputs)[1] == []


def test_a_made_up_name_is_the_logical_one_and_seven_random_digits_and_stays(stand_in: Configured) -> None:
    first, _ = check(stand_in(AWS), TOPIC, {})
    assert re.fullmatch(r"it-[0-9a-f]{7}", first["name"])
    again, _ = stand_in(AWS).check(TOPIC, f"urn:pulumi:dev::p::{TOPIC}::it", b"other", first, {})
    assert again["name"] == first["name"]


def test_a_name_that_the_program_takes_back_is_not_taken_for_a_made_up_one(stand_in: Configured) -> None:
    named, _ = check(stand_in(AWS), TOPIC, {"name": "mine"})
    taken_back, _ = check(stand_in(AWS), TOPIC, {}, old=named)
    assert named["name"] == "mine"
    assert taken_back["name"] != "mine"


@pytest.mark.parametrize(("token", "longest"), [(ROLE, 64), ("aws:s3/bucket:Bucket", 63)])
def test_a_made_up_name_fits_what_aws_allows(stand_in: Configured, token: str, longest: int) -> None:
    inputs = {"assumeRolePolicy": TRUST} if token == ROLE else {}
    urn = f"urn:pulumi:dev::p::{token}::{'Long' * 40}"
    checked, failures = stand_in(AWS).check(token, urn, SEED, {}, inputs)
    name = checked.get("name") or checked["bucket"]
    assert failures == []
    assert len(name) == longest
    assert "bucket" not in checked or name == name.lower()


def test_default_tags_are_merged_and_the_resources_own_win(stand_in: Configured) -> None:
    tags = {"project": "whales", "owner": "platform"}
    checked, _ = check(stand_in(AWS, tags), TOPIC, {"tags": {"owner": "me"}})
    assert checked["tags"] == {"project": "whales", "owner": "me"}
    group_tags = [{"key": "owner", "value": "me"}]
    checked, _ = check(stand_in(AWS_NATIVE, tags), GROUP, {"modelPackageGroupName": "g", "tags": group_tags})
    assert checked["tags"] == [*group_tags, {"key": "project", "value": "whales"}]


def test_a_policy_given_as_an_object_becomes_json(stand_in: Configured) -> None:
    checked, failures = check(stand_in(AWS), ROLE, {"assumeRolePolicy": json.loads(TRUST)})
    assert failures == []
    assert json.loads(checked["assumeRolePolicy"]) == json.loads(TRUST)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"attributes": [{"name": "id", "type": "S"}]}, "hashKey"),
        ({"hashKey": "id", "attributes": []}, "the key 'id' is not declared"),
        ({"hashKey": "id", "attributes": [{"name": n, "type": "S"} for n in ("id", "x")]}, "'x' is not a key"),
        ({"hashKey": "id", "attributes": [{"name": "id", "type": "S"}]}, "needs readCapacity and writeCapacity"),
    ],
)
def test_a_tables_keys_attributes_and_capacity_have_to_fit(
    stand_in: Configured, inputs: dict[str, Any], words: str
) -> None:
    _, failures = check(stand_in(AWS), TABLE, inputs)
    assert words in "\n".join(f"{failure.path} {failure.reason}" for failure in failures)
