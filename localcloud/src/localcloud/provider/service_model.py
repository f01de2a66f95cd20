"""Properties to and from AWS's service models, once for every resource type, and what a request may not say.

A property `deadLetterConfig.arn` is the member `DeadLetterConfig.Arn`: names are matched without regard to case, and a
field lists the exceptions.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

from localcloud.http.shapes import Entry, Rule, Step, Violation, violations
from localcloud.provider.errors import ProviderError
from localcloud.provider.fields import Field
from localcloud.provider.values import UNKNOWN, Props, Unknown, is_empty, number

ITEM: Final = "[]"
"""The step of a path into the first item of a list."""


class TranslationError(ProviderError):
    """A property that has no counterpart in AWS's request."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class InvalidRequestError(ProviderError):
    """A request that AWS's service model does not allow, stopped before it was sent."""


@dataclass(frozen=True)
class Member:
    """A member of a shape: the steps to it, and its own shape; `is_text` for one of a map of strings."""

    steps: tuple[str, ...]
    shape: Shape
    is_text: bool = False


def find_member(shape: Shape, path: str, inside: str = "") -> Member | None:
    """Find a member by its dotted path, below the structure `inside` if that has it, else at the top."""
    below = _walk(shape, f"{inside}.{path}") if inside else None
    return below or _walk(shape, path)


def _walk(shape: Shape, path: str) -> Member | None:
    steps: list[str] = []
    is_text = False
    for step in path.split("."):
        if step == ITEM and isinstance(shape, ListShape):
            name, shape = ITEM, shape.member
        elif isinstance(shape, MapShape):
            name, shape, is_text = step, shape.value, True
        else:
            name = _match(shape, step) if isinstance(shape, StructureShape) else None
            if name is None:
                return None
            shape = members(shape)[name]
        steps.append(name)
    return Member(tuple(steps), shape, is_text)


def members(shape: Shape) -> Mapping[str, Shape]:
    """Return a structure's members by name."""
    return cast("Mapping[str, Shape]", cast(StructureShape, shape).members)


def build(shape: Shape, fields: Mapping[str, Field], inputs: Props, inside: str = "") -> dict[str, Any]:
    """Translate the inputs that are members of the operation's input shape; the others are left out."""
    params: dict[str, Any] = {}
    for name, value in inputs.items():
        spec = fields.get(name)
        member = find_member(shape, spec.to or name, inside) if spec and value is not None else None
        if spec and member:
            translated = _to_text(value) if member.is_text else to_shape(member.shape, value, spec.renames, name)
            _put(params, member.steps, translated)
    return params


def parse(shape: Shape, fields: Mapping[str, Field], record: Mapping[str, Any], inside: str = "") -> Props:
    """Translate the members of a response, or of a part of it, that stand for fields."""
    props: Props = {}
    for name, spec in fields.items():
        member = find_member(shape, spec.at or spec.to or name, inside)
        value = at(record, member.steps) if member else None
        if not member or value is None or (member.is_text and value == ""):
            continue
        if member.is_text:
            props[name] = _from_text(spec, value)
        elif spec.is_document and isinstance(value, Mapping):
            # botocore decodes the documents of IAM's responses.
            props[name] = json.dumps(value)
        else:
            props[name] = from_shape(member.shape, value, spec.renames)
    return props


def at(record: Any, steps: tuple[str, ...]) -> Any:
    """Return what is under a path of members, None where there is nothing."""
    for step in steps:
        if record is None:
            return None
        record = (record[0] if record else None) if step == ITEM else record.get(step)
    return record


def _put(params: dict[str, Any], steps: tuple[str, ...], value: Any) -> None:
    node: Any = params
    for step, following in pairwise(steps):
        node = node[0] if step == ITEM else node.setdefault(step, [{}] if following == ITEM else {})
    node[0 if steps[-1] == ITEM else steps[-1]] = value


def _to_text(value: Any) -> Any:
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _from_text(spec: Field, text: str) -> Any:
    if isinstance(spec.default, bool):
        return text.lower() == "true"
    return int(text) if isinstance(spec.default, int) or spec.low is not None else text


def to_shape(shape: Shape, value: Any, renames: Mapping[str, str], path: str) -> Any:
    """Translate one value into what botocore takes for the shape.

    Raises:
        TranslationError: A nested property that the shape does not have.
    """
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return _to_structure(shape, cast("Mapping[str, Any]", value), renames, path)
    if isinstance(shape, ListShape) and isinstance(value, Mapping) and _is_tag_list(shape):
        key, val = _tag_members(shape)
        return [{key: name, val: tag} for name, tag in sorted(cast("Mapping[str, Any]", value).items())]
    if isinstance(shape, ListShape) and isinstance(value, list):
        items = cast("list[Any]", value)
        return [to_shape(shape.member, item, renames, f"{path}[{i}]") for i, item in enumerate(items)]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        pairs = cast("Mapping[str, Any]", value).items()
        return {key: to_shape(shape.value, item, renames, f"{path}.{key}") for key, item in pairs}
    return number(value) if isinstance(value, float) else value


