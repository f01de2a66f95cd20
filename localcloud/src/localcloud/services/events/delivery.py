"""How often and how long EventBridge tries to deliver an event, and what it says when it gives up.

Sources: EventBridge user guide, "How EventBridge retries delivering events" and "Using dead-letter queues to process
undelivered events".
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from localcloud.services.events.errors import DeliveryError
from localcloud.services.events.models import RetryPolicy

COMPRESSION = 60
"""One minute of EventBridge's waiting is one second here: back-off and maximum event age alike."""

_FIRST_WAIT = 1.0
_LONGEST_WAIT = 600.0


@dataclass
class Outcome:
    """What became of one event at one target; `times` are the attempts', in seconds since the first."""

    delivered: bool = False
    retries: int = 0
    error: DeliveryError | None = None
    exhausted: str | None = None
    times: list[float] = field(default_factory=list[float])

    def attributes(self, rule_arn: str, target_arn: str) -> dict[str, str]:
        """Return the message attributes of the event in the dead-letter queue."""
        if self.error is None:
            return {}
        attributes = {
            "RULE_ARN": rule_arn,
            "TARGET_ARN": target_arn,
            "ERROR_CODE": self.error.code,
            "ERROR_MESSAGE": self.error.message,
            "RETRY_ATTEMPTS": str(self.retries),
        }
        return attributes | ({"EXHAUSTED_RETRY_CONDITION": self.exhausted} if self.exhausted else {})


def deliver(
    send: Callable[[], None],
    policy: RetryPolicy,
    wait: Callable[[float], object],
    clock: Callable[[], float],
    jitter: Callable[[], float] = random.random,
) -> Outcome:
    """Send until it works, cannot work, or the policy is exhausted.

    Args:
        send: one attempt; raises DeliveryError.
        policy: the target's policy.
        wait: waits a number of seconds.
        clock: seconds of a monotonic clock.
        jitter: a number between 0 and 1.
    """
    outcome, started = Outcome(), clock()
    while True:
        outcome.times.append(clock() - started)
        try:
            send()
        except DeliveryError as error:
            outcome.error = error
        else:
            outcome.delivered, outcome.error = True, None
            return outcome
        if not outcome.error.retried:
            return outcome
        if outcome.retries >= policy.attempts:
            outcome.exhausted = "MaximumRetryAttempts"
            return outcome
        pause = min(_FIRST_WAIT * 2.0**outcome.retries, _LONGEST_WAIT) * (0.5 + jitter() / 2) / COMPRESSION
        if clock() - started + pause > policy.age / COMPRESSION:
            outcome.exhausted = "MaximumEventAgeInSeconds"
            return outcome
        wait(pause)
        outcome.retries += 1
