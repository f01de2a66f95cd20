"""Validation of requests against botocore's service models, as strict as AWS's own.

botocore itself checks required members, types and lower bounds only; AWS checks enums, patterns and upper bounds too.
The server validates what it receives and answers in AWS's words (`message`), and so does the check of a pipeline's
steps, whose arguments are requests with variables in them. The Pulumi provider validates what it is about to send,
which may hold values that are not known yet, and puts a `Violation` into words of its own.

Limits follow the Smithy traits that the models carry: `min` and `max` limit a number's value, a string's or blob's
length and a list's or map's size; a pattern has to match the whole string.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

import regex
from botocore.model import ListShape, MapShape, Shape, StructureShape

Rule = Literal["required", "null", "unknown member", "one member", "type", "enum", "min", "max", "pattern"]

# What only Java's syntax has: characters beyond 16 bits as two.
_JAVA_SURROGATES = r"\uD800\uDC00-\uDBFF\uDFFF"
_TYPES: Mapping[str, tuple[type, ...]] = {
    "structure": (dict,),
    "list": (list, tuple),
    "map": (dict,),
    "string": (str,),
    "character": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str, datetime),
    # In JSON a blob is base64 text.
    "blob": (bytes, bytearray, str),
}
_AWS_WORDS: Mapping[Rule, str] = {
    "required": "Member must not be null",
    "null": "Member must not be null",
    "unknown member": "{structure} has no member {member}",
    "one member": "Exactly one member must be set",
    "type": "Member must be {kind}",
    "enum": "Member must satisfy enum value set: [{limit}]",
    "min": "Member must have {measure} greater than or equal to {limit}",
    "max": "Member must have {measure} less than or equal to {limit}",
    "pattern": "Member must satisfy regular expression pattern: {limit}",
}


@dataclass(frozen=True)
class Entry:
    """A step into a map: to the value of an entry or, with `to_key`, to its key."""

    key: str
    to_key: bool = False


Step = str | int | Entry
"""A structure's member, an index of a list, counted from 0, or a map's entry."""


@dataclass(frozen=True)
class Violation:
    """One broken constraint.

    `shape` is that of `value`; for an unknown member that of the structure, for a missing one the member's own.
    """

    rule: Rule
    path: tuple[Step, ...]
    shape: Shape
    value: Any

    @property
    def limit(self) -> Any:
        """The bound, enum or pattern that the value breaks."""
        return self.shape.metadata.get(self.rule)


@dataclass(frozen=True)
class Variable:
    """A value that is not known yet, but is to be of one of these types of shapes; of any where none is given."""

    text: str
    types: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.text


def violations(
    shape: Shape, value: Any, *, before_sending: bool = False, unknown: tuple[type, ...] = ()
) -> list[Violation]:
    """Return every constraint of a shape that a value breaks.

    Args:
        shape: An operation's input shape, or a part of it.
        value: Members by name, as botocore takes them or as parsed from JSON; a `Variable` breaks nothing but a type.
        before_sending: Refuse null, which botocore does not send, and let idempotency tokens be missing, which it adds.
        unknown: Types of placeholders for values that are not known yet; they break nothing.
    """
    return list(_Validation(before_sending, unknown).value(shape, value, ()))


def message(violations: Sequence[Violation]) -> str:
    """Return the text of one ValidationException, in AWS's words, with paths in camelCase as AWS prints them."""
    title = "validation error" if len(violations) == 1 else "validation errors"
    return f"{len(violations)} {title} detected: {'; '.join(_in_aws_words(violation) for violation in violations)}"


def with_timestamps(shape: Shape, value: Any) -> Any:
    """Return the value with its timestamps as datetimes in UTC."""
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


@lru_cache(maxsize=2048)
def compiled_pattern(pattern: str) -> "regex.Pattern[str] | None":
    """Return a model's (Java) pattern as a Python one; None where Python cannot express it."""
    try:
        return regex.compile(pattern.replace(_JAVA_SURROGATES, r"\U00010000-\U0010FFFF"))
    except regex.error:
        return None


