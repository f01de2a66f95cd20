"""A value with pipeline variables in it, against a shape of botocore's service model.

Stricter than botocore's own validator, which knows neither unknown members nor enumerations, patterns and upper limits.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

_NUMBERS = {"integer": (int,), "long": (int,), "float": (int, float), "double": (int, float)}


@dataclass(frozen=True)
class Placeholder:
    """A value that is known only when the pipeline runs: "string", "integer", "float", "boolean" or "any"."""

    kind: str


def operation(name: str) -> OperationModel:
    """Return the model of an operation of the SageMaker API."""
    return _service().operation_model(name)


@cache
def _service() -> ServiceModel:
    return botocore.session.get_session().get_service_model("sagemaker")


def mismatches(value: object, shape: Shape, path: str) -> Iterator[str]:
    """Yield what is wrong with `value`, one message each, beginning with the path of what it is about."""
    if isinstance(value, Placeholder):
        yield from _placeholder(value, shape, path)
    elif isinstance(shape, StructureShape):
        yield from _structure(value, shape, path)
    elif isinstance(shape, ListShape):
        yield from _list(value, shape, path)
    elif isinstance(shape, MapShape):
        yield from _map(value, shape, path)
    else:
        yield from _scalar(value, shape, path)


def _placeholder(value: Placeholder, shape: Shape, path: str) -> Iterator[str]:
    kinds = {"string": ("string",), "integer": ("integer", "long", "float", "double"), "float": ("float", "double")}
    fitting = kinds.get(value.kind, (value.kind,))
    if value.kind != "any" and shape.type_name not in fitting:
        yield f"{path}: given a variable of type {value.kind}, expected {shape.type_name}"


def _structure(value: object, shape: StructureShape, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: given {value!r}, expected an object"
        return
    for name in shape.required_members:
        if name not in value:
            yield f"{path}.{name}: missing"
    for name, member in value.items():
        if name in shape.members:
            yield from mismatches(member, shape.members[name], f"{path}.{name}")
        else:
            yield f"{path}.{name}: no such argument"


def _list(value: object, shape: ListShape, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: given {value!r}, expected a list"
        return
    yield from _within(len(value), shape, path, "elements")
    for index, element in enumerate(value):
        yield from mismatches(element, shape.member, f"{path}[{index}]")


def _map(value: object, shape: MapShape, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: given {value!r}, expected an object"
        return
    yield from _within(len(value), shape, path, "entries")
    for name, member in value.items():
        yield from mismatches(name, shape.key, f"{path} key {name!r}")
        yield from mismatches(member, shape.value, f"{path}.{name}")


def _scalar(value: object, shape: Shape, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "boolean":
        if not isinstance(value, bool):
            yield f"{path}: given {value!r}, expected true or false"
    elif kind in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, _NUMBERS[kind]):
            yield f"{path}: given {value!r}, expected {kind}"
        else:
            yield from _within(float(str(value)), shape, path, "")
    elif not isinstance(value, str):
        yield f"{path}: given {value!r}, expected text"
    else:
        yield from _text(value, shape, path)


def _text(value: str, shape: Shape, path: str) -> Iterator[str]:
    metadata: dict[str, Any] = shape.metadata
    yield from _within(len(value), shape, path, "characters")
    if (allowed := metadata.get("enum")) and value not in allowed:
        yield f"{path}: given {value!r}, expected one of {', '.join(allowed)}"
    if (pattern := metadata.get("pattern")) and not _matches(pattern, value):
        yield f"{path}: given {value!r}, expected text that matches {pattern}"


def _matches(pattern: str, value: str) -> bool:
    """Match a pattern; True also where it, written for Java, is none of Python's."""
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return True


def _within(size: float, shape: Shape, path: str, unit: str) -> Iterator[str]:
    metadata: dict[str, Any] = shape.metadata
    if size < metadata.get("min", size):
        yield f"{path}: given {size:g} {unit}".rstrip() + f", expected at least {metadata['min']}"
    if size > metadata.get("max", size):
        yield f"{path}: given {size:g} {unit}".rstrip() + f", expected at most {metadata['max']}"
