"""A step's retry policies, as the definition has them."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from localcloud.runners.executions.errors import StepFailedError

SECONDS_A_MINUTE = 60
Result = TypeVar("Result")


def with_retries(
    policies: list[dict[str, Any]], attempt: Callable[[], Result], wait: Callable[[float], object]
) -> Result:
    """The result of the first attempt that doesn't fail for a reason that a policy names.

    Policies are tried in order; `wait` takes seconds. Interval, back-off and limits: "Retry Policy for Pipeline Steps"
    (SageMaker Developer Guide).
    """
    used: dict[int, int] = {}
    began = time.monotonic()
    while True:
        try:
            return attempt()
        except StepFailedError as error:
            index = next((i for i, policy in enumerate(policies) if error.kind in policy["ExceptionType"]), None)
            if index is None:
                raise
            policy, tries = policies[index], used.get(index, 0)
            pause = policy.get("IntervalSeconds", 1) * policy.get("BackoffRate", 2.0) ** tries
            if _exhausted(policy, tries, time.monotonic() - began + pause):
                raise
            used[index] = tries + 1
            wait(pause)


def _exhausted(policy: dict[str, Any], tries: int, seconds: float) -> bool:
    if "MaxAttempts" in policy:
        return tries >= policy["MaxAttempts"]
    return seconds > policy["ExpireAfterMin"] * SECONDS_A_MINUTE
