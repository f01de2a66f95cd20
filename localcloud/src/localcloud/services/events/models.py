"""Events of AWS services, the rules and targets that they are for, and what became of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NotRequired, Self, TypedDict

from localcloud.layout import ACCOUNT

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import RuleTypeDef, TargetTypeDef

Detail = Mapping[str, Any]
"""What an event says beside its envelope, as the service's documentation shows it."""
Event = TypedDict(
    "Event",
    {
        "version": str,
        "id": str,
        "detail-type": str,
        "source": str,
        "account": str,
        "time": str,
        "region": str,
        "resources": list[str],
        "detail": Detail,
    },
)
"""The envelope of all events of AWS services (EventBridge user guide, "AWS service event metadata")."""
Emit = Callable[[Event], None]
"""Take an event for the default bus."""


def event(source: str, detail_type: str, resource: str | Sequence[str] | None, region: str, detail: Detail) -> Event:
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


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of the default bus, with an event pattern or a schedule."""

    name: str
    arn: str
    enabled: bool
    event_pattern: str | None = None
    schedule: str | None = None

    @classmethod
    def of(cls, record: RuleTypeDef) -> Self:
        """Return a rule of ListRules."""
        return cls(
            name=record.get("Name", ""),
            arn=record.get("Arn", ""),
            enabled=record.get("State", "").startswith("ENABLED"),
            event_pattern=record.get("EventPattern"),
            schedule=record.get("ScheduleExpression"),
        )


@dataclass(frozen=True)
class InputTransformer:
    """Paths into the event by name, and the template that they fill."""

    paths: Mapping[str, str]
    template: str


@dataclass(frozen=True)
class RetryPolicy:
    """How often, and for how many seconds, a delivery is tried again; EventBridge's defaults are 185 and 24 hours."""

    attempts: int = 185
    age: float = 86400.0


@dataclass(frozen=True, kw_only=True)
class Target:
    """A target of a rule; at most one of `input`, `input_path` and `transformer` changes what it receives."""

    arn: str
    role_arn: str | None = None
    input: str | None = None
    input_path: str | None = None
    transformer: InputTransformer | None = None
    retries: RetryPolicy = RetryPolicy()
    dead_letter_queue: str | None = None

    @classmethod
    def of(cls, record: TargetTypeDef) -> Self:
        """Return a target of ListTargetsByRule."""
        transformer, retries = record.get("InputTransformer"), record.get("RetryPolicy", {})
        return cls(
            arn=record["Arn"],
            role_arn=record.get("RoleArn"),
            input=record.get("Input"),
            input_path=record.get("InputPath"),
            transformer=InputTransformer(transformer.get("InputPathsMap", {}), transformer["InputTemplate"])
            if transformer
            else None,
            retries=RetryPolicy(
                retries.get("MaximumRetryAttempts", RetryPolicy.attempts),
                retries.get("MaximumEventAgeInSeconds", RetryPolicy.age),
            ),
            dead_letter_queue=record.get("DeadLetterConfig", {}).get("Arn"),
        )

    @property
    def service(self) -> str:
        """The service of the target, e.g. `sqs`."""
        return self.arn.split(":")[2]

    @property
    def has_own_input(self) -> bool:
        """Whether the target receives something else than the event."""
        return bool(self.input or self.input_path or self.transformer)


class DeliveryDescription(TypedDict):
    """A delivery for JSON."""

    rule: str
    target: str
    status: str
    retries: NotRequired[int]
    error: NotRequired[str]
    dead_letter: NotRequired[str]


@dataclass
class Delivery:
    """One event's delivery to one target; `dead_letter` is the queue that took the event, or why none did."""

    rule: str
    target: str
    status: Literal["Delivering", "Delivered", "Failed"] = "Delivering"
    retries: int | None = None
    error: str | None = None
    dead_letter: str | None = None

    def describe(self) -> DeliveryDescription:
        """Return the members that are known."""
        description: DeliveryDescription = {"rule": self.rule, "target": self.target, "status": self.status}
        if self.retries is not None:
            description["retries"] = self.retries
        if self.error is not None:
            description["error"] = self.error
        if self.dead_letter is not None:
            description["dead_letter"] = self.dead_letter
        return description


class EntryDescription(TypedDict):
    """An event and what became of it, for JSON."""

    event: Event
    accepted: str
    matched: list[str] | None
    deliveries: list[DeliveryDescription]


@dataclass
class Entry:
    """An event that was accepted; `matched` has the names of its rules, None before it is matched."""

    event: Event
    accepted: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    matched: list[str] | None = None
    deliveries: list[Delivery] = field(default_factory=list[Delivery])

    def describe(self) -> EntryDescription:
        """Return the entry, with its deliveries so far."""
        return {
            "event": self.event,
            "accepted": self.accepted,
            "matched": self.matched,
            "deliveries": [delivery.describe() for delivery in self.deliveries],
        }
