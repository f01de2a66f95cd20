"""Strict validation of requests against botocore's service models, with the messages of AWS's request validation.

botocore itself checks required members, types and lower bounds only; AWS checks enums, patterns and upper bounds too.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

# Python's `re` has no Unicode categories: each becomes a close set that works inside a character class.
_CATEGORIES = {
    "Alnum": "a-zA-Z0-9",
    "L": r"\w",
    "N": r"\d",
    "Z": r"\s\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
    "M": r"\u0300-\u036f\u20d0-\u20ff",
    "S": r"$+<=>^`|~\u00a2-\u00a9\u00ac\u00ae-\u00b1\u00b4\u20a0-\u20cf\u2100-\u2bff",
    "P": r"!-#%-*,-/:;?@\[-\]_{}\u00a1\u00a7\u00b6\u00b7\u00bf\u2010-\u2027\u2030-\u205e\u3001-\u3011",
}
# What only Java's syntax has: characters beyond 16 bits as two, and an end that may be "repeated".
_JAVA_ONLY = (
    (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"),
    ("${1,128}", "$"),
    ("${1,256}", "$"),
)
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "blob": (str,),
}


def violations(shape: Shape, value: Any, path: str = "") -> list[str]:
    """Every constraint of a shape that a JSON value breaks, in AWS's words; paths in camelCase as AWS prints them."""
    return list(_violations(shape, value, path))


def message(found: list[str]) -> str:
    """The text of one ValidationException for several violations."""
    noun = "validation error" if len(found) == 1 else "validation errors"
    return f"{len(found)} {noun} detected: {'; '.join(found)}"


def with_timestamps(shape: Shape, value: Any) -> Any:
    """The value with its timestamps as datetimes in UTC."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        members = shape.members
        return {key: with_timestamps(members[key], inner) for key, inner in value.items() if key in members}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [with_timestamps(shape.member, inner) for inner in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: with_timestamps(shape.value, inner) for key, inner in value.items()}
    if shape.type_name == "timestamp":
        return datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value, UTC)
    return value


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _container(shape, value, path, list)
        for index, inner in enumerate(value if isinstance(value, list) else [], 1):
            yield from _violations(shape.member, inner, f"{path}.{index}.member")
    elif isinstance(shape, MapShape):
        yield from _container(shape, value, path, dict)
        for key, inner in value.items() if isinstance(value, dict) else ():
            yield from _violations(shape.key, key, f"{path}.{key}")
            yield from _violations(shape.value, inner, f"{path}.{key}")
    else:
        yield from _scalar(shape, value, path)


def _structure(shape: StructureShape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _failed(value, path, "Member must be a structure")
        return
    members = shape.members
    for name in shape.required_members:
        if value.get(name) is None:
            yield _failed(None, _join(path, name), "Member must not be null")
    for name, inner in value.items():
        if name not in members:
            yield _failed(inner, _join(path, name), f"{shape.name} has no member {name}")
        elif inner is not None:
            yield from _violations(members[name], inner, _join(path, name))
    if getattr(shape, "is_tagged_union", False) and len([name for name in value if value[name] is not None]) != 1:
        yield _failed(value, path, "Exactly one member must be set")


def _container(shape: Shape, value: Any, path: str, kind: type) -> Iterator[str]:
    if not isinstance(value, kind):
        yield _failed(value, path, f"Member must be a {'list' if kind is list else 'map'}")
    else:
        yield from _bounds(shape, value, path, len(value), "length")


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[str]:
    expected = _TYPES.get(shape.type_name, (object,))
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected and object not in expected):
        yield _failed(value, path, f"Member must be of type {shape.type_name}")
        return
    if isinstance(shape, StringShape) and isinstance(value, str):
        if shape.enum and value not in shape.enum:
            yield _failed(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
        yield from _bounds(shape, value, path, len(value), "length")
        pattern = shape.metadata.get("pattern")
        compiled = compiled_pattern(pattern) if pattern else None
        if compiled and not compiled.fullmatch(value):
            yield _failed(value, path, f"Member must satisfy regular expression pattern: {pattern}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _bounds(shape, value, path, value, "value")


def _bounds(shape: Shape, value: Any, path: str, measure: float, noun: str) -> Iterator[str]:
    lowest, highest = shape.metadata.get("min"), shape.metadata.get("max")
    if lowest is not None and measure < lowest:
        yield _failed(value, path, f"Member must have {noun} greater than or equal to {lowest}")
    if highest is not None and measure > highest:
        yield _failed(value, path, f"Member must have {noun} less than or equal to {highest}")


def _failed(value: Any, path: str, constraint: str) -> str:
    given = "null" if value is None else f"'{value}'"
    return f"Value {given} at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    camel = name[:1].lower() + name[1:]
    return f"{path}.{camel}" if path else camel


@lru_cache(maxsize=2048)
def compiled_pattern(pattern: str) -> re.Pattern[str] | None:
    """A model's (Java) pattern as a Python one; None where Python cannot express it."""
    for java, python in _JAVA_ONLY:
        pattern = pattern.replace(java, python)
    text = re.sub(r"\\p\{(Alnum|\w)\w?\}", lambda found: _CATEGORIES.get(found[1], ""), pattern)
    try:
        return re.compile(text)
    except re.error:
        return None
