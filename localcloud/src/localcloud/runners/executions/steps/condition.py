"""A condition: compares values, and so decides which branch runs."""

import operator
from collections.abc import Callable, Iterator
from typing import Any

from localcloud.runners.executions.errors import StepFailedError
from localcloud.runners.executions.steps.base import Job, Result
from localcloud.runners.executions.variables import Variables, as_text

_COMPARISONS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "Equals": ("=", operator.eq),
    "LessThan": ("<", operator.lt),
    "LessThanOrEqualTo": ("<=", operator.le),
    "GreaterThan": (">", operator.gt),
    "GreaterThanOrEqualTo": (">=", operator.ge),
}


def unsupported(step: dict[str, Any]) -> Iterator[str]:
    """Conditions of an unknown type, at any depth."""
    for condition in step["Arguments"]["Conditions"]:
        yield from _unknown(condition)


def _unknown(condition: dict[str, Any]) -> Iterator[str]:
    kind = condition["Type"]
    if kind not in (*_COMPARISONS, "In", "Not", "Or"):
        yield f"condition type {kind!r} is not supported"
    inner = [condition["Expression"]] if kind == "Not" else condition.get("Conditions", [])
    for each in inner:
        yield from _unknown(each)


def run(job: Job) -> Result:
    """True where all conditions hold; raises StepFailedError for values that can't be compared."""
    explanations: list[str] = []
    held = [holds(each, job.variables, explanations) for each in job.step["Arguments"]["Conditions"]]
    outcome = all(held)
    return Result(
        properties={"Outcome": outcome},
        metadata={"Condition": {"Outcome": str(outcome)}},
        outcome=outcome,
        message="; ".join(explanations),
    )


def holds(condition: dict[str, Any], variables: Variables, explanations: list[str]) -> bool:
    """Whether one condition holds; adds the comparisons it made, with their values, to `explanations`."""
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
