"""From an event to one message and one registry event."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

from lambdas.notifier import changes, registry_event
from lambdas.notifier.changes.crawl import SucceededCrawl
from lambdas.notifier.deadline import Deadline
from lambdas.notifier.events import Ignored, MalformedEventError, UnexpectedEventError
from lambdas.notifier.once import Step
from messages import topic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from lambdas.notifier.changes import Change, Report
    from lambdas.notifier.clients import Clients
    from lambdas.notifier.settings import Settings


class MetricsSink(Protocol):
    """Takes the notifier's CloudWatch metrics."""

    def add_metric(self, name: str, unit: MetricUnit | str, value: float) -> None:
        """Add one value."""
        ...


class Notification:
    """A change and what is known about it, gathered when a step first needs it: a duplicate looks nothing up."""

    def __init__(self, change: Change, clients: Clients, settings: Settings, deadline: Deadline) -> None:
        self.change = change
        self._clients = clients
        self._settings = settings
        self._deadline = deadline

    @cached_property
    def report(self) -> Report:
        """What AWS answers about the change, asked once."""
        return self.change.gather(self._clients, self._settings, self._deadline)


class Notifier:
    """Handles one event at a time."""

    def __init__(self, settings: Settings, clients: Clients, logger: Logger, metrics: MetricsSink) -> None:
        self._settings = settings
        self._clients = clients
        self._logger = logger
        self._metrics = metrics
        store = DynamoDBPersistenceLayer(table_name=settings.idempotency_table, boto3_client=clients.dynamodb)
        self._message = Step("message", self._publish, store)
        self._registry_event = Step("registry-event", self._record, store)

    def handle(self, event: Mapping[str, object], context: LambdaContext) -> dict[str, str]:
        """Publish the message on the change that the event is about, once, and write its structured copy, once.

        Returns: `{"outcome": "notified" | "duplicate" | "ignored"}`.

        Raises:
            MalformedEventError: the event is not of a documented shape.
            UnexpectedEventError: the event is another group's, pipeline's or crawler's.
            Exception: looking into files, publishing or recording failed; the invocation has to be repeated, and
                repeats only what failed.
        """
        deadline = Deadline.of(context)
        change = self._read(event)
        if isinstance(change, SucceededCrawl):
            change = change.examine(self._clients, self._settings, deadline)
        if isinstance(change, Ignored):
            self._logger.info("nothing to tell", extra={"reason": change.reason})
            self._count("EventsIgnored")
            return {"outcome": "ignored"}
        notification = Notification(change, self._clients, self._settings, deadline)
        # The message first: it is what people wait for, and a failing copy must not hold it back.
        is_published = self._message.run(change.identity, notification, context)
        self._registry_event.run(change.identity, notification, context)
        if is_published:
            return {"outcome": "notified"}
        self._logger.info("already notified", extra={"change": change.identity})
        self._count("DuplicatesIgnored")
        return {"outcome": "duplicate"}

    def _read(self, event: Mapping[str, object]) -> Change | SucceededCrawl | Ignored:
        try:
            change = changes.read(event)
            if not isinstance(change, Ignored):
                self._require_expected(change)
        except (MalformedEventError, UnexpectedEventError) as error:
            self._logger.exception("event refused", extra={"problem": str(error)})
            self._count("EventsRefused")
            raise
        return change

    def _require_expected(self, change: Change | SucceededCrawl) -> None:
        expected = change.expected(self._settings)
        # SageMaker may write names in ARNs in lower case.
        if change.about.lower() != expected.lower():
            raise UnexpectedEventError(
                f"the event is about {change.about}; this notifier is about {expected}: check its rule"
            )

    def _publish(self, notification: Notification) -> None:
        report = notification.report
        content = report.compose(self._settings)
        message_id = topic.publish(self._clients.sns, self._settings.topic_arn, content)
        self._logger.info("notified", extra={"subject": content.subject, "message_id": message_id})
        self._count("NotificationsSent")
        for gap in report.gaps:
            self._count(gap)

    def _record(self, notification: Notification) -> None:
        record = notification.report.registry_event(self._settings)
        if record is None:
            return
        key = registry_event.key(notification.change.envelope, self._settings.use_case_id)
        registry_event.write(self._clients.s3, self._settings.data_bucket, key, record, self._settings.kms_key_arn)
        self._logger.info("registry event written", extra={"key": key})
        self._count("RegistryEventsWritten")

    def _count(self, name: str) -> None:
        self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
