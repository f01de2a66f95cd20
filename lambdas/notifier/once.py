"""Steps that happen once for each change, however often its event is delivered.

Powertools for AWS Lambda, "Idempotency": a record in DynamoDB is in progress while a step runs, completed when it did,
and gone when it failed. Publishing and recording are steps of their own, so that a failed recording is repeated without
another message. What remains is the moment between SNS's answer and the completed record: an execution environment that
dies right there leads to a second message, since SNS standard topics cannot tell duplicates apart, and losing a message
would be worse.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
)

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb import DynamoDBClient

# EventBridge delivers for 24 hours and Lambda tries for another 6 (their user guides, "Retry policy" and "Asynchronous
# invocation"), and a dead-letter queue keeps an event for at most 14 days before somebody sends it again.
REMEMBERED_SECONDS = (14 + 2) * 24 * 3600
_POLL_SECONDS = 0.25
# What has to be left of the invocation to take over a step whose first runner failed.
_RESERVE_MILLISECONDS = 12_000


@dataclass(frozen=True)
class Outcome:
    """Whether this invocation ran the step, or an earlier or concurrent one did."""

    ran: bool


class Once:
    """Runs steps at most once for each change."""

    def __init__(self, table: str, client: DynamoDBClient) -> None:
        self._table = table
        self._client = client

    def run(self, step: str, identity: Sequence[str], action: Callable[[], None], context: LambdaContext) -> Outcome:
        """Runs the action, unless it ran for this change; waits while another invocation is at it.

        Raises:
            IdempotencyAlreadyInProgressError: the other one is not done before this one's time is up; Lambda's next
                attempt finds out how it ended.
            IdempotencyPersistenceLayerError: the table cannot be reached.
            Exception: what the action raises; the step then counts as not done.
        """
        ran = False

        def perform(*, change: list[str]) -> str:
            nonlocal ran
            action()
            ran = True
            return "/".join(change)

        config = IdempotencyConfig(
            expires_after_seconds=REMEMBERED_SECONDS, hash_function="sha256", lambda_context=context
        )
        guarded = idempotent_function(
            perform,
            data_keyword_argument="change",
            persistence_store=DynamoDBPersistenceLayer(table_name=self._table, boto3_client=self._client),
            config=config,
            # Without a prefix the key would hold the names of this module and function, and change with them.
            key_prefix=step,
        )
        while True:
            try:
                guarded(change=list(identity))
            except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError):
                if context.get_remaining_time_in_millis() < _RESERVE_MILLISECONDS:
                    raise
                time.sleep(_POLL_SECONDS)
            else:
                return Outcome(ran=ran)