@dataclass(frozen=True)
class _Validation:
    before_sending: bool
    unknown: tuple[type, ...]

    def value(self, shape: Shape, value: Any, path: tuple[Step, ...]) -> Iterator[Violation]:
        if isinstance(value, self.unknown):
            return
        if isinstance(value, Variable):
            if value.types and shape.type_name not in value.types:
                yield Violation("type", path, shape, value)
        elif not _has_type(shape.type_name, value):
            yield Violation("type", path, shape, value)
        elif isinstance(shape, StructureShape):
            yield from self._structure(shape, value, path)
        elif isinstance(shape, ListShape):
            yield from _bounds(shape, value, path, len(value))
            for index, item in enumerate(value):
                yield from self.value(shape.member, item, (*path, index))
        elif isinstance(shape, MapShape):
            yield from _bounds(shape, value, path, len(value))
            for key, item in value.items():
                yield from self.value(shape.key, key, (*path, Entry(key, to_key=True)))
                yield from self.value(shape.value, item, (*path, Entry(key)))
        else:
            yield from _scalar(shape, value, path)

    def _structure(
        self, shape: StructureShape, value: Mapping[str, Any], path: tuple[Step, ...]
    ) -> Iterator[Violation]:
        if shape.is_document_type:
            return
        for name in shape.required_members:
            member = shape.members[name]
            missing = name not in value if self.before_sending else value.get(name) is None
            if missing and not (self.before_sending and "idempotencyToken" in member.metadata):
                yield Violation("required", (*path, name), member, None)
        for name, inner in value.items():
            if name not in shape.members:
                yield Violation("unknown member", (*path, name), shape, inner)
            elif inner is not None:
                yield from self.value(shape.members[name], inner, (*path, name))
            elif self.before_sending:
                yield Violation("null", (*path, name), shape.members[name], None)
        if shape.is_tagged_union and len([name for name in value if value[name] is not None]) != 1:
            yield Violation("one member", path, shape, value)


def _has_type(name: str, value: object) -> bool:
    # To Python a bool is an int, too.
    return isinstance(value, _TYPES.get(name, (object,))) and (name == "boolean" or not isinstance(value, bool))


def _scalar(shape: Shape, value: Any, path: tuple[Step, ...]) -> Iterator[Violation]:
    if shape.type_name == "blob":
        if not isinstance(value, str):
            yield from _bounds(shape, value, path, len(value))
    elif isinstance(value, str):
        enum, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
        if enum and value not in enum:
            yield Violation("enum", path, shape, value)
        yield from _bounds(shape, value, path, len(value))
        compiled = compiled_pattern(pattern) if pattern else None
        if compiled and not compiled.fullmatch(value):
            yield Violation("pattern", path, shape, value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _bounds(shape, value, path, value)


def _bounds(shape: Shape, value: Any, path: tuple[Step, ...], measure: float) -> Iterator[Violation]:
    lowest, highest = shape.metadata.get("min"), shape.metadata.get("max")
    if lowest is not None and measure < lowest:
        yield Violation("min", path, shape, value)
    if highest is not None and measure > highest:
        yield Violation("max", path, shape, value)


def _in_aws_words(violation: Violation) -> str:
    value = "null" if violation.value is None else f"'{violation.value}'"
    path = ".".join(_in_aws_notation(step) for step in violation.path)
    return f"Value {value} at '{path}' failed to satisfy constraint: {_constraint(violation)}"


def _in_aws_notation(step: Step) -> str:
    if isinstance(step, int):
        return f"{step + 1}.member"
    return step.key if isinstance(step, Entry) else step[:1].lower() + step[1:]


def _constraint(violation: Violation) -> str:
    shape, limit = violation.shape, violation.limit
    kind = f"a {shape.type_name}" if shape.type_name in {"structure", "list", "map"} else f"of type {shape.type_name}"
    return _AWS_WORDS[violation.rule].format(
        limit=", ".join(limit) if violation.rule == "enum" else limit,
        kind=kind,
        measure="value" if shape.type_name in {"integer", "long", "float", "double"} else "length",
        structure=shape.name,
        member=violation.path[-1] if violation.path else "",
    )
