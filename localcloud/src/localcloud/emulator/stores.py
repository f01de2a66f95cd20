"""What KMS, SNS, SQS and S3 hold in the emulator: keys, topics' mails, queues' messages, buckets' objects."""
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_actions
from ministack.services import kms, s3, sns, sqs

from localcloud.emulator.identity import NO_REGION, scope


@dataclass(frozen=True, kw_only=True)
class Key:
    """A KMS key; `aliases` are names such as `alias/data`, `state` is such as `Enabled` (KeyState, AWS KMS API)."""

    arn: str
    state: str
    aliases: tuple[str, ...]
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class EmailDelivery:
    """A message that SNS delivers to an e-mail address; `protocol` is `email` or `email-json`."""

    subscription_arn: str
    topic_arn: str
    protocol: str
    address: str
    message_id: str
    subject: str
    text: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class QueuedMessage:
    """A message in a queue; times in seconds since 1970."""

    sent: float
    visible: float


def key(id_arn_or_alias: str) -> Key | None:
    """Return a key, if there is one."""
    record = kms._resolve_key(id_arn_or_alias)
    if not record:
        return None
    aliases = [arn.rpartition(":")[2] for arn, target in kms._aliases.items() if target == record["KeyId"]]
    tags = {tag["TagKey"]: str(tag["TagValue"]) for tag in record.get("Tags") or []}
    return Key(arn=str(record["Arn"]), state=str(record["KeyState"]), aliases=tuple(aliases), tags=tags)


def key_id_of(ciphertext: str) -> str:
    """Return the id of the key that encrypted a Base64 text, or ''."""
    return iam_actions._kms_key_id_from_ciphertext(ciphertext)


def encryption_key_of_topic(arn: str) -> str | None:
    """Return the id, ARN or alias of the key that a topic is encrypted with, if any."""
    topic = sns._topic_by_arn_any_scope(arn)
    return topic["attributes"].get("KmsMasterKeyId") if topic else None


def deliver_emails_to(receive: Callable[[EmailDelivery], None]) -> None:
    """Hand `receive` what SNS would mail, which the emulator drops; its own matching honours the filter policies."""
    fan_out = sns._fanout

    def fan_out_and_mail(
        topic_arn: str,
        msg_id: str,
        message: str,
        subject: str,
        message_structure: str = "",
        message_attributes: dict[str, Any] | None = None,
        **further: str,
    ) -> None:
        fan_out(topic_arn, msg_id, message, subject, message_structure, message_attributes, **further)
        attributes = message_attributes or {}
        for subscription in _email_subscriptions(topic_arn):
            text = sns._resolve_message_for_protocol(message, message_structure, subscription["protocol"])
            if sns._matches_filter_policy(subscription, attributes, text):
                receive(
                    EmailDelivery(
                        subscription_arn=subscription["arn"],
                        topic_arn=subscription["topic_arn"],
                        protocol=subscription["protocol"],
                        address=subscription["endpoint"],
                        message_id=msg_id,
                        subject=subject,
                        text=text,
                        attributes=attributes,
                    )
                )

    sns._fanout = fan_out_and_mail


def _email_subscriptions(topic_arn: str) -> Iterator[dict[str, Any]]:
    topic = sns._topic_by_arn_any_scope(topic_arn)
    for subscription in topic["subscriptions"] if topic else ():
        if subscription["protocol"] in {"email", "email-json"} and subscription["confirmed"]:
            yield subscription


def encryption_key_of_queue(arn: str) -> str | None:
    """Return the id, ARN or alias of the KMS key that a queue is encrypted with, if any."""
    queue = sqs._queue_by_arn(arn)
    return queue["attributes"].get("KmsMasterKeyId") if queue else None


def queued_messages() -> dict[str, list[QueuedMessage]]:
    """Return the messages of every queue by the queue's name."""
    return {
        str(queue["name"]): [
            QueuedMessage(sent=message["sent_at"], visible=message["visible_at"]) for message in list(queue["messages"])
        ]
        for queue in sqs._queues.values()
    }


def bucket_exists(bucket: str) -> bool:
    """Return whether there is a bucket of this name."""
    with scope(NO_REGION):
        return bucket in s3._buckets


def bucket_region(bucket: str) -> str | None:
    """Return the region of a bucket; None where there is none of this name."""
    with scope(NO_REGION):
        return s3.bucket_region(bucket)


def object_headers(bucket: str, key: str) -> Mapping[str, str] | None:
    """Return the headers that an object was stored with; None for an object that is not there."""
    with scope(NO_REGION):
        record = (s3._buckets.get(bucket) or {"objects": {}})["objects"].get(key)
    return None if record is None else record.get("preserved_headers", {})


def default_encryption_headers(bucket: str) -> Mapping[str, str]:
    """Return the headers with which a bucket's default encryption completes those of a new object."""
    with scope(NO_REGION):
        return s3._bucket_default_sse_headers(bucket)
