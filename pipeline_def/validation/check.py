"""All checks of a definition, and the one error that reports them together."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pipeline_def.validation.references import References
from pipeline_def.validation.shapes import mismatches, operation
from pipeline_def.validation.steps import APIS, Step, all_steps, arguments_without_branches, dependencies

_PYTHON_TYPES = {"String": str, "Integer": int, "Float": (int, float), "Boolean": bool}


class InvalidDefinitionError(ValueError):
    """SageMaker would refuse the definition; the message lists everything that is wrong with it."""


def require_valid(definition: dict[str, Any]) -> None:
    """Raise InvalidDefinitionError unless `check` finds nothing."""
    if problems := check(definition):
        raise InvalidDefinitionError(
            "\n".join(["The pipeline definition is not valid:", *(f"  - {p}" for p in problems)])
        )


def check(definition: dict[str, Any]) -> list[str]:
    """Say what is wrong with the definition, one message each; an empty list means valid."""
    listed = list(all_steps(definition.get("Steps", [])))
    if not listed:
        return ["Steps: a definition needs at least one step"]
    steps = {step["Name"]: step for step, _ in listed}
    repeated = [name for name, count in Counter(step["Name"] for step, _ in listed).items() if count > 1]
    parameters: list[dict[str, Any]] = definition.get("Parameters", [])
    references = References(parameters, steps)
    problems = [f"{name}: more than one step has this name" for name in repeated]
    problems += [problem for parameter in parameters for problem in _parameter(parameter)]
    for step in steps.values():
        arguments = references.resolve(arguments_without_branches(step), step["Name"])
        problems += _arguments(step, arguments)
        problems += _retries(step)
        problems += [
            f"{step['Name']}: waits for {name}, which is not in this definition"
            for name in dependencies(step) - set(steps)
        ]
    waits = {
        step["Name"]: dependencies(step) | ({condition} if condition else set[str]()) for step, condition in listed
    }
    return problems + references.problems + list(_cycles(waits))


def _parameter(parameter: dict[str, Any]) -> Iterator[str]:
    name, kind = parameter["Name"], parameter.get("Type")
    if kind not in _PYTHON_TYPES:
        yield f"parameter {name}: given type {kind!r}, expected one of {', '.join(_PYTHON_TYPES)}"
        return
    if "DefaultValue" not in parameter:
        return
    default = parameter["DefaultValue"]
    if not isinstance(default, _PYTHON_TYPES[kind]) or (isinstance(default, bool) and kind != "Boolean"):
        yield f"parameter {name}: given default {default!r}, expected {kind}"
    if "EnumValues" in parameter and default not in parameter["EnumValues"]:
        allowed = ", ".join(map(str, parameter["EnumValues"]))
        yield f"parameter {name}: given default {default!r}, expected one of {allowed}"


def _arguments(step: Step, arguments: dict[str, Any]) -> Iterator[str]:
    name = step["Name"]
    if step["Type"] not in APIS:
        return
    api = APIS[step["Type"]]
    shape = operation(api.create).input_shape
    if shape is not None:
        for problem in mismatches(arguments, shape, name):
            if problem != f"{name}.{api.name_member}: missing":
                yield problem


def _retries(step: Step) -> Iterator[str]:
    for policy in step.get("RetryPolicies", []):
        if ("MaxAttempts" in policy) == ("ExpireAfterMin" in policy):
            yield f"{step['Name']}: a retry policy needs either MaxAttempts or ExpireAfterMin"


def _cycles(waits: dict[str, set[str]]) -> Iterator[str]:
    """Yield one message where steps wait for each other; steps that can run are taken away until none is left."""
    left = {name: {other for other in others if other in waits} for name, others in waits.items()}
    while ready := [name for name, others in left.items() if not others & left.keys()]:
        for name in ready:
            del left[name]
    if left:
        yield f"{', '.join(left)}: these steps wait for each other"
