"""Requests against the service model: what botocore lets through and AWS would refuse."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ShapeResolver

from localcloud.provider.cloud import Cloud, Connections
from localcloud.provider.shapes import InvalidRequestError, problems
from localcloud.provider.values import UNKNOWN

SHAPES: dict[str, Any] = {
    "Input": {
        "type": "structure",
        "required": ["Name"],
        "members": {
            "Name": {"shape": "Name"},
            "Size": {"shape": "Size"},
            "Kind": {"shape": "Kind"},
            "Items": {"shape": "Items"},
            "Tags": {"shape": "Tags"},
            "Data": {"shape": "Data"},
            "On": {"shape": "On"},
            "Ratio": {"shape": "Ratio"},
            "Either": {"shape": "Either"},
            "Token": {"shape": "Name", "idempotencyToken": True},
        },
    },
    "Name": {"type": "string", "min": 2, "max": 5, "pattern": "[a-z]+"},
    "Size": {"type": "integer", "min": 1, "max": 9},
    "Kind": {"type": "string", "enum": ["A", "B"]},
    "Items": {"type": "list", "member": {"shape": "Name"}, "min": 1, "max": 2},
    "Tags": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Kind"}, "max": 1},
    "Data": {"type": "blob", "max": 3},
    "On": {"type": "boolean"},
    "Ratio": {"type": "double", "max": 1},
    "Either": {"type": "structure", "union": True, "members": {"A": {"shape": "Name"}, "B": {"shape": "Name"}}},
}


@pytest.fixture
def shape() -> Any:
    return ShapeResolver(SHAPES).get_shape_by_name("Input")


@pytest.mark.parametrize(
    ("params", "path", "words"),
    [
        ({}, "Name", "required"),
        ({"Name": "a"}, "Name", "at least 2"),
        ({"Name": "abcdef"}, "Name", "at most 5"),
        ({"Name": "ABC"}, "Name", "does not match"),
        ({"Name": "abc!"}, "Name", "does not match"),
        ({"Name": 5}, "Name", "expected string"),
        ({"Name": "abc", "Size": 0}, "Size", "at least 1"),
        ({"Name": "abc", "Size": 10}, "Size", "at most 9"),
        ({"Name": "abc", "Size": 1.5}, "Size", "expected integer"),
        ({"Name": "abc", "Size": True}, "Size", "expected integer"),
        ({"Name": "abc", "On": "true"}, "On", "expected boolean"),
        ({"Name": "abc", "Kind": "C"}, "Kind", "A, B"),
        ({"Name": "abc", "Items": []}, "Items", "at least 1"),
        ({"Name": "abc", "Items": ["ab"] * 3}, "Items", "at most 2"),
        ({"Name": "abc", "Items": ["ab", "1"]}, "Items[1]", "does not match"),
        ({"Name": "abc", "Tags": {"ab": "A", "cd": "B"}}, "Tags", "at most 1"),
        ({"Name": "abc", "Tags": {"1": "A"}}, "Tags (key)", "does not match"),
        ({"Name": "abc", "Tags": {"ab": "C"}}, "Tags.ab", "none of"),
        ({"Name": "abc", "Data": b"1234"}, "Data", "at most 3"),
        ({"Name": "abc", "Ratio": 1.5}, "Ratio", "at most 1"),
        ({"Name": "abc", "Either": {"A": "ab", "B": "ab"}}, "Either", "exactly one"),
        ({"Name": "abc", "Other": 1}, "Other", "not a member"),
        ({"Name": "abc", "Size": None}, "Size", "null"),
    ],
)
def test_a_request_that_the_model_does_not_allow_is_found(
    shape: Any, params: dict[str, Any], path: str, words: str
) -> None:
    found = dict(problems(shape, params))
    assert words in found[path]


def test_a_request_that_the_model_allows_passes(shape: Any) -> None:
    params = {"Name": "abc", "Size": 9, "Kind": "A", "Items": ["ab"], "Tags": {"ab": "A"}, "Data": b"1", "On": False}
    assert not list(problems(shape, {**params, "Ratio": 1, "Either": {"A": "ab"}}))


def test_what_is_unknown_passes(shape: Any) -> None:
    assert not list(problems(shape, {"Name": UNKNOWN, "Items": [UNKNOWN], "Tags": {"ab": UNKNOWN}}))


def test_no_call_escapes_the_check(connections: Connections, cloud: Cloud) -> None:
    with pytest.raises(InvalidRequestError, match=r"lambda:CreateFunction.*(?s:.*)Timeout: is 0, at least 1"):
        connections.client("lambda", "us-east-1").create_function(
            FunctionName="f", Role="arn:aws:iam::123456789012:role/r", Code={"ZipFile": b""}, Timeout=0
        )
    with pytest.raises(InvalidRequestError, match="does not match"):
        list(cloud.pages("list_attached_role_policies", "AttachedPolicies", service="iam", RoleName="no spaces"))
