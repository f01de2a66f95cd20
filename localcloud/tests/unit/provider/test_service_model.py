"""Properties to and from the shapes of AWS's requests and responses, and what botocore lets through and AWS refuses."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from botocore.model import ShapeResolver

from localcloud.provider.cloud import Cloud, Connections
from localcloud.provider.fields import Field
from localcloud.provider.service_model import InvalidRequestError, TranslationError, camel, problems
from localcloud.provider.values import UNKNOWN


def of(cloud: Cloud, service: str) -> Cloud:
    return replace(cloud, service=service)


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("Arn", "arn"),
        ("DestinationConfig", "destinationConfig"),
        ("KMSKeyArn", "kmsKeyArn"),
        ("SSEAlgorithm", "sseAlgorithm"),
        ("ID", "id"),
        ("alreadyCamel", "alreadyCamel"),
        ("DNSName", "dnsName"),
        ("A", "a"),
    ],
)
def test_a_members_property_name_is_pulumis(member: str, name: str) -> None:
    assert camel(member) == name


def test_nested_properties_find_their_members_whatever_the_case(cloud: Cloud) -> None:
    fields = {
        "name": Field(to="FunctionName"),
        "deadLetterConfig": Field(),
        "kmsKeyArn": Field(to="KMSKeyArn"),
        "x": Field(),
    }
    inputs = {"name": "f", "deadLetterConfig": {"targetArn": "arn:aws:sqs:::q"}, "kmsKeyArn": "k", "x": 1}
    assert of(cloud, "lambda").build("create_function", fields, inputs) == {
        "FunctionName": "f",
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:::q"},
        "KMSKeyArn": "k",
    }


def test_a_whole_number_that_arrived_as_a_float_is_sent_as_an_integer(cloud: Cloud) -> None:
    sent = of(cloud, "lambda").build("create_function", {"timeout": Field()}, {"timeout": 30.0})
    assert repr(sent["Timeout"]) == "30"


def test_a_nested_property_without_a_member_is_an_error_with_its_path(cloud: Cloud) -> None:
    fields, target = {"id": Field(), "retryPolicy": Field()}, {"id": "1", "retryPolicy": {"maximumTries": 1}}
    with pytest.raises(TranslationError, match=r"retryPolicy.maximumTries: not supported.*maximumRetryAttempts"):
        of(cloud, "events").build("put_targets", fields, target, inside="Targets.[]")


@pytest.mark.parametrize(
    ("service", "operation", "tags"),
    [
        ("sns", "create_topic", [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]),
        ("kms", "create_key", [{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": "2"}]),
        ("lambda", "create_function", {"a": "1", "b": "2"}),
    ],
)
def test_tags_take_the_form_of_their_service(cloud: Cloud, service: str, operation: str, tags: Any) -> None:
    sent = of(cloud, service).build(operation, {"tags": Field()}, {"tags": {"b": "2", "a": "1"}})
    assert sent == {"Tags": tags}


def test_a_response_becomes_properties_without_what_is_empty(cloud: Cloud) -> None:
    lambdas = of(cloud, "lambda")
    answer = {"FunctionName": "f", "Environment": {"Variables": {}}, "DeadLetterConfig": {"TargetArn": "q"}}
    fields = {"name": Field(to="FunctionName"), "environment": Field(), "deadLetterConfig": Field()}
    props = lambdas.parse("get_function_configuration", fields, answer)
    assert props == {"name": "f", "environment": {}, "deadLetterConfig": {"targetArn": "q"}}


def test_a_time_is_written_in_utc(cloud: Cloud) -> None:
    iam = of(cloud, "iam")
    zone = dt.timezone(dt.timedelta(hours=2))
    answer = {"CreateDate": dt.datetime(2026, 1, 1, 12, tzinfo=zone)}
    assert iam.parse("get_role", {"createDate": Field()}, answer, "Role") == {"createDate": "2026-01-01T10:00:00Z"}


QUEUE = {
    "delaySeconds": Field(to="Attributes.DelaySeconds", default=0),
    "fifoQueue": Field(to="Attributes.FifoQueue", default=False),
    "kmsMasterKeyId": Field(to="Attributes.KmsMasterKeyId"),
}


def test_values_in_a_map_of_strings_are_text_there_and_typed_here(cloud: Cloud) -> None:
    sqs, inputs = of(cloud, "sqs"), {"delaySeconds": 5, "fifoQueue": True, "kmsMasterKeyId": UNKNOWN}
    attributes = {"DelaySeconds": "5", "FifoQueue": "true", "KmsMasterKeyId": UNKNOWN}
    assert sqs.build("create_queue", QUEUE, inputs) == {"Attributes": attributes}
    response = {"Attributes": {"DelaySeconds": "5", "FifoQueue": "true", "KmsMasterKeyId": ""}}
    assert sqs.parse("get_queue_attributes", QUEUE, response) == {"delaySeconds": 5, "fifoQueue": True}


def test_properties_go_inside_a_structure_if_that_has_the_member_and_else_beside_it(cloud: Cloud) -> None:
    fields = {name: Field() for name in ("name", "catalogId", "description")}
    inputs = {"name": "d", "catalogId": "1", "description": "text"}
    sent = of(cloud, "glue").build("create_database", fields, inputs, inside="DatabaseInput")
    assert sent == {"CatalogId": "1", "DatabaseInput": {"Name": "d", "Description": "text"}}


def test_the_item_of_a_list_of_one_is_written_and_read(cloud: Cloud) -> None:
    s3, fields = of(cloud, "s3"), {"rule": Field(to="OwnershipControls.Rules.[]")}
    sent = s3.build("put_bucket_ownership_controls", fields, {"rule": {"objectOwnership": "ObjectWriter"}})
    assert sent == {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}
    assert s3.parse("get_bucket_ownership_controls", fields, sent) == {"rule": {"objectOwnership": "ObjectWriter"}}
    assert s3.parse("get_bucket_ownership_controls", fields, {"OwnershipControls": {"Rules": []}}) == {}


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
    reasons = dict(problems(shape, params))
    assert words in reasons[path]


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
        list(
            replace(cloud, service="iam").pages("list_attached_role_policies", "AttachedPolicies", RoleName="no spaces")
        )
