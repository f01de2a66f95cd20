"""When EventBridge tries again, when it gives up, and what the dead-letter queue learns of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import pytest

from localcloud.services.events.delivery import COMPRESSION, Outcome, deliver
from localcloud.services.events.errors import DeliveryError
from localcloud.services.events.input import payload
from localcloud.services.events.models import RetryPolicy, Rule, Target, event

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import TargetTypeDef


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def failing(times: int, code: str = "THROTTLING") -> Callable[[], None]:
    """A send that fails a number of times."""
    left = [times]

    def send() -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise DeliveryError(code, "slow down")

    return send


def target(**settings: object) -> Target:
    return Target.of(cast("TargetTypeDef", {"Id": "target", "Arn": "arn", **settings}))


def outcome_of(send: Callable[[], None], policy: RetryPolicy, clock: Clock | None = None) -> Outcome:
    clock = clock or Clock()
    return deliver(send, policy, clock.wait, clock, jitter=lambda: 1.0)


def test_a_throttled_target_is_tried_again_with_growing_pauses() -> None:
    clock = Clock()
    outcome = outcome_of(failing(4), RetryPolicy(attempts=10), clock)
    assert outcome.delivered
    assert outcome.retries == 4
    assert [pause * COMPRESSION for pause in clock.pauses] == pytest.approx([1, 2, 4, 8])


def test_retries_end_at_the_maximum_of_the_target() -> None:
    outcome = outcome_of(failing(99), RetryPolicy(attempts=3))
    assert not outcome.delivered
    assert len(outcome.times) == 4
    assert outcome.attributes("rule", "target") == {
        "RULE_ARN": "rule",
        "TARGET_ARN": "target",
        "ERROR_CODE": "THROTTLING",
        "ERROR_MESSAGE": "slow down",
        "RETRY_ATTEMPTS": "3",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
    }


def test_retries_end_when_the_event_is_too_old() -> None:
    clock = Clock()
    outcome = outcome_of(failing(999), RetryPolicy(attempts=185, age=60), clock)
    assert outcome.exhausted == "MaximumEventAgeInSeconds"
    assert clock.now <= 60 / COMPRESSION


@pytest.mark.parametrize("code", ["NO_PERMISSIONS", "NO_RESOURCE", "INVALID_PARAMETER", "SDK_CLIENT_ERROR"])
def test_what_another_attempt_cannot_help_is_given_up_at_once(code: str) -> None:
    clock = Clock()
    outcome = outcome_of(failing(99, code), RetryPolicy(), clock)
    assert clock.pauses == []
    attributes = outcome.attributes("rule", "target")
    assert attributes["RETRY_ATTEMPTS"] == "0"
    assert "EXHAUSTED_RETRY_CONDITION" not in attributes


def test_no_retries_means_one_attempt() -> None:
    outcome = outcome_of(failing(99), RetryPolicy(attempts=0))
    assert (len(outcome.times), outcome.exhausted) == (1, "MaximumRetryAttempts")


def test_a_target_without_a_policy_has_eventbridges_defaults() -> None:
    assert target().retries == RetryPolicy(attempts=185, age=86400)
    policy = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    assert target(RetryPolicy=policy).retries == RetryPolicy(attempts=0, age=60)


DETAIL = {"name": "abalone", "version": 2, "tags": {"a": "b"}}
EVENT = event("aws.sagemaker", "State Change", None, "us-east-1", DETAIL)
RULE = Rule(name="rule", arn="arn:rule", enabled=True)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"Input": '{"fixed": 1}'}, '{"fixed": 1}'),
        ({"InputPath": "$.detail.name"}, '"abalone"'),
        ({"InputPath": "$.detail.missing"}, "null"),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"name": "$.detail.name", "version": "$.detail.version", "tags": "$.detail.tags"},
                    "InputTemplate": '{"text": "version <version> of <name>", "name": <name>, "tags": <tags>, '
                    '"rule": <aws.events.rule-name>}',
                }
            },
            '{"text": "version 2 of abalone", "name": "abalone", "tags": {"a": "b"}, "rule": "rule"}',
        ),
    ],
)
def test_a_target_gets_what_its_input_settings_say(settings: dict[str, object], expected: str) -> None:
    assert payload(EVENT, target(**settings), RULE) == expected
