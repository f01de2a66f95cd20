"""Drift of a deployed stack, found by a role that can't read its secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from .conftest import SECRETS, Program

pytestmark = pytest.mark.local


@pytest.fixture
def topic(program: Program) -> Iterator[tuple[str, str]]:
    """A topic that the stack doesn't own, and a queue that hears it."""
    sns, sqs = program.cloud.client("sns", "root"), program.cloud.client("sqs", "root")
    arn, url = sns.create_topic(Name="drift-topic")["TopicArn"], sqs.create_queue(QueueName="drift-queue")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": queue}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
    yield arn, url
    sns.delete_topic(TopicArn=arn)
    sqs.delete_queue(QueueUrl=url)


def messages(program: Program, url: str) -> list[dict[str, str]]:
    sqs = program.cloud.client("sqs", "root")
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def test_no_drift_says_nothing_to_anybody(program: Program, topic: tuple[str, str]) -> None:
    done = program.job("drift", principal="reader", NOTIFICATION_TOPIC_ARN=topic[0])
    assert (done.returncode, done.stdout.strip().splitlines()[-1]) == (0, "no drift"), done.stdout
    assert messages(program, topic[1]) == []


def test_a_message_names_the_drifted_resource_and_property_and_no_secret(
    program: Program, topic: tuple[str, str]
) -> None:
    sqs, sns = program.cloud.client("sqs", "root"), program.cloud.client("sns", "root")
    sqs.set_queue_attributes(QueueUrl=program.queue_url("data"), Attributes={"VisibilityTimeout": "77"})
    arn = json.loads(program.pulumi("stack", "output", "--json").stdout)["topic"]
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="changed-secret-3")
    before = program.pulumi("stack", "export").stdout
    done = program.job("drift", principal="reader", NOTIFICATION_TOPIC_ARN=topic[0])
    assert done.returncode == 0, done.stdout
    [message] = messages(program, topic[1])
    assert message["Subject"] == "[local] 1 resource drifted from the stack"
    assert "aws:sqs/queue:Queue data: visibilityTimeoutSeconds is 77, deployed was 30" in message["Message"]
    assert not [secret for secret in (*SECRETS, "changed-secret-3") if secret in done.stdout + str(message)]
    assert program.pulumi("stack", "export").stdout == before


def test_a_check_that_fails_is_told_as_well(program: Program, topic: tuple[str, str]) -> None:
    done = program.job("drift", principal="reader", NOTIFICATION_TOPIC_ARN=topic[0], STACK="absent")
    assert done.returncode == 1
    [message] = messages(program, topic[1])
    assert message["Subject"] == "[absent] drift could not be checked"


def test_a_resource_that_somebody_deleted_is_named(program: Program, topic: tuple[str, str]) -> None:
    program.cloud.client("sqs", "root").delete_queue(QueueUrl=program.queue_url("data"))
    done = program.job("drift", principal="reader", NOTIFICATION_TOPIC_ARN=topic[0])
    assert done.returncode == 0, done.stdout
    [message] = messages(program, topic[1])
    assert "aws:sqs/queue:Queue data: is gone" in message["Message"]
