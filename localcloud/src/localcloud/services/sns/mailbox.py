"""The inbox behind the topics' e-mail subscriptions: what SNS would have mailed, as `.eml` files and as a list.

The emulator drops messages to e-mail subscribers, so its fan-out is followed by this one; its own matching honours the
filter policies.
"""
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

import itertools
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from ministack.services import sns

Mail = dict[str, Any]
SENDER = "AWS Notifications <no-reply@sns.amazonaws.com>"
_DEFAULT_SUBJECT = "AWS Notification Message"


class Mailbox:
    """Keeps every mail; `mails()` lists them in the order they came."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mails: list[Mail] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        sns._fanout = self._followed(sns._fanout)

    def mails(self) -> list[Mail]:
        """{time, to, subject, body, topic_arn, message_id, attributes, file} per mail."""
        with self._lock:
            return list(self._mails)

    def _followed(self, fan_out: Callable[..., None]) -> Callable[..., None]:
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
            topic = sns._topic_by_arn_any_scope(topic_arn)
            for subscription in topic["subscriptions"] if topic else ():
                if subscription["protocol"] not in {"email", "email-json"} or not subscription["confirmed"]:
                    continue
                text = sns._resolve_message_for_protocol(message, message_structure, subscription["protocol"])
                if sns._matches_filter_policy(subscription, message_attributes or {}, text):
                    self._receive(subscription, msg_id, subject, text, message_attributes or {})

        return fan_out_and_mail

    def _receive(
        self, subscription: dict[str, Any], message_id: str, subject: str, text: str, attributes: dict[str, Any]
    ) -> None:
        now = datetime.now(UTC)
        mail: Mail = {
            "time": now.isoformat(),
            "to": subscription["endpoint"],
            "subject": subject or _DEFAULT_SUBJECT,
            "body": text if subscription["protocol"] == "email" else json.dumps({"Message": text, "Subject": subject}),
            "topic_arn": subscription["topic_arn"],
            "message_id": message_id,
            "attributes": {name: value.get("StringValue", "") for name, value in attributes.items()},
        }
        with self._lock:
            path = self._folder / f"{next(self._numbers):04d}.eml"
            path.write_bytes(_eml(mail, now, subscription["arn"]))
            self._mails.append({**mail, "file": str(path)})


def _eml(mail: Mail, time: datetime, subscription_arn: str) -> bytes:
    written = EmailMessage()
    written["Date"] = format_datetime(time)
    written["From"] = SENDER
    written["To"] = mail["to"]
    written["Subject"] = " ".join(mail["subject"].split())
    written["Message-ID"] = f"<{mail['message_id']}@sns.amazonaws.com>"
    written.set_content(f"{mail['body']}\n\n--\nSubscription: {subscription_arn}\n")
    return bytes(written)
