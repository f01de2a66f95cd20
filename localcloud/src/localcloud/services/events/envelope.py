"""The envelope that all events of AWS services share (EventBridge user guide, "AWS service event metadata")."""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from localcloud.layout import ACCOUNT

Event = dict[str, Any]
Emit = Callable[[Event], None]
"""Takes an event for the default bus."""


def event(source: str, detail_type: str, resource: str | Sequence[str] | None, region: str, detail: Event) -> Event:
    """Return an event of now about a resource, several or none; members of the detail that are None are left out."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [resource] if isinstance(resource, str) else list(resource or ()),
        "detail": {key: value for key, value in detail.items() if value is not None},
    }


def scheduled(rule_arn: str) -> Event:
    """Return the event of a rule's schedule (EventBridge user guide, "Creating a rule that runs on a schedule")."""
    return event("aws.events", "Scheduled Event", rule_arn, rule_arn.split(":")[3], {})
