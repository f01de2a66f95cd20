"""The input properties of aws resource types, read off the installed pulumi_aws SDK."""

from __future__ import annotations

import enum
import importlib
import inspect
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

# How the SDK's own serializer learns the names on the wire; it has no public counterpart.
from pulumi import _types as sdk_types  # pyright: ignore[reportPrivateUsage]

from localcloud.provider.input_types import InputTypes, Kind, KindName, Property

# A boolean is an int to Python: the first that fits.
_SCALARS: Final[Sequence[tuple[type, KindName]]] = (
    (enum.Enum, "string"),
    (str, "string"),
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (pulumi.Archive, "asset"),
    (pulumi.Asset, "asset"),
)


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


def input_types(cls: type) -> InputTypes:
    """Return what an SDK input class takes, with all classes that its properties are made of."""
    objects: dict[str, dict[str, Property]] = {}
    missing = [cls]
    while missing:
        input_class = missing.pop()
        if input_class.__name__ not in objects:
            objects[input_class.__name__] = _properties(input_class, missing)
    return {"root": cls.__name__, "objects": objects}


def _properties(cls: type, nested: list[type]) -> dict[str, Property]:
    """Return the properties of a class; the classes that they are made of are added to `nested`."""
    required = {
        name
        for name, parameter in inspect.signature(cls.__init__).parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    hints = sdk_types.input_type_types(cls)
    python = sdk_types.input_type_py_to_pulumi_names(cls)
    return {wire: {"required": name in required, **_kind(hints[wire], nested)} for name, wire in python.items()}


def _kind(hint: Any, nested: list[type]) -> Kind:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return {"kind": "union", "of": [_kind(member, nested) for member in _alternatives(hint)]}
    if origin is not None and issubclass(origin, Mapping):
        return {"kind": "map", "of": [_kind(typing.get_args(hint)[1], nested)]}
    if origin is not None and issubclass(origin, Sequence):
        return {"kind": "list", "of": [_kind(typing.get_args(hint)[0], nested)]}
    if isinstance(hint, type) and hint.__name__.endswith("Args"):
        nested.append(hint)
        return {"kind": "object", "name": hint.__name__}
    return {"kind": _scalar(hint)}


def _scalar(hint: Any) -> KindName:
    for base, kind in _SCALARS:
        if isinstance(hint, type) and issubclass(hint, base):
            return kind
    return "any"


def _alternatives(hint: Any) -> list[Any]:
    """Return a union's members without the SDK's ways to hand a value over later."""
    out: list[Any] = []
    for member in typing.get_args(hint):
        base = typing.get_origin(member) or member
        if base is type(None) or (isinstance(base, type) and issubclass(base, pulumi.Output | typing.Awaitable)):
            continue
        out.append(member)
    return out
