"""Entry point of the notifier: Lambda calls `handler.handler` with an event from EventBridge."""

import os
from collections.abc import Mapping
from typing import cast

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.notifier.app import Notifier
from lambdas.notifier.clients import Clients
from lambdas.notifier.settings import Settings

logger = Logger()
tracer = Tracer()
metrics = Metrics()
notifier = Notifier(Settings.from_environment(os.environ), Clients.connect(), logger, metrics)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.EVENT_BRIDGE, clear_state=True)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
@event_source(data_class=EventBridgeEvent)
def handler(event: EventBridgeEvent, context: LambdaContext) -> dict[str, str]:
    """Notify of one change; after an exception Lambda tries again, and at last hands the event to a queue."""
    return notifier.handle(cast("Mapping[str, object]", event.raw_event), context)
