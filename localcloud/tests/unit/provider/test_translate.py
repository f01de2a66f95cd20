"""Properties to and from the shapes of AWS's requests and responses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from localcloud.provider.cloud import Cloud
from localcloud.provider.handler import Field
from localcloud.provider.translate import TranslationError, camel


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
    given = {"name": "f", "deadLetterConfig": {"targetArn": "arn:aws:sqs:::q"}, "kmsKeyArn": "k", "x": 1}
    assert cloud.build("create_function", fields, given, service="lambda") == {
        "FunctionName": "f",
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:::q"},
        "KMSKeyArn": "k",
    }


def test_a_whole_number_that_arrived_as_a_float_is_sent_as_an_integer(cloud: Cloud) -> None:
    sent = cloud.build("create_function", {"timeout": Field()}, {"timeout": 30.0}, service="lambda")
    assert repr(sent["Timeout"]) == "30"


def test_a_nested_property_without_a_member_is_an_error_with_its_path(cloud: Cloud) -> None:
    target = {"id": "1", "retryPolicy": {"maximumTries": 1}}
    with pytest.raises(TranslationError, match=r"retryPolicy.maximumTries: not supported.*maximumRetryAttempts"):
        cloud.build("put_targets", {"it": Field(to="Targets")}, {"it": [target]}, service="events")


@pytest.mark.parametrize(
    ("service", "operation", "tags"),
    [
        ("sns", "create_topic", [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]),
        ("kms", "create_key", [{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": "2"}]),
        ("lambda", "create_function", {"a": "1", "b": "2"}),
    ],
)
def test_tags_take_the_form_of_their_service(cloud: Cloud, service: str, operation: str, tags: Any) -> None:
    sent = cloud.build(operation, {"tags": Field()}, {"tags": {"b": "2", "a": "1"}}, service=service)
    assert sent == {"Tags": tags}


def test_a_response_becomes_properties_without_what_is_empty(cloud: Cloud) -> None:
    lambdas = Cloud(cloud.place, "lambda", cloud.connections)
    answer = {"FunctionName": "f", "Environment": {"Variables": {}}, "DeadLetterConfig": {"TargetArn": "q"}}
    fields = {"name": Field(to="FunctionName"), "environment": Field(), "deadLetterConfig": Field()}
    found = lambdas.parse("get_function_configuration", fields, answer)
    assert found == {"name": "f", "environment": {}, "deadLetterConfig": {"targetArn": "q"}}


def test_a_time_is_written_in_utc(cloud: Cloud) -> None:
    iam = Cloud(cloud.place, "iam", cloud.connections)
    zone = dt.timezone(dt.timedelta(hours=2))
    answer = {"CreateDate": dt.datetime(2026, 1, 1, 12, tzinfo=zone)}
    assert iam.parse("get_role", {"createDate": Field()}, answer, "Role") == {"createDate": "2026-01-01T10:00:00Z"}
