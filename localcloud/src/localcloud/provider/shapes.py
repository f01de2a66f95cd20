"""Every request against AWS's service model: what botocore checks itself, and what it leaves to AWS.

Limits follow the Smithy traits that botocore's models carry: `min` and `max` limit a number's value, a string's or
blob's length and a list's or map's size; a pattern has to match the whole string, as AWS's own "failed to satisfy
constraint" errors do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, cast

import regex
from botocore.model import ListShape, MapShape, Shape, StructureShape

from localcloud.provider.errors import ProviderError
from localcloud.provider.translate import members
from localcloud.provider.values import Unknown

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "character": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (str, int, float, dt.datetime),
    "structure": (dict,),
    "map": (dict,),
    "list": (list, tuple),
}


class InvalidRequestError(ProviderError):
    """A request that AWS's service model does not allow, stopped before it was sent."""


def check_request(operation: str, shape: Shape | None, params: Mapping[str, Any]) -> None:
    """Check one request.

    Raises:
        InvalidRequestError: All that is wrong with it, by member.
    """
    problems = list(violations(shape, params))
    if problems:
        lines = "".join(f"\n  {path}: {reason}" for path, reason in problems)
        raise InvalidRequestError(f"{operation}: the request does not satisfy AWS's service model:{lines}")


def violations(shape: Shape | None, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (member path, reason) for everything wrong in an operation's parameters; unknown values pass."""
    if shape is None:
        for name in params:
            yield name, "the operation takes no parameters"
        return
    yield from _value(shape, dict(params), "")


def _value(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Unknown):
        return
    wrong = _wrong_type(shape.type_name, value)
    if wrong:
        yield path, wrong
    elif isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _limits(shape, len(value), path, "elements")
        for i, item in enumerate(value):
            yield from _value(shape.member, item, f"{path}[{i}]")
    elif isinstance(shape, MapShape):
        yield from _limits(shape, len(value), path, "entries")
        for key, item in value.items():
            yield from _value(shape.key, key, f"{path} (key)")
            yield from _value(shape.value, item, f"{path}.{key}")
    else:
        yield from _scalar(shape, value, path)


def _wrong_type(kind: str, value: object) -> str:
    allowed = _TYPES.get(kind)
    if allowed is None or (isinstance(value, allowed) and (bool in allowed or not isinstance(value, bool))):
        return ""
    return f"is a {type(value).__name__}, expected {kind}"


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if shape.type_name == "blob":
        if isinstance(value, bytes | bytearray | str):
            yield from _limits(shape, len(value), path, "bytes")
    elif isinstance(value, str):
        yield from _string(shape, value, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _limits(shape, value, path, "")


def _structure(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    if cast(bool, getattr(shape, "is_document_type", False)):
        return
    known = members(shape)
    dot = f"{path}." if path else ""
    for name in shape.required_members:
        # botocore fills idempotency tokens in itself.
        if name not in value and not cast("Mapping[str, Any]", known[name].metadata).get("idempotencyToken"):
            yield f"{dot}{name}", "is required"
    if cast(bool, getattr(shape, "is_tagged_union", False)) and len(value) != 1:
        yield path, f"needs exactly one of {', '.join(known)}; {len(value)} given"
    for name, item in value.items():
        if name not in known:
            yield f"{dot}{name}", f"is not a member; known are {', '.join(sorted(known))}"
        elif item is None:
            yield f"{dot}{name}", "is null"
        else:
            yield from _value(known[name], item, f"{dot}{name}")


def _string(shape: Shape, value: str, path: str) -> Iterator[tuple[str, str]]:
    metadata = cast("Mapping[str, Any]", shape.metadata)
    enum = metadata.get("enum")
    if enum and value not in enum:
        yield path, f"{value!r} is none of {', '.join(enum)}"
    yield from _limits(shape, len(value), path, "characters")
    pattern = metadata.get("pattern")
    compiled = _compile(pattern) if pattern else None
    if compiled is not None and compiled.fullmatch(value) is None:
        yield path, f"{value!r} does not match {pattern}"


def _limits(shape: Shape, size: float | None, path: str, unit: str) -> Iterator[tuple[str, str]]:
    metadata = cast("Mapping[str, Any]", shape.metadata)
    low, high = metadata.get("min"), metadata.get("max")
    given = f"{size:g} {unit}".strip() if size is not None else ""
    if size is not None and low is not None and size < low:
        yield path, f"has {given}, at least {low} expected" if unit else f"is {given}, at least {low} expected"
    if size is not None and high is not None and size > high:
        yield path, f"has {given}, at most {high} expected" if unit else f"is {given}, at most {high} expected"


@cache
def _compile(pattern: str) -> regex.Pattern[str] | None:
    try:
        return regex.compile(pattern)
    except regex.error:
        # A few models carry Java syntax that no Python engine reads; AWS remains the judge of those.
        return None
