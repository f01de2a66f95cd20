"""What all events have in common, whichever service they are from.

Source: EventBridge user guide, "AWS service event metadata".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lambdas.notifier.fields import mapping_at, text_at, texts_at, timestamp

# EventBridge's ids are UUIDs; the id becomes part of an S3 key, so nothing else may get there.
_EVENT_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


class MalformedEventError(ValueError):
    """An event is not of the documented shape; the text names the field, its value and what is expected."""


class UnexpectedEventError(ValueError):
    """A well-formed event is about something else than this notifier: its rule is wrong."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What every event says: its id, its time in UTC, where it happened, and what it is about."""

    event_id: str
    event_time: datetime
    detail_type: str
    detail: Mapping[str, object]
    region: str | None = None
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """An event that nobody is notified of: a status on the way to another one."""

    reason: str


def read(event: Mapping[str, object]) -> Envelope:
    """Return the event's envelope.

    Raises:
        MalformedEventError: a field is missing or not what AWS documents.
    """
    event_id = required_text(event, "id", "the event's id")
    if not _EVENT_ID.fullmatch(event_id):
        raise MalformedEventError(f"id is {event_id!r:.200}; expected letters, digits and hyphens, at most 64")
    detail = mapping_at(event, "detail")
    if not detail:
        raise MalformedEventError(f"detail is {event.get('detail')!r:.200}; expected the change as an object")
    return Envelope(
        event_id=event_id,
        event_time=required_time(event, "time"),
        detail_type=required_text(event, "detail-type", "the kind of the event"),
        detail=detail,
        region=text_at(event, "region"),
        resources=texts_at(event, "resources"),
    )


def required_text(source: Mapping[str, object], name: str, expected: str) -> str:
    """Return the text of a field.

    Raises:
        MalformedEventError: the field is missing, empty or not text.
    """
    value = text_at(source, name)
    if value is None:
        raise MalformedEventError(f"{name} is {source.get(name)!r:.200}; expected {expected}")
    return value


def required_time(source: Mapping[str, object], name: str) -> datetime:
    """Return the time of a field.

    Raises:
        MalformedEventError: the field is missing or no time.
    """
    value = timestamp(source.get(name))
    if value is None:
        raise MalformedEventError(f"{name} is {source.get(name)!r:.200}; expected a time in ISO 8601")
    return value
