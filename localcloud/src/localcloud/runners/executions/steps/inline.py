"""Steps that start no job: a condition, a failure, the registration of a model."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.runners.executions.definition import Step, as_text, own_arguments
from localcloud.runners.executions.errors import StepFailedError, refused_call, shortened
from localcloud.runners.executions.steps.base import Job, Result
from localcloud.runners.executions.variables import Variables

_COMPARISONS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "Equals": ("=", operator.eq),
    "LessThan": ("<", operator.lt),
    "LessThanOrEqualTo": ("<=", operator.le),
    "GreaterThan": (">", operator.gt),
    "GreaterThanOrEqualTo": (">=", operator.ge),
}


def unsupported_condition(step: Step) -> Iterator[str]:
    """Report conditions of an unknown type, at any depth."""
    for condition in step["Arguments"]["Conditions"]:
        yield from _unsupported(condition)


def _unsupported(condition: Mapping[str, Any]) -> Iterator[str]:
    kind = condition["Type"]
    if kind not in {*_COMPARISONS, "In", "Not", "Or"}:
        yield f"condition type {kind!r} is not supported"
    for inner in [condition["Expression"]] if kind == "Not" else condition.get("Conditions", []):
        yield from _unsupported(inner)


def run_condition(job: Job) -> Result:
    """Return whether all conditions of a step hold."""
    explanations: list[str] = []
    # Each is looked at, so that each has its explanation.
    held = [holds(each, job.variables, explanations) for each in job.step["Arguments"]["Conditions"]]
    outcome = all(held)
    return Result(
        properties={"Outcome": outcome},
        metadata={"Condition": {"Outcome": "True" if outcome else "False"}},
        outcome=outcome,
        message="; ".join(explanations),
    )


def holds(condition: Mapping[str, Any], variables: Variables, explanations: list[str]) -> bool:
    """Return whether one condition holds; add the comparisons it made, with their values, to `explanations`.

    Raises:
        StepFailedError: Two values can't be compared.
    """
    kind = condition["Type"]
    if kind == "Not":
        return not holds(condition["Expression"], variables, explanations)
    if kind == "Or":
        held = [holds(each, variables, explanations) for each in condition["Conditions"]]
        return any(held)
    if kind == "In":
        value, allowed = variables.resolve(condition["QueryValue"]), variables.resolve(condition["Values"])
        explanations.append(f"{as_text(value)} in {', '.join(map(as_text, allowed))}")
        return value in allowed
    sign, compare = _COMPARISONS[kind]
    left, right = variables.resolve(condition["LeftValue"]), variables.resolve(condition["RightValue"])
    explanations.append(f"{as_text(left)} {sign} {as_text(right)}")
    try:
        return compare(left, right)
    except TypeError as error:
        raise StepFailedError(f"ClientError: {left!r} and {right!r} can't be compared: {error}") from error


def run_fail(job: Job) -> NoReturn:
    """Fail with the step's message."""
    text = str(job.variables.resolve(own_arguments(job.step).get("ErrorMessage", "")))
    raise StepFailedError(text, metadata={"Fail": {"ErrorMessage": shortened(text)}})


def run_register_model(job: Job) -> Result:
    """Create a model package with the execution role's credentials."""
    arguments = job.arguments()
    try:
        arn = job.sagemaker.create_model_package(**arguments)["ModelPackageArn"]
    except (BotoCoreError, ClientError) as error:
        raise refused_call(error, "Failed to invoke sagemaker:CreateModelPackage. Error Details") from error
    group = arguments.get("ModelPackageGroupName")
    return Result(
        properties={**arguments, "ModelPackageArn": arn, "ModelPackageStatus": "Completed"},
        metadata={"RegisterModel": {"Arn": arn}},
        message=f"version {arn.rpartition('/')[2]} in {group}" if group else None,
    )
