"""Checks of a pipeline definition, and the parameters of an execution of it."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from localcloud.http.errors import validation

Definition = dict[str, Any]

VERSION = "2020-12-01"
_STEP_TYPES = frozenset(
    {
        *("Processing", "Training", "Transform", "Tuning", "Model", "RegisterModel", "Condition", "Fail", "Lambda"),
        *(
            "Callback",
            "QualityCheck",
            "ClarifyCheck",
            "EMR",
            "AutoML",
            "EndpointConfig",
            "Endpoint",
            "InferenceComponent",
        ),
    }
)
_PARSERS = {"Integer": int, "Float": float}


def parse(text: str) -> Definition:
    """Reads a pipeline definition and checks its structure.

    Raises:
        AwsError: ValidationException naming what is wrong.
    """
    try:
        definition = json.loads(text)
    except ValueError as error:
        raise validation(f"Invalid pipeline definition: not JSON: {error}") from None
    if not isinstance(definition, dict) or definition.get("Version") != VERSION:
        raise validation(f'Invalid pipeline definition: "Version" must be "{VERSION}".')
    top_level = definition.get("Steps")
    if not isinstance(top_level, list) or not top_level:
        raise validation("Invalid pipeline definition: at least one step is needed.")
    steps = list(_walk(top_level))
    names = [str(step.get("Name", "")) for step in steps]
    for step, name in zip(steps, names, strict=True):
        if step.get("Type") not in _STEP_TYPES:
            raise validation(f"Invalid pipeline definition: step {name!r} has the unknown type {step.get('Type')!r}.")
        if names.count(name) > 1:
            raise validation(f"Invalid pipeline definition: step names must be unique, {name!r} is there twice.")
        if unknown := set(step.get("DependsOn", [])) - set(names):
            raise validation(f"Invalid pipeline definition: step {name!r} depends on unknown steps {sorted(unknown)}.")
    return definition


def _walk(steps: Iterable[Definition]) -> Iterator[Definition]:
    for step in steps:
        yield step
        if step.get("Type") == "Condition":
            arguments = step.get("Arguments", {})
            yield from _walk([*arguments.get("IfSteps", []), *arguments.get("ElseSteps", [])])


def bind(definition: Definition, given: Iterable[dict[str, str]]) -> dict[str, str]:
    """The value, as text, of each parameter of an execution: as given, else its default.

    Raises:
        AwsError: ValidationException for an unknown, missing or ill-typed parameter.
    """
    declared = {parameter["Name"]: parameter for parameter in definition.get("Parameters", [])}
    values = {parameter["Name"]: parameter["Value"] for parameter in given}
    if unknown := sorted(set(values) - set(declared)):
        raise validation(f"Unknown parameters {unknown}; the pipeline declares {sorted(declared)}.")
    bound: dict[str, str] = {}
    for name, parameter in declared.items():
        if name not in values and "DefaultValue" not in parameter:
            raise validation(f"Parameter {name} has no default value and is missing.")
        value = values.get(name, _text(parameter.get("DefaultValue")))
        _check(name, parameter, value)
        bound[name] = value
    return bound


def _check(name: str, parameter: Definition, value: str) -> None:
    kind = parameter.get("Type", "String")
    try:
        typed = _PARSERS.get(kind, str)(value)
    except ValueError:
        raise validation(f"Parameter {name} must be of type {kind}, {value!r} is not.") from None
    if kind == "Boolean" and value not in {"true", "false"}:
        raise validation(f"Parameter {name} must be of type Boolean, {value!r} is not.")
    allowed = parameter.get("EnumValues")
    if allowed and typed not in allowed:
        raise validation(f"Parameter {name} must be one of {allowed}, {value!r} is not.")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
