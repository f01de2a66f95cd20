"""What an aws resource type takes as inputs, as records: read off the SDK once, and kept in the state directory.

To import the SDK's modules for the types of a stack costs more CPU than everything else that the provider does in a
preview.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Literal, NotRequired, TypedDict, cast

from localcloud.layout import default_layout, read_json, write_json
from localcloud.provider.errors import Failure, ProviderError
from localcloud.provider.values import Archive, Asset, Props, Unknown

KindName = Literal["any", "asset", "boolean", "integer", "list", "map", "number", "object", "string", "union"]


class Kind(TypedDict):
    """What a value may be: `of` are a union's members, or what is in a list or map; `name` is an object's class."""

    kind: KindName
    of: NotRequired[list[Kind]]
    name: NotRequired[str]


class Property(Kind):
    """One property of an object."""

    required: bool


class InputTypes(TypedDict):
    """The properties of classes by the names of both, and the class of the resource's own inputs."""

    root: str
    objects: dict[str, dict[str, Property]]


_SCALARS: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "string": ((str,), "a string"),
    "boolean": ((bool,), "a boolean"),
    "integer": ((int,), "a whole number"),
    "number": ((int, float), "a number"),
    "asset": ((Archive, Asset), "an archive or asset"),
}


@cache
def of(token: str) -> InputTypes:
    """Return what a type takes; the SDK is imported where the state directory doesn't have it yet.

    Raises:
        ProviderError: the SDK has no such type.
    """
    folder = default_layout().input_types / _version()
    file = folder / f"{token.replace(':', '-').replace('/', '-')}.json"
    stored = read_json(file)
    if stored:
        return cast("InputTypes", cast("object", stored))
    from localcloud.provider import sdk

    args = sdk.resource_class(token, "Args")
    if args is None:
        raise ProviderError(f"pulumi-aws has no resource type {token}")
    types = sdk.input_types(args)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(file, types)
    return types


@cache
def _version() -> str:
    """Return what the records depend on: the SDK's version, and the code that makes and reads them."""
    digest = hashlib.sha256(metadata.version("pulumi-aws").encode())
    for name in ("input_types.py", "sdk.py"):
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()[:16]


def failures(types: InputTypes, inputs: Props) -> Iterator[Failure]:
    """Yield what a type does not allow: unknown properties, wrong types, missing required ones."""
    yield from _object(types, types["root"], inputs, "")


def _object(types: InputTypes, name: str, inputs: Props, path: str) -> Iterator[Failure]:
    known = types["objects"][name]
    for key, described in known.items():
        if described["required"] and key not in inputs:
            yield Failure(f"{path}{key}", "is required")
    for key, value in inputs.items():
        if key == "__defaults":
            continue
        if key not in known:
            yield Failure(f"{path}{key}", f"is not a property of {_title(name)}; known are {', '.join(sorted(known))}")
        else:
            yield from _check(types, known[key], value, f"{path}{key}")


def _check(types: InputTypes, kind: Kind, value: Any, path: str) -> Iterator[Failure]:
    if isinstance(value, Unknown) or value is None:
        return
    match kind["kind"]:
        case "any":
            return
        case "union":
            yield from _any_of(types, kind.get("of", []), value, path)
        case "map":
            yield from _mapping(types, kind.get("of", []), value, path)
        case "list":
            yield from _sequence(types, kind.get("of", []), value, path)
        case "object":
            if not isinstance(value, dict):
                yield Failure(path, f"expected an object, got {_described(value)}")
            else:
                yield from _object(types, kind.get("name", ""), cast("Props", value), f"{path}.")
        case scalar:
            allowed, title = _SCALARS[scalar]
            if not isinstance(value, allowed) or (isinstance(value, bool) and scalar != "boolean"):
                yield Failure(path, f"expected {title}, got {_described(value)}")


def _any_of(types: InputTypes, members: list[Kind], value: Any, path: str) -> Iterator[Failure]:
    tried = [list(_check(types, member, value, path)) for member in members]
    if tried and all(tried):
        yield from tried[-1] if isinstance(value, dict) else tried[0]


def _mapping(types: InputTypes, inside: list[Kind], value: Any, path: str) -> Iterator[Failure]:
    if not isinstance(value, dict):
        yield Failure(path, f"expected a map, got {_described(value)}")
        return
    for key, item in cast("dict[str, Any]", value).items():
        yield from _check(types, inside[0], item, f"{path}.{key}")


def _sequence(types: InputTypes, inside: list[Kind], value: Any, path: str) -> Iterator[Failure]:
    if not isinstance(value, list):
        yield Failure(path, f"expected a list, got {_described(value)}")
        return
    for i, item in enumerate(cast("list[Any]", value)):
        yield from _check(types, inside[0], item, f"{path}[{i}]")


def _described(value: Any) -> str:
    return {dict: "an object", list: "a list"}.get(type(value), repr(value))


def _title(name: str) -> str:
    return name.removesuffix("InitArgs").removesuffix("Args")
