"""What is called lost, left over or told for no reason, by inventories, states and messages that are made up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaos.events import Delivered, message_name
from chaos.whole import differences
from delivery.verification.state import Resource

QUEUE = Resource(type="aws:sqs/queue:Queue", id="http://localhost/1/failed", properties={"name": "failed"})
POLICY = Resource(type="aws:iam/policy:Policy", id="arn:aws:iam::1:policy/read", properties={"arn": "policy/read"})
ALIAS = Resource(type="aws:kms/alias:Alias", id="alias/data", properties={"name": "alias/data"})
TABLE = Resource(
    type="aws:glue/catalogTable:CatalogTable",
    id="1:kpis:events",
    properties={"catalogId": "1", "databaseName": "kpis", "name": "events"},
)
CLOUD = {
    "iam": {"policy/read"},
    "kms": {"alias/data"},
    "lakeformation": {"IAM_ALLOWED_PRINCIPALS {'Table': {'CatalogId': '1', 'DatabaseName': 'kpis', 'Name': 'events'}}"},
    "sns": set[str](),
    "sqs": {"failed"},
}
DELIVERED = Delivered(
    expected=2,
    deliveries=9,
    messages=2,
    lost=(),
    duplicated=(),
    unexpected=(),
    records_wrong=(),
    poison=1,
    dead_letters=3,
    dead_letters_wrong=(),
    alarm="ALARM",
    refused=4,
    seconds=1.0,
)


def test_a_state_that_names_what_is_in_the_cloud_is_whole() -> None:
    assert list(differences([QUEUE, POLICY, ALIAS, TABLE], CLOUD)) == []


def test_one_lost_and_one_left_over_do_not_balance() -> None:
    cloud = {**CLOUD, "sqs": {"orphan"}}
    assert list(differences([QUEUE, POLICY, ALIAS, TABLE], cloud)) == [
        "sqs: orphan is in the cloud only",
        "sqs: failed is in the state only",
    ]


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("chatbot", "arn:aws:chatbot::1:chat-configuration/slack-channel/orphan"),
        ("iam", "arn:aws:iam::1:policy/orphan"),
        ("kms", "alias/orphan"),
        ("sns", "arn:aws:sns:us-east-1:1:topic:subscription"),
        ("codecommit", "a kind that no stack has"),
    ],
)
def test_what_is_left_over_is_named(service: str, name: str) -> None:
    cloud = {**CLOUD, service: CLOUD.get(service, set()) | {name}}
    assert list(differences([QUEUE, POLICY, ALIAS, TABLE], cloud)) == [f"{service}: {name} is in the cloud only"]


def test_events_that_came_out_right_are_no_problem() -> None:
    assert DELIVERED.problems == []


@pytest.mark.parametrize(
    ("delivered", "problem"),
    [
        (replace(DELIVERED, unexpected=("garbage",)), "told though nothing happened: garbage"),
        (replace(DELIVERED, refused=0), "SNS has refused nothing: nothing is known of how that ends"),
        (replace(DELIVERED, alarm="OK"), "the alarm of the failed queue is OK"),
        (replace(DELIVERED, lost=("version 1 Approved",)), "lost: version 1 Approved"),
        (replace(DELIVERED, duplicated=("version 1 Approved",)), "twice: version 1 Approved"),
    ],
)
def test_what_came_out_wrong_is_a_problem(delivered: Delivered, problem: str) -> None:
    assert delivered.problems == [problem]


def test_a_message_about_anything_else_than_a_version_has_its_subject_as_name() -> None:
    decided = {"subject": "decided", "attributes": {"kind": "model-package", "version": "1", "status": "Approved"}}
    assert message_name(decided) == "version 1 Approved"
    assert message_name({"subject": "garbage", "attributes": {}}) == "garbage"
    assert message_name({"subject": "", "attributes": {}}) == "a message without a subject"
