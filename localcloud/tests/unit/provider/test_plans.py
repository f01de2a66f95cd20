"""What a preview promises: known values as they will be, and unknown where only AWS knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from localcloud.provider.aws import AWS
from localcloud.provider.stand_in import StandIn
from localcloud.provider.values import UNKNOWN, Archive

TOPIC = "aws:sns/topic:Topic"
QUEUE = "aws:sqs/queue:Queue"
FUNCTION = "aws:lambda/function:Function"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
Configured = Callable[..., StandIn]


def test_a_creation_promises_its_inputs_and_leaves_the_rest_open(stand_in: Configured) -> None:
    planned = stand_in(AWS).preview_create(TOPIC, {"name": "n", "displayName": "d", "tags": {"a": "1"}})
    assert (planned["name"], planned["displayName"], planned["region"]) == ("n", "d", "us-east-1")
    assert planned["tagsAll"] == {"a": "1"}
    assert planned["arn"] is UNKNOWN
    assert planned["policy"] is UNKNOWN


def test_an_update_promises_what_stays_and_leaves_open_what_aws_changes(stand_in: Configured) -> None:
    state: dict[str, Any] = {"name": "f", "arn": "arn:f", "codeSha256": "x", "lastModified": "then", "role": "r"}
    state |= {
        "code": Archive("path", "c.zip", "one"),
        "runtime": "python3.13",
        "handler": "h.h",
        "region": "us-east-1",
    }
    inputs = {key: state[key] for key in ("name", "role", "runtime", "handler", "code")}
    moved = stand_in(AWS).preview_update(FUNCTION, state, {**inputs, "timeout": 9}, [])
    assert (moved["arn"], moved["timeout"], moved["codeSha256"]) == ("arn:f", 9, "x")
    assert moved["lastModified"] is UNKNOWN
    recoded = stand_in(AWS).preview_update(FUNCTION, state, {**inputs, "code": Archive("path", "c.zip", "two")}, [])
    assert recoded["codeSha256"] is UNKNOWN


@pytest.mark.parametrize(
    ("token", "state", "inputs", "first"),
    [
        (QUEUE, {"name": "a", "fifoQueue": False}, {"name": "a", "fifoQueue": True}, True),
        (QUEUE, {"name": "a"}, {"name": "b"}, False),
        (QUEUE, {"name": "a-1", "fifoQueue": False}, {"name": "a-1", "fifoQueue": True, "__defaults": ["name"]}, False),
        (TARGET, {"rule": "r", "eventBusName": "default", "targetId": "t"}, {"rule": "r", "targetId": "t"}, True),
    ],
)
def test_the_old_resource_goes_first_where_aws_would_not_take_both(
    stand_in: Configured, token: str, state: dict[str, Any], inputs: dict[str, Any], *, first: bool
) -> None:
    assert stand_in(AWS).diff(token, state, inputs, []).delete_before_replace is first


def test_a_resource_in_another_region_is_another_resource(stand_in: Configured) -> None:
    state = {"name": "q", "region": "us-east-1"}
    [change] = stand_in(AWS).diff(QUEUE, state, {"name": "q", "region": "eu-west-1"}, []).changes
    assert (change.path, change.replace) == ("region", True)
