"""aws-native inputs against CloudFormation's schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from localcloud.provider import sdk
from localcloud.provider.cloudformation_schema import Schema, load, property_name
from localcloud.provider.errors import ProviderError
from localcloud.provider.values import UNKNOWN

SCHEMA = Schema(
    {
        "typeName": "AWS::X::Y",
        "additionalProperties": False,
        "definitions": {"Name": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]+$"}},
        "properties": {
            "Name": {"$ref": "#/definitions/Name"},
            "Size": {"type": "integer", "minimum": 1, "maximum": 9},
            "Kind": {"type": "string", "enum": ["A", "B"]},
            "Items": {"type": "array", "maxItems": 1, "items": {"$ref": "#/definitions/Name"}},
            "Either": {
                "type": "object",
                "oneOf": [
                    {"type": "object", "required": ["A"], "properties": {"A": {"type": "string"}}},
                    {"type": "object", "required": ["B"], "properties": {"B": {"type": "string"}}},
                ],
            },
            "Labels": {
                "type": "object",
                "patternProperties": {"^l": {"type": "string"}},
                "additionalProperties": False,
            },
            "Policy": {"type": ["object", "string"]},
            "Arn": {"type": "string"},
        },
        "required": ["Name"],
        "readOnlyProperties": ["/properties/Arn"],
        "createOnlyProperties": ["/properties/Name", "/properties/Either/A"],
    }
)


@pytest.mark.parametrize(
    ("inputs", "path", "words"),
    [
        ({}, "name", "required"),
        ({"name": "a"}, "name", "at least 2"),
        ({"name": "abcde"}, "name", "at most 4"),
        ({"name": "ABC"}, "name", "does not match"),
        ({"name": 5}, "name", "expected string"),
        ({"name": "abc", "size": 0}, "size", "at least 1"),
        ({"name": "abc", "size": 1.5}, "size", "expected integer"),
        ({"name": "abc", "size": True}, "size", "expected integer"),
        ({"name": "abc", "kind": "C"}, "kind", "A, B"),
        ({"name": "abc", "items": ["ab", "cd"]}, "items", "at most 1"),
        ({"name": "abc", "items": ["a"]}, "items[0]", "at least 2"),
        ({"name": "abc", "either": {}}, "either.a", "required"),
        ({"name": "abc", "either": {"a": "1", "b": "2"}}, "either", "exactly one"),
        ({"name": "abc", "labels": {"x": "1"}}, "labels.x", "not a property"),
        ({"name": "abc", "arn": "x"}, "arn", "read-only"),
        ({"name": "abc", "policy": 5}, "policy", "object or string"),
        ({"name": "abc", "names": 5}, "names", "known are arn, either, items"),
    ],
)
def test_an_input_that_the_schema_does_not_allow_is_found(inputs: dict[str, Any], path: str, words: str) -> None:
    assert words in {failure.path: failure.reason for failure in SCHEMA.failures(inputs)}[path]


def test_inputs_that_the_schema_allows_pass() -> None:
    inputs = {"name": "abc", "size": 9, "either": {"a": "1"}, "labels": {"l1": "x"}, "policy": {"any": ["thing"]}}
    assert not list(SCHEMA.failures(inputs))
    assert not list(SCHEMA.failures({"name": UNKNOWN, "items": [UNKNOWN], "either": UNKNOWN}))


def test_only_whole_properties_count_as_create_only() -> None:
    assert SCHEMA.listed("createOnlyProperties") == {"name"}


@pytest.mark.parametrize("cfn_type", ["AWS::SageMaker::ModelPackageGroup", "AWS::QuickSight::Dashboard"])
def test_the_schemas_are_those_of_cfn_lints_own_manager(cfn_type: str) -> None:
    assert (
        load("eu-west-1", cfn_type).document
        == PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", cfn_type).schema
    )


def test_a_type_or_region_that_does_not_exist_is_named() -> None:
    with pytest.raises(ProviderError, match="AWS::SageMaker::Nothing in us-east-1"):
        load("us-east-1", "AWS::SageMaker::Nothing")
    with pytest.raises(ProviderError, match="no region mars-1"):
        load("mars-1", "AWS::SageMaker::ModelPackageGroup")


def test_properties_are_named_as_in_the_sdk() -> None:
    from pulumi_aws_native.quicksight import _inputs  # pyright: ignore[reportPrivateUsage]

    classes = [value for name, value in vars(_inputs).items() if name.startswith("Dashboard") and name.endswith("Args")]
    theirs = {name for cls in classes for name in sdk.names(cls)}
    ours = set(_names(load("us-east-1", "AWS::QuickSight::Dashboard").document))
    assert len(theirs) > 800
    assert theirs <= ours


def _names(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        properties = node.get("properties")
        if isinstance(properties, dict):
            yield from (property_name(name) for name in properties)
        for inner in node.values():
            yield from _names(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _names(inner)