def from_shape(shape: Shape, value: Any, renames: Mapping[str, str] | None = None) -> Any:
    """Translate one value of a response into a property; what is empty is left out."""
    if isinstance(shape, StructureShape):
        names = {member: name for name, member in (renames or {}).items()}
        pairs = ((names.get(k, camel(k)), from_shape(members(shape)[k], v, renames)) for k, v in value.items())
        return {name: item for name, item in pairs if not is_empty(item)}
    if isinstance(shape, ListShape):
        if _is_tag_list(shape):
            key, val = _tag_members(shape)
            return {tag[key]: tag.get(val, "") for tag in value}
        return [from_shape(shape.member, item, renames) for item in value]
    if isinstance(shape, MapShape):
        return {key: from_shape(shape.value, item, renames) for key, item in value.items()}
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def camel(member: str) -> str:
    """Return the property name of a member: `KMSMasterKeyID` is kmsMasterKeyID, `Arn` is arn."""
    for i, char in enumerate(member):
        if not char.isupper():
            keep = i if i <= 1 else i - 1
            return member[:keep].lower() + member[keep:]
    return member.lower()


def _to_structure(shape: Shape, value: Mapping[str, Any], renames: Mapping[str, str], path: str) -> dict[str, Any]:
    structure: dict[str, Any] = {}
    for name, item in value.items():
        member = _match(shape, renames.get(name, name))
        if member is None:
            known = ", ".join(sorted(camel(m) for m in members(shape)))
            raise TranslationError(f"{path}.{name}", f"not supported by the local stand-in; it knows {known}")
        if item is not None:
            structure[member] = to_shape(members(shape)[member], item, renames, f"{path}.{name}")
    return structure


def _match(shape: Shape, name: str) -> str | None:
    if name in members(shape):
        return name
    folded = name.lower()
    return next((member for member in members(shape) if member.lower() == folded), None)


def _is_tag_list(shape: ListShape) -> bool:
    member = shape.member
    return isinstance(member, StructureShape) and {m.lower() for m in members(member)} in (
        {"key", "value"},
        {"tagkey", "tagvalue"},
    )


def _tag_members(shape: ListShape) -> tuple[str, str]:
    names = sorted(members(shape.member), key=lambda name: name.lower().endswith("value"))
    return names[0], names[1]


def check_request(operation: str, shape: Shape | None, params: Mapping[str, Any]) -> None:
    """Check one request.

    Raises:
        InvalidRequestError: All that is wrong with it, by member.
    """
    lines = "".join(f"\n  {path}: {reason}" for path, reason in problems(shape, params))
    if lines:
        raise InvalidRequestError(f"{operation}: the request does not satisfy AWS's service model:{lines}")


def problems(shape: Shape | None, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (member path, reason) for everything wrong in an operation's parameters; unknown values pass."""
    if shape is None:
        yield from ((name, "the operation takes no parameters") for name in params)
        return
    for violation in violations(shape, dict(params), before_sending=True, unknown=(Unknown,)):
        yield "".join(map(_notation, violation.path)).removeprefix("."), _reason(violation)


_REASONS: Final[Mapping[Rule, str]] = {
    "required": "is required",
    "null": "is null",
    "unknown member": "is not a member; known are {members}",
    "one member": "needs exactly one of {members}; {number} given",
    "type": "is a {type}, expected {expected}",
    "enum": "{value} is none of {limit}",
    "min": "{size}, at least {limit} expected",
    "max": "{size}, at most {limit} expected",
    "pattern": "{value} does not match {limit}",
}
_UNITS: Final = {"list": "elements", "map": "entries", "string": "characters", "blob": "bytes"}


def _reason(violation: Violation) -> str:
    shape, value, limit = violation.shape, violation.value, violation.limit
    unit = _UNITS.get(shape.type_name)
    return _REASONS[violation.rule].format(
        limit=", ".join(limit) if violation.rule == "enum" else limit,
        members=", ".join(sorted(getattr(shape, "members", {}))),
        value=repr(value),
        type=type(value).__name__,
        expected=shape.type_name,
        number=len(value) if isinstance(value, Sized) else 0,
        size=f"has {len(value)} {unit}" if unit and isinstance(value, Sized) else f"is {value}",
    )


def _notation(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if isinstance(step, Entry):
        return " (key)" if step.to_key else f".{step.key}"
    return f".{step}"
