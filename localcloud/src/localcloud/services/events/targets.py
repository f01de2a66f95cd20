"""One attempt to deliver an event to a rule's target, and an undelivered event to its dead-letter queue."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.client_errors import code_of, is_server_error
from localcloud.iam.authorization import service_refusal
from localcloud.server.clients import Clients
from localcloud.services.events.policy import DeliveryError

SERVICE = "events.amazonaws.com"
_CODES = {
    "ResourceNotFoundException": "NO_RESOURCE",
    "NotFound": "NO_RESOURCE",
    "AWS.SimpleQueueService.NonExistentQueue": "NO_RESOURCE",
    "QueueDoesNotExist": "NO_RESOURCE",
    "TooManyRequestsException": "THROTTLING",
    "ThrottlingException": "THROTTLING",
    "InvalidParameter": "INVALID_PARAMETER",
    "InvalidParameterValueException": "INVALID_PARAMETER",
}


Record = dict[str, Any]
RoleSender = Callable[[Record, str, str], None]
"""Calls a target with the role it names, given the target, the payload and the rule's ARN; raises DeliveryError."""


class Targets:
    """Calls Lambda, SQS and SNS as EventBridge does: allowed by the target's resource policy and key policy only.

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

    def send(self, target: Record, payload: str, rule_arn: str) -> None:
        """One attempt.

        Raises:
            DeliveryError: with EventBridge's code.
        """
        service = target["Arn"].split(":")[2]
        if sender := self._with_role.get(service):
            sender(target, payload, rule_arn)
        elif service in self._senders:
            self._attempt(lambda: self._senders[service](target["Arn"], payload, rule_arn))
        else:
            raise DeliveryError("INVALID_PARAMETER", f"The local cloud does not deliver to {service} targets.")

    def bury(self, queue_arn: str, event: dict[str, Any], attributes: dict[str, str], rule_arn: str) -> None:
        """Sends an undelivered event to the dead-letter queue.

        Raises:
            DeliveryError: when the queue is missing or does not let EventBridge send.
        """
        given = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value}
        self._attempt(lambda: self._enqueue(queue_arn, json.dumps(event), rule_arn, given))

    @staticmethod
    def _attempt(call: Callable[[], None]) -> None:
        try:
            call()
        except ClientError as error:
            other = "INTERNAL_ERROR" if is_server_error(error) else "SDK_CLIENT_ERROR"
            raise DeliveryError(_CODES.get(code_of(error), other), str(error)) from error
        except BotoCoreError as error:
            raise DeliveryError("CONNECTION_FAILURE", str(error)) from error

    def _invoke(self, arn: str, payload: str, rule_arn: str) -> None:
        self._clients("lambda").get_function_configuration(FunctionName=arn)
        _must_allow("lambda:InvokeFunction", arn, rule_arn)
        self._clients("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=payload.encode())

    def _enqueue(self, arn: str, payload: str, rule_arn: str, attributes: dict[str, Any] | None = None) -> None:
        sqs = self._clients("sqs")
        url = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
        _must_allow("sqs:SendMessage", arn, rule_arn)
        sqs.send_message(QueueUrl=url, MessageBody=payload, MessageAttributes=attributes or {})

    def _publish(self, arn: str, payload: str, rule_arn: str) -> None:
        self._clients("sns").get_topic_attributes(TopicArn=arn)
        _must_allow("sns:Publish", arn, rule_arn)
        self._clients("sns").publish(TopicArn=arn, Message=payload)


def _must_allow(action: str, arn: str, rule_arn: str) -> None:
    if refusal := service_refusal(SERVICE, action, arn, rule_arn):
        raise DeliveryError("NO_PERMISSIONS", refusal)
