"""Calls that AWS refuses after others of the same resource have worked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from localcloud.lifecycle import LocalCloud

from .case import KEY, enabled_keys
from .conftest import Program

pytestmark = pytest.mark.local


@pytest.fixture
def limited(cloud: LocalCloud) -> Iterator[Callable[[list[str]], dict[str, str]]]:
    """Makes a user who may do the given actions only, and gives the environment for it."""
    iam = cloud.client("iam", "root")
    iam.create_user(UserName="limited")
    key = iam.create_access_key(UserName="limited")["AccessKey"]

    def allow(actions: list[str]) -> dict[str, str]:
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="limited", PolicyName="p", PolicyDocument=document)
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    yield allow
    iam.delete_access_key(UserName="limited", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="limited", PolicyName="p")
    iam.delete_user(UserName="limited")


def test_a_creation_that_is_refused_half_way_is_completed_by_the_next_up(
    program: Program, cloud: LocalCloud, limited: Callable[[list[str]], dict[str, str]]
) -> None:
    reading = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
    program.extra |= limited(["kms:CreateKey", "kms:TagResource", *reading, "sts:*"])
    rotating = {**KEY["inputs"], "description": "half made", "enableKeyRotation": True}
    program.declare([{**KEY, "inputs": rotating}])
    refused = program.engine("up")
    assert refused.code != 0
    assert "EnableKeyRotation" in refused.diagnostics
    assert program.state()["key"]["initErrors"]
    assert len(enabled_keys(cloud, "half made")) == 1
    program.extra |= limited(["kms:*", "sts:*"])
    assert program.ok("up").operations == {"key": "update"}
    assert program.state()["key"]["outputs"]["enableKeyRotation"] is True
    assert "initErrors" not in program.state()["key"]
    assert len(enabled_keys(cloud, "half made")) == 1
    program.ok("destroy")


def test_a_creation_that_cannot_even_be_read_is_completed_by_the_next_up(
    program: Program, cloud: LocalCloud, limited: Callable[[list[str]], dict[str, str]]
) -> None:
    program.extra |= limited(["kms:CreateKey", "kms:TagResource", "sts:*"])
    program.declare([{**KEY, "inputs": {**KEY["inputs"], "description": "unreadable", "enableKeyRotation": True}}])
    assert program.engine("up").code != 0
    program.extra |= limited(["kms:*", "sts:*"])
    assert program.ok("up").operations == {"key": "update"}
    assert len(enabled_keys(cloud, "unreadable")) == 1
    assert program.ok("preview").operations == {}
    assert program.state()["key"]["outputs"]["enableKeyRotation"] is True
    program.ok("destroy")


def test_an_update_that_is_refused_half_way_is_completed_by_the_next_up(
    program: Program, limited: Callable[[list[str]], dict[str, str]]
) -> None:
    everything = ["kms:*", "sts:*"]
    program.extra |= limited(everything)
    program.declare([KEY])
    program.ok("up")
    allowed = ["kms:EnableKeyRotation", "kms:Describe*", "kms:Get*", "kms:List*", "sts:*"]
    program.extra |= limited(allowed)
    changed = {**KEY["inputs"], "enableKeyRotation": True, "description": "changed"}
    program.declare([{**KEY, "inputs": changed}])
    refused = program.engine("up")
    assert refused.code != 0
    assert "UpdateKeyDescription" in refused.diagnostics
    assert program.state()["key"]["outputs"]["enableKeyRotation"] is True
    program.extra |= limited(everything)
    program.ok("up")
    assert program.state()["key"]["outputs"]["description"] == "changed"
    assert program.ok("preview").operations == {}
    program.ok("destroy")
