"""Rules and their targets as EventBridge answers them, and what became of the events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Self

from localcloud.services.events.envelope import Event

_UNSET = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86400}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of the default bus, with an event pattern or a schedule."""

    name: str
    arn: str
    enabled: bool
    event_pattern: str | None = None
    schedule: str | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Return a rule of ListRules."""
        return cls(
            name=record["Name"],
            arn=record["Arn"],
            enabled=record["State"].startswith("ENABLED"),
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
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Return a target of ListTargetsByRule."""
        transformer, retries = record.get("InputTransformer"), {**_UNSET, **record.get("RetryPolicy", {})}
        return cls(
            arn=record["Arn"],
            role_arn=record.get("RoleArn"),
            input=record.get("Input"),
            input_path=record.get("InputPath"),
            transformer=transformer
            and InputTransformer(transformer.get("InputPathsMap", {}), transformer["InputTemplate"]),
            retries=RetryPolicy(retries["MaximumRetryAttempts"], retries["MaximumEventAgeInSeconds"]),
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


@dataclass
class Delivery:
    """One event's delivery to one target; `dead_letter` is the queue that took the event, or why none did."""

    rule: str
    target: str
    status: Literal["Delivering", "Delivered", "Failed"] = "Delivering"
    retries: int | None = None
    error: str | None = None
    dead_letter: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the members that are known, for JSON."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass
class Entry:
    """An event that was accepted; `matched` has the names of its rules, None before it is matched."""

    event: Event
    accepted: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    matched: list[str] | None = None
    deliveries: list[Delivery] = field(default_factory=list[Delivery])

    def as_dict(self) -> dict[str, Any]:
        """Return the entry for JSON."""
        return {**vars(self), "deliveries": [delivery.as_dict() for delivery in self.deliveries]}
