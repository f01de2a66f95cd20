"""Publish a message to the topic, in the form that each kind of subscriber takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from messages import chat, mail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

    from messages.content import Content


def publish(client: SNSClient, topic_arn: str, content: Content) -> str:
    """Publish a message and return its id.

    Text goes to every protocol but HTTPS, which is how AWS Chatbot subscribes: it gets its own form.
    """
    forms = {"default": mail.body(content), "https": chat.notification(content)}
    answer = client.publish(
        TopicArn=topic_arn,
        Subject=content.subject,
        Message=json.dumps(forms, ensure_ascii=False),
        MessageStructure="json",
        MessageAttributes=_attributes(content.attributes),
    )
    return answer["MessageId"]


def _attributes(values: Mapping[str, str | int]) -> dict[str, MessageAttributeValueTypeDef]:
    return {
        name: {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}
        for name, value in values.items()
    }
