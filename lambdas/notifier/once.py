"""Steps that happen once for each change, however often its event is delivered.

Powertools for AWS Lambda, "Idempotency": a record in DynamoDB is in progress while a step runs, completed when it did,
and gone when it failed. Publishing and recording are steps of their own, so that a failed recording is repeated without
another message. What remains is the moment between SNS's answer and the completed record: an execution environment that
dies right there, or a table that refuses the record as often as it is tried, leads to a second message, since SNS
standard topics cannot tell duplicates apart, and losing a message would be worse.
"""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.idempotency import BasePersistenceLayer
    from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

# EventBridge delivers for 24 hours and Lambda tries for another 6 (their user guides, "Retry policy" and "Asynchronous
# invocation"), and a dead-letter queue keeps an event for at most 14 days before somebody sends it again.
REMEMBERED_SECONDS = (14 + 2) * 24 * 3600
_POLL_SECONDS = 0.25
# What has to be left of the invocation to take over a step whose first runner failed: to publish, and to record it.
_RESERVE_MILLISECONDS = 24_000

T = TypeVar("T")


class _Outcome(StrEnum):
    RAN = "ran"
    REPLAYED = "replayed"


def _replayed(response: object, idempotent_data: DataRecord) -> _Outcome:  # noqa: ARG001 Powertools' signature
    """Stand in for the answer that Powertools found in the table: the step ran in another invocation."""
    return _Outcome.REPLAYED


CONFIG = IdempotencyConfig(expires_after_seconds=REMEMBERED_SECONDS, hash_function="sha256", response_hook=_replayed)


class Step(Generic[T]):
    """An action that runs at most once for each change."""

    def __init__(self, name: str, action: Callable[[T], None], store: BasePersistenceLayer) -> None:
        # Without a prefix the key would hold the names of this module and function, and change with them.
        @idempotent_function(data_keyword_argument="change", persistence_store=store, config=CONFIG, key_prefix=name)
        def perform(argument: T, *, change: list[str]) -> _Outcome:  # noqa: ARG001 Powertools makes the key of it
            action(argument)
            return _Outcome.RAN

        self._perform = cast("Callable[..., _Outcome]", perform)

    def run(self, change: list[str], argument: T, context: LambdaContext) -> bool:
        """Run the action, unless it ran for this change; wait while another invocation is at it.

        Args:
            change: what tells the change from others.
            argument: what the action takes.
            context: the invocation's; a step that it leaves behind may be taken over when its time is up.

        Returns: whether this invocation ran it.

        Raises:
            IdempotencyAlreadyInProgressError: the other one is not done before this one's time is up; Lambda's next
                attempt finds out how it ended.
            IdempotencyPersistenceLayerError: the table cannot be reached.
            Exception: what the action raises; the step then counts as not done.
        """
        CONFIG.register_lambda_context(context)
        while True:
            try:
                return self._perform(argument, change=change) == _Outcome.RAN
            except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError):
                if context.get_remaining_time_in_millis() < _RESERVE_MILLISECONDS:
                    raise
                time.sleep(_POLL_SECONDS)
