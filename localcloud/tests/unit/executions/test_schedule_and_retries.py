import pytest

from localcloud.runners.executions.definition import RetryPolicy, Step
from localcloud.runners.executions.errors import StepFailedError
from localcloud.runners.executions.run import Schedule, with_retries

from .definitions import condition, fail


def order(steps: list[Step], *, outcome: bool = True) -> list[str]:
    schedule = Schedule({"Version": "2020-12-01", "Steps": steps})
    names: list[str] = []
    for step in schedule:
        names.append(step["Name"])
        if step["Type"] == "Condition":
            schedule.take_branch(step, holds=outcome)
    return names


def step(name: str, *after: str, uses: str = "") -> Step:
    plain = fail(name, {"Get": f"Steps.{uses}.Outcome"} if uses else "text")
    return {**plain, "DependsOn": list(after)} if after else plain


def test_steps_run_in_the_definitions_order_unless_they_wait_for_each_other():
    assert order([step("c"), step("a"), step("b")]) == ["c", "a", "b"]
    assert order([step("c", "b"), step("b", "a"), step("a")]) == ["a", "b", "c"]
    assert order([step("c", uses="a"), step("a")]) == ["a", "c"]


def test_only_the_branch_that_is_taken_runs_and_before_what_follows():
    steps = [condition("check", yes=[step("yes")], no=[step("no")]), step("after", "check")]
    assert order(steps) == ["check", "yes", "after"]
    assert order(steps, outcome=False) == ["check", "no", "after"]


def test_a_step_that_waits_for_the_other_branch_never_runs():
    steps = [condition("check", yes=[step("yes")], no=[step("no")]), step("after", "no")]
    assert order(steps) == ["check", "yes"]


THROTTLED: RetryPolicy = {
    "ExceptionType": ["Step.THROTTLING"],
    "IntervalSeconds": 10,
    "BackoffRate": 2.0,
    "MaxAttempts": 2,
}


class Flaky:
    """Fails as often as told, for the given reason, and counts the attempts."""

    def __init__(self, failures: int, kind: str | None) -> None:
        self.left, self.kind, self.attempts = failures, kind, 0

    def __call__(self) -> str:
        self.attempts += 1
        if self.attempts <= self.left:
            raise StepFailedError("no", self.kind)
        return "done"


def test_a_named_failure_is_tried_again_with_growing_pauses():
    pauses: list[float] = []
    assert with_retries([THROTTLED], Flaky(2, "Step.THROTTLING"), pauses.append) == "done"
    assert pauses == [10, 20]


@pytest.mark.parametrize(
    ("failures", "kind", "attempts"),
    [(3, "Step.THROTTLING", 3), (1, "Step.SERVICE_FAULT", 1), (1, None, 1)],
    ids=["once too often", "for another reason", "for no reason that a policy can name"],
)
def test_a_failure_is_not_tried_again(failures: int, kind: str | None, attempts: int):
    flaky = Flaky(failures, kind)
    with pytest.raises(StepFailedError):
        with_retries([THROTTLED], flaky, lambda _seconds: None)
    assert flaky.attempts == attempts


def test_a_policy_with_a_deadline_ends_before_the_pause_that_would_pass_it():
    policy: RetryPolicy = {
        "ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 40, "BackoffRate": 2.0, "ExpireAfterMin": 1
    }  # fmt: skip
    pauses: list[float] = []
    with pytest.raises(StepFailedError):
        with_retries([policy], Flaky(9, "Step.THROTTLING"), pauses.append)
    assert pauses == [40]
