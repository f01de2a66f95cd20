"""The inbox behind the topics' e-mail subscriptions: what SNS would have mailed, as `.eml` files and as a list."""

import itertools
import json
import threading
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from localcloud.emulator.stores import EmailDelivery, deliver_emails_to

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
        deliver_emails_to(self._receive)

    def mails(self) -> list[Mail]:
        """{time, to, subject, body, topic_arn, message_id, attributes, file} per mail."""
        with self._lock:
            return list(self._mails)

    def _receive(self, delivery: EmailDelivery) -> None:
        now = datetime.now(UTC)
        mail: Mail = {
            "time": now.isoformat(),
            "to": delivery.address,
            "subject": delivery.subject or _DEFAULT_SUBJECT,
            "body": _body(delivery),
            "topic_arn": delivery.topic_arn,
            "message_id": delivery.message_id,
            "attributes": {name: value.get("StringValue", "") for name, value in delivery.attributes.items()},
        }
        with self._lock:
            path = self._folder / f"{next(self._numbers):04d}.eml"
            path.write_bytes(_eml(mail, now, delivery.subscription_arn))
            self._mails.append({**mail, "file": str(path)})


def _body(delivery: EmailDelivery) -> str:
    if delivery.protocol == "email":
        return delivery.text
    return json.dumps({"Message": delivery.text, "Subject": delivery.subject})


def _eml(mail: Mail, time: datetime, subscription_arn: str) -> bytes:
    written = EmailMessage()
    written["Date"] = format_datetime(time)
    written["From"] = SENDER
    written["To"] = mail["to"]
    written["Subject"] = " ".join(mail["subject"].split())
    written["Message-ID"] = f"<{mail['message_id']}@sns.amazonaws.com>"
    written.set_content(f"{mail['body']}\n\n--\nSubscription: {subscription_arn}\n")
    return bytes(written)
