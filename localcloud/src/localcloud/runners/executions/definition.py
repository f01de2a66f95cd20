"""A pipeline definition as JSON: its steps, its parameters, and the variables in the arguments of its steps.

A variable is an object of one member: {"Get": "Parameters.Limit"}, {"Std:Join": ...} or {"Std:JsonGet": ...}.
Source: the pipeline definition JSON schema that the SageMaker developer guide's "Pipelines overview" links to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, Required, TypedDict, cast

Value = str | int | float | bool
"""What a parameter can be."""

VERSION = "2020-12-01"
BRANCHES = ("IfSteps", "ElseSteps")
"""The arguments of a condition that hold the steps of its branches: where it holds, and where it does not."""

_PATH_PART = re.compile(r"\.?(?P<member>[A-Za-z0-9_]+)|\[(?:'(?P<key>[^']*)'|(?P<index>\d+))\]")
_PROPERTY_FILE = re.compile(r"PropertyFiles\.(?P<file>[\w-]+)")


class Parameter(TypedDict):
    """A declared parameter."""

    Name: str
    Type: Literal["String", "Integer", "Float", "Boolean"]
    DefaultValue: NotRequired[Value]
    EnumValues: NotRequired[list[Value]]


class RetryPolicy(TypedDict, total=False):
    """When a failed step is tried again; either MaxAttempts or ExpireAfterMin is set."""

    ExceptionType: Required[list[str]]
    IntervalSeconds: float
    BackoffRate: float
    MaxAttempts: int
    ExpireAfterMin: float


class PropertyFile(TypedDict):
    """A JSON file in one of a processing step's outputs."""

    PropertyFileName: str
    OutputName: str
    FilePath: str


class Step(TypedDict):
    """A step; its arguments are a request of the API that it calls, with variables in it."""

    Name: str
    Type: str
    Arguments: dict[str, Any]
    DependsOn: NotRequired[list[str]]
    RetryPolicies: NotRequired[list[RetryPolicy]]
    PropertyFiles: NotRequired[list[PropertyFile]]


class Definition(TypedDict):
    """A definition."""

    Version: str
    Parameters: NotRequired[list[Parameter]]
    Steps: list[Step]


class ParameterError(ValueError):
    """Values that an execution cannot have; the message names all of them."""


def all_steps(steps: list[Step], condition: str | None = None) -> Iterator[tuple[Step, str | None]]:
    """Yield every step, also those in branches, each with the name of the condition whose branch it is in."""
    for step in steps:
        yield step, condition
        for branch in BRANCHES:
            yield from all_steps(step.get("Arguments", {}).get(branch, []), step["Name"])


def own_arguments(step: Step) -> dict[str, Any]:
    """Return a step's arguments without the steps of its branches."""
    return {name: value for name, value in step.get("Arguments", {}).items() if name not in BRANCHES}


def dependencies(step: Step) -> set[str]:
    """Return the names of the steps that have to end before this one starts: DependsOn, and those it refers to."""
    return {*step.get("DependsOn", []), *_referenced_steps(own_arguments(step))}


def _referenced_steps(value: object) -> Iterator[str]:
    if variable_function(value) == "Get":
        reference = Reference.parse(cast("Mapping[str, str]", value)["Get"])
        if reference.root == "Steps":
            yield reference.name
    elif isinstance(value, dict):
        for member in cast("dict[str, object]", value).values():
            yield from _referenced_steps(member)
    elif isinstance(value, list):
        for element in cast("list[object]", value):
            yield from _referenced_steps(element)


def variable_function(value: object) -> str | None:
    """Return the function of a variable ("Get", "Std:Join" ...); None for plain JSON."""
    if isinstance(value, dict) and len(cast("dict[str, object]", value)) == 1:
        (name,) = cast("dict[str, object]", value)
        if name == "Get" or name.startswith("Std:"):
            return name
    return None


@dataclass(frozen=True)
class Reference:
    """What a Get names, e.g. `Parameters.Limit`, `Execution.PipelineName` or `Steps.Train.ModelArtifacts.X`.

    Only that of a step has a path: `ModelArtifacts.X`.
    """

    text: str
    root: str
    name: str
    path: str

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Return the reference of a text."""
        root, _, name = text.partition(".")
        path = ""
        if root == "Steps":
            name, _, path = name.partition(".")
        return cls(text, root, name, path)

    @property
    def property_file(self) -> str | None:
        """The name of a step's property file, where that is what is named."""
        match = _PROPERTY_FILE.fullmatch(self.path) if self.root == "Steps" else None
        return match["file"] if match else None


def path_parts(path: str) -> list[str | int]:
    """Return the parts of a path: "A", "B", "c" and 0 of `A.B['c'][0]`.

    Raises:
        ValueError: The text is no such path.
    """
    parts: list[str | int] = []
    end = 0
    for match in _PATH_PART.finditer(path):
        if match.start() != end:
            break
        end = match.end()
        index = match["index"]
        parts.append(int(index) if index is not None else match["member"] or match["key"])
    if end != len(path) or not parts:
        raise ValueError(f"{path!r} is not a path like A.B['c'][0]")
    return parts


def parameter_values(definition: Definition, texts: Mapping[str, str]) -> dict[str, Value]:
    """Return the value of every declared parameter: that of its text, or its default.

    Raises:
        ParameterError: Parameters are unknown, missing, of another type, or not among the values allowed.
    """
    declared = {parameter["Name"]: parameter for parameter in definition.get("Parameters", [])}
    problems: list[str] = []
    if unknown := sorted(set(texts) - set(declared)):
        problems.append(f"Unknown parameters {unknown}; the pipeline declares {sorted(declared)}.")
    values: dict[str, Value] = {}
    for name, parameter in declared.items():
        try:
            values[name] = _value(parameter, texts.get(name))
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise ParameterError(" ".join(problems))
    return values


def as_text(value: Any) -> str:
    """Return a value as SageMaker writes it in a text: booleans in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(parameter: Parameter, text: str | None) -> Value:
    name = parameter["Name"]
    if text is not None:
        value = _typed(parameter, text)
    elif "DefaultValue" in parameter:
        value = parameter["DefaultValue"]
    else:
        raise ValueError(f"Parameter {name} has no default value and is missing.")
    allowed = parameter.get("EnumValues")
    if allowed and value not in allowed:
        raise ValueError(f"Parameter {name} must be one of {allowed}, {value!r} is not.")
    return value


def _typed(parameter: Parameter, text: str) -> Value:
    try:
        match parameter["Type"]:
            case "Boolean":
                return {"true": True, "false": False}[text.lower()]
            case "Integer":
                return int(text)
            case "Float":
                return float(text)
            case _:
                return text
    except (ValueError, KeyError):
        raise ValueError(
            f"Parameter {parameter['Name']} must be of type {parameter['Type']}, {text!r} is not."
        ) from None
