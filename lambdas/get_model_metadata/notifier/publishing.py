"""One message to the topic, in the form that each kind of subscriber takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import chat, mail

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

    from .content import Content


def publish(client: SNSClient, topic_arn: str, content: Content) -> str:
    """Publishes a message and returns its id.

    Text goes to every protocol but HTTPS, which is how AWS Chatbot subscribes: it gets its own form.
    """
    message = {"default": mail.body(content), "https": chat.notification(content)}
    answer = client.publish(
        TopicArn=topic_arn,
        Subject=content.subject,
        Message=json.dumps(message, ensure_ascii=False),
        MessageStructure="json",
        MessageAttributes=_attributes(content.attributes),
    )
    return answer["MessageId"]


def _attributes(values: Mapping[str, str | int]) -> dict[str, MessageAttributeValueTypeDef]:
    return {
        name: {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}
        for name, value in values.items()
    }
