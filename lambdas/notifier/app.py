"""From an event to one message and one registry event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from aws_lambda_powertools.metrics import MetricUnit

from lambdas.notifier import (
    approval_message,
    crawl_message,
    delivery_message,
    execution_message,
    package_message,
    registry_event,
    reports,
)
from lambdas.notifier.crawls import CrawlFailure
from lambdas.notifier.deadline import Deadline, Missing
from lambdas.notifier.deliveries import ApprovalRequest, DeliveryFailure
from lambdas.notifier.envelope import Uneventful
from lambdas.notifier.errors import MalformedEventError, UnexpectedEventError
from lambdas.notifier.events import Change, ExecutionFailure, PackageChange, parse
from lambdas.notifier.once import Once
from messages.topic import publish

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from lambdas.notifier.clients import Clients
    from lambdas.notifier.settings import Settings
    from messages.content import Content


class MetricsSink(Protocol):
    """Takes the notifier's CloudWatch metrics."""

    def add_metric(self, name: str, unit: MetricUnit | str, value: float) -> None:
        """Adds one value."""
        ...


@dataclass(frozen=True)
class Notification:
    """What a change leads to: the message, its structured copy, and whether the metrics are in it.

    Failed crawls and what the delivery pipeline does are no events of the registry and have no copy.
    """

    content: Content
    record: Mapping[str, registry_event.Value] | None
    lacks_metrics: bool = False
    lacks_details: bool = False


class Notifier:
    """Handles one event at a time."""

    def __init__(self, settings: Settings, clients: Clients, logger: Logger, metrics: MetricsSink) -> None:
        self._settings = settings
        self._clients = clients
        self._logger = logger
        self._metrics = metrics
        self._once = Once(settings.idempotency_table, clients.dynamodb)

    def handle(self, event: Mapping[str, object], context: LambdaContext) -> dict[str, str]:
        """Notifies of the change that the event tells of, once, and writes its structured copy, once.

        Returns: `{"outcome": "notified" | "duplicate" | "ignored"}`.

        Raises:
            MalformedEventError: the event is not of a documented shape.
            UnexpectedEventError: the event is another group's, pipeline's or crawler's.
            Exception: publishing or recording failed; the invocation has to be repeated, and repeats only what failed.
        """
        change = self._parsed(event)
        if isinstance(change, Uneventful):
            self._logger.info("nothing to tell", extra={"reason": change.reason})
            self._count("EventsIgnored")
            return {"outcome": "ignored"}
        deadline = Deadline(context.get_remaining_time_in_millis)

        @cache
        def notification() -> Notification:
            return self._notification(change, deadline)

        # The message first: it is what people wait for, and a failing copy must not hold it back.
        message = self._once.run("message", change.identity, lambda: self._publish(notification()), context)
        self._once.run("registry-event", change.identity, lambda: self._record(change, notification()), context)
        if not message.ran:
            self._logger.info("already notified", extra={"change": change.identity})
            self._count("DuplicatesIgnored")
        return {"outcome": "notified" if message.ran else "duplicate"}

    def _parsed(self, event: Mapping[str, object]) -> Change | Uneventful:
        try:
            change = parse(event)
            if not isinstance(change, Uneventful):
                self._expect(change)
        except (MalformedEventError, UnexpectedEventError) as error:
            self._logger.exception("event refused", extra={"problem": str(error)})
            self._count("EventsRefused")
            raise
        return change

    def _expect(self, change: Change) -> None:
        if isinstance(change, PackageChange):
            given, expected = change.group, self._settings.model_package_group
        elif isinstance(change, CrawlFailure):
            given, expected = change.crawler, self._settings.crawler_name
        elif isinstance(change, DeliveryFailure | ApprovalRequest):
            given, expected = change.arn.pipeline, self._settings.delivery_pipeline
        else:
            given, expected = change.arn.pipeline, self._settings.pipeline_name
        # SageMaker may write names in ARNs in lower case.
        if given.lower() != expected.lower():
            raise UnexpectedEventError(f"the event is about {given}; this notifier is about {expected}: check its rule")

    def _notification(self, change: Change, deadline: Deadline) -> Notification:
        settings = self._settings
        if isinstance(change, CrawlFailure):
            return Notification(content=crawl_message.compose(change, settings), record=None)
        if isinstance(change, DeliveryFailure):
            delivery = reports.on_delivery(change, self._clients, deadline)
            return Notification(
                content=delivery_message.compose(delivery, settings),
                record=None,
                lacks_details=isinstance(delivery.history, Missing),
            )
        if isinstance(change, ApprovalRequest):
            approval = reports.on_approval(change, self._clients, deadline)
            return Notification(
                content=approval_message.compose(approval, settings),
                record=None,
                lacks_details=Missing in {type(approval.history), type(approval.state)},
            )
        if isinstance(change, ExecutionFailure):
            execution = reports.on_execution(change, self._clients, deadline)
            return Notification(
                content=execution_message.compose(execution, settings),
                record=registry_event.of_execution(execution, settings),
                lacks_details=Missing in {type(execution.details), type(execution.steps), type(execution.parameters)},
            )
        package = reports.on_package(change, self._clients, deadline)
        return Notification(
            content=package_message.compose(package, settings),
            record=registry_event.of_package(package, settings),
            lacks_metrics=package.evaluation.problem is not None,
            lacks_details=isinstance(package.details, Missing),
        )

    def _publish(self, notification: Notification) -> None:
        message_id = publish(self._clients.sns, self._settings.topic_arn, notification.content)
        self._logger.info("notified", extra={"subject": notification.content.subject, "message_id": message_id})
        self._count("NotificationsSent")
        if notification.lacks_metrics:
            self._count("MetricsMissing")
        if notification.lacks_details:
            self._count("DetailsMissing")

    def _record(self, change: Change, notification: Notification) -> None:
        if notification.record is None:
            return
        key = registry_event.key(change.envelope, self._settings.use_case_id)
        registry_event.write(self._clients.s3, self._settings.data_bucket, key, notification.record)
        self._logger.info("registry event written", extra={"key": key})
        self._count("RegistryEventsWritten")

    def _count(self, name: str) -> None:
        self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
