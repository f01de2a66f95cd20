"""The input properties of aws resource types, read off the installed pulumi_aws SDK."""

from __future__ import annotations

import enum
import importlib
import inspect
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, cast

import pulumi

# How the SDK's own serializer learns the names on the wire; it has no public counterpart.
from pulumi import _types as sdk_types  # pyright: ignore[reportPrivateUsage]

from localcloud.provider.errors import Failure
from localcloud.provider.values import Archive, Asset, Props, Unknown

_SCALARS: Final[Mapping[type, tuple[tuple[type, ...], str]]] = {
    str: ((str,), "a string"),
    bool: ((bool,), "a boolean"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
}


def resource_class(token: str, suffix: str = "") -> type | None:
    """Import the SDK class of a type token, or its `Args` or state class; None where the SDK has no such type."""
    match = re.fullmatch(r"aws:(\w+)/(\w+):(\w+)", token)
    if match is None:
        return None
    module, file, name = match.groups()
    package = {"lambda": "lambda_", "index": ""}.get(module, module)
    path = ".".join(part for part in ("pulumi_aws", package, re.sub(r"(?<!^)([A-Z])", r"_\1", file).lower()) if part)
    try:
        # First the package, by asking for one of its names: it is lazy, and stays empty for everybody else in this
        # process when one of its modules is imported before it.
        if not hasattr(importlib.import_module(path.rpartition(".")[0]), name):
            return None
        module_file = importlib.import_module(path)
    except ImportError:
        return None
    if suffix == "Args":
        # Where a nested type already has the name, the SDK calls the arguments of the resource InitArgs.
        return getattr(module_file, f"{name}InitArgs", None) or getattr(module_file, f"{name}Args", None)
    return getattr(module_file, f"_{name}{suffix}" if suffix else name, None)


def names(cls: type) -> list[str]:
    """Return the property names of an SDK input class."""
    return list(sdk_types.input_type_py_to_pulumi_names(cls).values())


@cache
def _properties(cls: type) -> dict[str, tuple[bool, Any]]:
    required = {
        name
        for name, parameter in inspect.signature(cls.__init__).parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    hints = sdk_types.input_type_types(cls)
    python = sdk_types.input_type_py_to_pulumi_names(cls)
    return {wire: (name in required, hints[wire]) for name, wire in python.items()}


def failures(cls: type, inputs: Props, path: str = "") -> Iterator[Failure]:
    """Yield what the SDK class does not allow: unknown properties, wrong types, missing required ones."""
    known = _properties(cls)
    for name, (required, _) in known.items():
        if required and name not in inputs:
            yield Failure(f"{path}{name}", "is required")
    for name, value in inputs.items():
        if name == "__defaults":
            continue
        if name not in known:
            yield Failure(f"{path}{name}", f"is not a property of {_title(cls)}; known are {', '.join(sorted(known))}")
        else:
            yield from _check(known[name][1], value, f"{path}{name}")


def _check(hint: Any, value: Any, path: str) -> Iterator[Failure]:
    if isinstance(value, Unknown) or value is None or hint is Any:
        return
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        yield from _any_of(_alternatives(hint), value, path)
    elif origin is not None and issubclass(origin, Mapping):
        yield from _mapping(typing.get_args(hint)[1], value, path)
    elif origin is not None and issubclass(origin, Sequence):
        yield from _sequence(typing.get_args(hint)[0], value, path)
    elif isinstance(hint, type):
        yield from _scalar_or_object(hint, value, path)


def _any_of(alternatives: list[Any], value: Any, path: str) -> Iterator[Failure]:
    tried = [list(_check(hint, value, path)) for hint in alternatives]
    if tried and all(tried):
        yield from tried[-1] if isinstance(value, dict) else tried[0]


def _alternatives(hint: Any) -> list[Any]:
    """Return a union's members without the SDK's ways to hand a value over later."""
    out: list[Any] = []
    for member in typing.get_args(hint):
        base = typing.get_origin(member) or member
        if base is type(None) or (isinstance(base, type) and issubclass(base, pulumi.Output | typing.Awaitable)):
            continue
        out.append(member)
    return out


def _mapping(hint: Any, value: Any, path: str) -> Iterator[Failure]:
    if not isinstance(value, dict):
        yield Failure(path, f"expected a map, got {_described(value)}")
        return
    for key, item in cast("dict[str, Any]", value).items():
        yield from _check(hint, item, f"{path}.{key}")


def _sequence(hint: Any, value: Any, path: str) -> Iterator[Failure]:
    if not isinstance(value, list):
        yield Failure(path, f"expected a list, got {_described(value)}")
        return
    for i, item in enumerate(cast("list[Any]", value)):
        yield from _check(hint, item, f"{path}[{i}]")


def _scalar_or_object(hint: type, value: Any, path: str) -> Iterator[Failure]:
    if issubclass(hint, enum.Enum):
        hint = str
    if hint in _SCALARS:
        allowed, title = _SCALARS[hint]
        if not isinstance(value, allowed) or (isinstance(value, bool) and hint is not bool):
            yield Failure(path, f"expected {title}, got {_described(value)}")
    elif issubclass(hint, pulumi.Archive | pulumi.Asset):
        if not isinstance(value, Archive | Asset):
            yield Failure(path, f"expected an archive or asset, got {_described(value)}")
    elif hint.__name__.endswith("Args"):
        if not isinstance(value, dict):
            yield Failure(path, f"expected an object, got {_described(value)}")
        else:
            yield from failures(hint, cast("dict[str, Any]", value), f"{path}.")


def _described(value: Any) -> str:
    return {dict: "an object", list: "a list"}.get(type(value), repr(value))


def _title(cls: type) -> str:
    return cls.__name__.removesuffix("InitArgs").removesuffix("Args")
