"""Entry point of the notifier: Lambda calls `handler.handler` with an event from EventBridge."""

# ruff: noqa: E402

import gc

# Of what a cold start creates, nothing becomes garbage: the collector would take a sixth of it to find that out.
gc.disable()

import os
from collections.abc import Mapping

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.notifier.app import Notifier
from lambdas.notifier.clients import Clients
from lambdas.notifier.settings import Settings

logger = Logger()
# Every other library that X-Ray knows would be imported to be patched, where the runtime has it.
tracer = Tracer(patch_modules=("botocore",))
metrics = Metrics()
notifier = Notifier(Settings.from_environment(os.environ), Clients.connect(), logger, metrics)

gc.freeze()
gc.enable()


@logger.inject_lambda_context(correlation_id_path=correlation_paths.EVENT_BRIDGE, clear_state=True)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: Mapping[str, object], context: LambdaContext) -> dict[str, str]:
    """Notify of one change; after an exception Lambda tries again, and at last hands the event to a queue."""
    return notifier.handle(event, context)
