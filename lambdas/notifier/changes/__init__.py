"""The kinds of change that the notifier is about, one module each, behind one protocol.

A further kind is a module with a class like the ones here, and an entry in `KINDS`; the type checker holds it to `Kind`
and `Change`. Its EventBridge rule is in `contract/notification_rules.py`, what the function may look up in
`components/notifications/notifier.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from lambdas.notifier import events
from lambdas.notifier.changes.approval import ApprovalRequest
from lambdas.notifier.changes.crawl import CrawlFailure, SucceededCrawl
from lambdas.notifier.changes.delivery import DeliveryFailure
from lambdas.notifier.changes.execution import ExecutionFailure
from lambdas.notifier.changes.model_version import ModelVersionChange
from lambdas.notifier.events import MalformedEventError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.notifier.clients import Clients
    from lambdas.notifier.deadline import Deadline
    from lambdas.notifier.events import Envelope, Ignored
    from lambdas.notifier.registry_event import RegistryEvent
    from lambdas.notifier.settings import Settings
    from messages.content import Content

Gap = Literal["DetailsMissing", "MetricsMissing"]
"""What a message may lack, by the CloudWatch metric that counts such messages."""


class Kind(Protocol):
    """One kind of event."""

    detail_type: ClassVar[str]
    """The `detail-type` of its events."""

    @classmethod
    def parse(cls, envelope: Envelope, /) -> Change | SucceededCrawl | Ignored:
        """Read the event's detail.

        Raises:
            MalformedEventError: a field is missing or not what AWS documents.
        """
        ...


class Change(Protocol):
    """One change, as its event tells it."""

    @property
    def envelope(self) -> Envelope:
        """The event's envelope."""
        ...

    @property
    def identity(self) -> list[str]:
        """What tells the change from others: the same for each delivery of its event."""
        ...

    @property
    def about(self) -> str:
        """The name of what changed."""
        ...

    @staticmethod
    def expected(settings: Settings, /) -> str:
        """Return the name that the events have to be about."""
        ...

    def gather(self, clients: Clients, settings: Settings, deadline: Deadline, /) -> Report:
        """Ask AWS for details; what cannot be had is missing in the report, and fails nothing."""
        ...


class Report(Protocol):
    """All that is known about a change."""

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be had."""
        ...

    def compose(self, settings: Settings, /) -> Content:
        """Write the message."""
        ...

    def registry_event(self, settings: Settings, /) -> RegistryEvent | None:
        """Return the structured copy for the data bucket; None for what is no event of the model registry."""
        ...


KINDS: tuple[type[Kind], ...] = (
    ModelVersionChange,
    ExecutionFailure,
    CrawlFailure,
    DeliveryFailure,
    ApprovalRequest,
)


def read(event: Mapping[str, object]) -> Change | SucceededCrawl | Ignored:
    """Return the change that an event is about, or the crawl that may turn out to be followed by one.

    Raises:
        MalformedEventError: a field is missing or not what AWS documents.
    """
    envelope = events.read(event)
    kind = next((kind for kind in KINDS if kind.detail_type == envelope.detail_type), None)
    if kind is None:
        expected = " or ".join(repr(kind.detail_type) for kind in KINDS)
        raise MalformedEventError(f"detail-type is {envelope.detail_type!r:.200}; expected {expected}")
    return kind.parse(envelope)
