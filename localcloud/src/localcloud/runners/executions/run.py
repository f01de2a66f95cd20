"""An execution from its first step to its last: which step runs next, how often it is tried, what is reported.

Steps run one after the other, in the definition's order, each when what it waits for has ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from localcloud.runners.executions.check import problems
from localcloud.runners.executions.definition import (
    BRANCHES,
    Definition,
    ParameterError,
    RetryPolicy,
    Step,
    all_steps,
    dependencies,
    parameter_values,
)
from localcloud.runners.executions.errors import ExecutionError, StepFailedError, StoppedError
from localcloud.runners.executions.protocol import Execution, Outcome, Reporter
from localcloud.runners.executions.steps import STEP_TYPES, Job, Result
from localcloud.runners.executions.stop import Stop
from localcloud.runners.executions.storage import Storage
from localcloud.runners.executions.variables import Variables

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

# What DescribePipelineExecution says, whichever step it was; the step's own reason says more.
STEP_FAILURE = "Step failure: One or multiple steps failed."
_SECONDS_A_MINUTE = 60
R = TypeVar("R")


def run(execution: Execution, s3: S3Client, sagemaker: SageMakerClient, reporter: Reporter, stop: Stop) -> Outcome:
    """Run an execution, and report its steps and its end."""
    try:
        check(execution.definition)
        parameters = parameter_values(execution.definition, execution.parameters)
    except (ExecutionError, ParameterError) as error:
        reporter.end("Failed", str(error))
        return "Failed"
    storage = Storage(s3, execution.region, execution.role_arn)
    variables = Variables(execution, parameters, storage.read)
    schedule = Schedule(execution.definition)
    for step in schedule:
        job = Job(step=step, execution=execution, variables=variables, storage=storage, sagemaker=sagemaker, stop=stop)
        outcome, result = _run_step(job, reporter)
        if outcome != "Succeeded":
            reporter.end(outcome, STEP_FAILURE if outcome == "Failed" else None)
            return outcome
        variables.properties[step["Name"]] = result.properties
        variables.property_files[step["Name"]] = result.property_files
        if result.outcome is not None:
            schedule.take_branch(step, holds=result.outcome)
    reporter.end("Succeeded")
    return "Succeeded"


def check(definition: Definition) -> None:
    """Check that a definition is valid and has nothing in it that can't be run here.

    Raises:
        ExecutionError: All that is wrong with it.
    """
    if invalid := problems(definition, to_run=True):
        raise ExecutionError("\n".join(["The pipeline definition is not valid:", *(f"  - {text}" for text in invalid)]))
    unsupported = [
        f"{step['Name']}: {problem}" for step, _ in all_steps(definition["Steps"]) for problem in _unsupported(step)
    ]
    if unsupported:
        raise ExecutionError("The local runner can't run this pipeline: " + "; ".join(unsupported))


def _unsupported(step: Step) -> list[str]:
    if step["Type"] not in STEP_TYPES:
        return [f"step type {step['Type']!r} is not supported, only {', '.join(STEP_TYPES)}"]
    return list(STEP_TYPES[step["Type"]].unsupported(step))


class Schedule:
    """The steps of an execution that can still run; a condition adds the steps of the branch it takes."""

    def __init__(self, definition: Definition) -> None:
        self._waiting = list(definition["Steps"])
        self._ended: set[str] = set()

    def __iter__(self) -> Iterator[Step]:
        """Yield steps that are ready; a step has ended when the next is asked for.

        A step that waits for one in a branch that was not taken never runs.
        """
        while step := self._next():
            self._waiting.remove(step)
            yield step
            self._ended.add(step["Name"])

    def take_branch(self, condition: Step, *, holds: bool) -> None:
        """Add the steps of a condition's branch, before what follows."""
        branch: list[Step] = condition["Arguments"].get(BRANCHES[0 if holds else 1], [])
        self._waiting = [*branch, *self._waiting]

    def _next(self) -> Step | None:
        return next((step for step in self._waiting if dependencies(step) <= self._ended), None)


def _run_step(job: Job, reporter: Reporter) -> tuple[Outcome, Result]:
    step = job.step
    reporter.step(step, "Starting")

    def attempt() -> Result:
        job.stop.check()
        reporter.step(step, "Executing")
        # A copy has a job name and a container of its own.
        return STEP_TYPES[step["Type"]].run(replace(job))

    try:
        result = with_retries(step.get("RetryPolicies", []), attempt, job.stop.pause)
    except StoppedError:
        reporter.step(step, "Stopped")
        return "Stopped", Result()
    except StepFailedError as error:
        reporter.step(step, "Failed", failure_reason=str(error), metadata=error.metadata)
        return "Failed", Result()
    reporter.step(step, "Succeeded", metadata=result.metadata, message=result.message)
    return "Succeeded", result


def with_retries(policies: Sequence[RetryPolicy], attempt: Callable[[], R], wait: Callable[[float], object]) -> R:
    """Return the result of the first attempt that doesn't fail for a reason that a policy names.

    Policies are tried in order; `wait` takes seconds. Interval, back-off and limits: "Retry Policy for Pipeline Steps"
    (SageMaker Developer Guide).

    Raises:
        StepFailedError: That of the last attempt.
    """
    attempts = [0] * len(policies)
    began = time.monotonic()
    while True:
        try:
            return attempt()
        except StepFailedError as error:
            index = next((i for i, policy in enumerate(policies) if error.kind in policy["ExceptionType"]), None)
            if index is None:
                raise
            policy = policies[index]
            pause = policy.get("IntervalSeconds", 1) * policy.get("BackoffRate", 2.0) ** attempts[index]
            if _is_exhausted(policy, attempts[index], time.monotonic() - began + pause):
                raise
            attempts[index] += 1
            wait(pause)


def _is_exhausted(policy: RetryPolicy, attempts: int, seconds: float) -> bool:
    if "MaxAttempts" in policy:
        return attempts >= policy["MaxAttempts"]
    return seconds > policy.get("ExpireAfterMin", 0) * _SECONDS_A_MINUTE
