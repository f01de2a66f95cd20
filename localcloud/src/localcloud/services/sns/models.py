"""The inbox behind the topics' e-mail subscriptions: what SNS would have mailed, as `.eml` files and as a list."""

import json
import threading
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TypedDict

from localcloud.emulator.stores import EmailDelivery, deliver_emails_to

SENDER = "AWS Notifications <no-reply@sns.amazonaws.com>"
_DEFAULT_SUBJECT = "AWS Notification Message"


class Mail(TypedDict):
    """A mail; `time` is ISO 8601, `attributes` are the message's, `file` is the path of its `.eml` file."""

    time: str
    to: str
    subject: str
    body: str
    topic_arn: str
    message_id: str
    attributes: dict[str, str]
    file: str


class Mailbox:
    """Every mail, also as a file in a folder that exists."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mails: list[Mail] = []
        self._lock = threading.Lock()
        deliver_emails_to(self._receive)

    def mails(self) -> list[Mail]:
        """Return the mails in the order in which they came."""
        with self._lock:
            return list(self._mails)

    def _receive(self, delivery: EmailDelivery) -> None:
        now = datetime.now(UTC)
        with self._lock:
            path = self._folder / f"{len(self._mails) + 1:04d}.eml"
            mail: Mail = {
                "time": now.isoformat(),
                "to": delivery.address,
                "subject": delivery.subject or _DEFAULT_SUBJECT,
                "body": _body(delivery),
                "topic_arn": delivery.topic_arn,
                "message_id": delivery.message_id,
                "attributes": {name: value.get("StringValue", "") for name, value in delivery.attributes.items()},
                "file": str(path),
            }
            path.write_bytes(_eml(mail, now, delivery.subscription_arn))
            self._mails.append(mail)


def _body(delivery: EmailDelivery) -> str:
    if delivery.protocol == "email":
        return delivery.text
    return json.dumps({"Message": delivery.text, "Subject": delivery.subject})


def _eml(mail: Mail, time: datetime, subscription_arn: str) -> bytes:
    message = EmailMessage()
    message["Date"] = format_datetime(time)
    message["From"] = SENDER
    message["To"] = mail["to"]
    message["Subject"] = " ".join(mail["subject"].split())
    message["Message-ID"] = f"<{mail['message_id']}@sns.amazonaws.com>"
    message.set_content(f"{mail['body']}\n\n--\nSubscription: {subscription_arn}\n")
    return bytes(message)
