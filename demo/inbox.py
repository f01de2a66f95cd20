"""The messages of a topic, received by a queue that is subscribed for the scenario."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from demo import DemoError
from demo.people import Client

_LONGEST_SECONDS = 60.0
_NAME = "demo-inbox"


class MessageError(DemoError):
    """The expected message did not come."""


@dataclass(frozen=True)
class Message:
    """A message as its subscribers get it; `seconds` from the change that it is about to its arrival."""

    status: str
    subject: str
    body: str
    seconds: float


class Inbox:
    """A queue outside of the stack, subscribed to its topic."""

    def __init__(
        self, client: Client, topic_arn: str, name: str = _NAME, longest_seconds: float = _LONGEST_SECONDS
    ) -> None:
        self._longest_seconds = longest_seconds
        self._sqs, self._sns = client("sqs"), client("sns")
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        send = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [send]})
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        subscription = self._sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
        self._subscription = subscription["SubscriptionArn"]
        self._received: list[tuple[datetime, dict[str, Any]]] = []

    def next(self, status: str, arn: str, changed: datetime) -> Message:
        """Return the message about one status of one thing, which changed at a time.

        Raises:
            MessageError: none came in time, by default within a minute.
        """
        deadline = time.monotonic() + self._longest_seconds
        while time.monotonic() < deadline:
            for arrived, message in self._received:
                if message["MessageAttributes"].get("status", {}).get("Value") == status and arn in message["Message"]:
                    seconds = round((arrived - changed).total_seconds(), 3)
                    return Message(status, message["Subject"], message["Message"], seconds)
            self._receive()
        raise MessageError(f"no message with status {status} about {arn} came within {self._longest_seconds:.0f} s")

    def close(self) -> None:
        """Unsubscribe and delete the queue."""
        self._sns.unsubscribe(SubscriptionArn=self._subscription)
        self._sqs.delete_queue(QueueUrl=self._url)

    def _receive(self) -> None:
        answer = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1, AttributeNames=["SentTimestamp"]
        )
        for message in answer.get("Messages", []):
            arrived = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
            self._received.append((arrived, json.loads(message["Body"])))
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
