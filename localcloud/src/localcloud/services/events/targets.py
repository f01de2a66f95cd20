"""One attempt to deliver an event to a rule's target, and an undelivered event to its dead-letter queue."""

import json
from collections.abc import Callable, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.clients import Clients
from localcloud.iam.authorization import service_refusal
from localcloud.services.events import errors
from localcloud.services.events.errors import DeliveryError
from localcloud.services.events.models import Event, Target

SERVICE = "events.amazonaws.com"

RoleSender = Callable[[Target, str, str], None]
"""Call a target with the role that it names, from target, payload and the rule's ARN; raise DeliveryError."""


class Targets:
    """Call Lambda, SQS and SNS as EventBridge does: allowed by the target's resource policy and key policy only.

    `with_role` has the senders for services that are called with the target's role.
    """

    def __init__(self, clients: Clients, with_role: Mapping[str, RoleSender]) -> None:
        self._clients = clients
        self._with_role = with_role
        self._senders: dict[str, Callable[[str, str, str], None]] = {
            "lambda": self._invoke,
            "sqs": self._enqueue,
            "sns": self._publish,
        }

    def send(self, target: Target, payload: str, rule_arn: str) -> None:
        """Attempt a delivery.

        Raises:
            DeliveryError: with EventBridge's code.
        """
        if with_role := self._with_role.get(target.service):
            with_role(target, payload, rule_arn)
        elif send := self._senders.get(target.service):
            _attempt(lambda: send(target.arn, payload, rule_arn))
        else:
            raise DeliveryError("INVALID_PARAMETER", f"The local cloud does not deliver to {target.service} targets.")

    def send_to_dead_letter_queue(
        self, queue_arn: str, event: Event, attributes: Mapping[str, str], rule_arn: str
    ) -> None:
        """Send an undelivered event to a rule's dead-letter queue.

        Raises:
            DeliveryError: when the queue is missing or does not let EventBridge send.
        """
        _attempt(lambda: self._enqueue(queue_arn, json.dumps(event), rule_arn, attributes))

    def _invoke(self, arn: str, payload: str, rule_arn: str) -> None:
        self._clients("lambda").get_function_configuration(FunctionName=arn)
        _check_allowed("lambda:InvokeFunction", arn, rule_arn)
        self._clients("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=payload.encode())

    def _enqueue(self, arn: str, payload: str, rule_arn: str, attributes: Mapping[str, str] | None = None) -> None:
        sqs = self._clients("sqs")
        url = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
        _check_allowed("sqs:SendMessage", arn, rule_arn)
        values = {
            name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items() if value
        }
        sqs.send_message(QueueUrl=url, MessageBody=payload, MessageAttributes=values)

    def _publish(self, arn: str, payload: str, rule_arn: str) -> None:
        self._clients("sns").get_topic_attributes(TopicArn=arn)
        _check_allowed("sns:Publish", arn, rule_arn)
        self._clients("sns").publish(TopicArn=arn, Message=payload)


def _attempt(call: Callable[[], None]) -> None:
    try:
        call()
    except (ClientError, BotoCoreError) as error:
        raise errors.of_client(error) from error


def _check_allowed(action: str, arn: str, rule_arn: str) -> None:
    if refusal := service_refusal(SERVICE, action, arn, rule_arn):
        raise DeliveryError("NO_PERMISSIONS", refusal)
