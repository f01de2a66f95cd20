"""Property names and values to and from the shapes of AWS's service models, once for every resource type.

A property `deadLetterConfig.arn` is the member `DeadLetterConfig.Arn`: names are matched without regard to case, and a
field lists the exceptions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

from localcloud.provider.errors import ProviderError
from localcloud.provider.handler import Field
from localcloud.provider.values import Props, is_empty, number


class TranslationError(ProviderError):
    """A property that has no counterpart in AWS's request."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


def members(shape: Shape) -> Mapping[str, Shape]:
    """Give a structure's members by name."""
    return cast("Mapping[str, Shape]", cast(StructureShape, shape).members)


def build(shape: Shape, fields: Mapping[str, Field], inputs: Props) -> dict[str, Any]:
    """Translate the inputs that are members of the operation's input shape; the others are left out."""
    params: dict[str, Any] = {}
    for name, value in inputs.items():
        if name not in fields or value is None:
            continue
        member = _match(members(shape), fields[name].to or name)
        if member:
            params[member] = to_shape(members(shape)[member], value, fields[name].renames, name)
    return params


def parse(shape: Shape, fields: Mapping[str, Field], response: Mapping[str, Any]) -> Props:
    """Translate the members of a response that stand for fields."""
    props: Props = {}
    for name, spec in fields.items():
        member = _match(members(shape), spec.to or name)
        if member and member in response:
            props[name] = from_shape(members(shape)[member], response[member], spec.renames)
    return props


def to_shape(shape: Shape, value: Any, renames: Mapping[str, str], path: str) -> Any:
    """Translate one value into what botocore takes for the shape.

    Raises:
        TranslationError: A nested property that the shape does not have.
    """
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return _to_structure(shape, cast("Mapping[str, Any]", value), renames, path)
    if isinstance(shape, ListShape) and isinstance(value, Mapping) and _is_tag_list(shape):
        return tag_list(shape, cast("Mapping[str, Any]", value))
    if isinstance(shape, ListShape) and isinstance(value, list):
        items = cast("list[Any]", value)
        return [to_shape(shape.member, item, renames, f"{path}[{i}]") for i, item in enumerate(items)]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        pairs = cast("Mapping[str, Any]", value).items()
        return {key: to_shape(shape.value, item, renames, f"{path}.{key}") for key, item in pairs}
    return number(value) if isinstance(value, float) else value


def from_shape(shape: Shape, value: Any, renames: Mapping[str, str]) -> Any:
    """Translate one value of a response into a property; what is empty is left out."""
    if isinstance(shape, StructureShape):
        names = {member: name for name, member in renames.items()}
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


def tag_list(shape: ListShape, tags: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give tags as the list of key and value that most services take, sorted by key."""
    key, value = _tag_members(shape)
    return [{key: name, value: tags[name]} for name in sorted(tags)]


def camel(member: str) -> str:
    """Give the property name of a member: `KMSMasterKeyID` is kmsMasterKeyID, `Arn` is arn."""
    for i, char in enumerate(member):
        if not char.isupper():
            keep = i if i <= 1 else i - 1
            return member[:keep].lower() + member[keep:]
    return member.lower()


def _to_structure(shape: Shape, value: Mapping[str, Any], renames: Mapping[str, str], path: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, item in value.items():
        member = _match(members(shape), renames.get(name, name))
        if member is None:
            known = ", ".join(sorted(camel(m) for m in members(shape)))
            raise TranslationError(f"{path}.{name}", f"not supported by the local stand-in; it knows {known}")
        if item is not None:
            out[member] = to_shape(members(shape)[member], item, renames, f"{path}.{name}")
    return out


def _match(names: Mapping[str, Shape], name: str) -> str | None:
    if name in names:
        return name
    folded = name.lower()
    return next((member for member in names if member.lower() == folded), None)


def _is_tag_list(shape: ListShape) -> bool:
    member = shape.member
    return isinstance(member, StructureShape) and {m.lower() for m in members(member)} in (
        {"key", "value"},
        {"tagkey", "tagvalue"},
    )


def _tag_members(shape: ListShape) -> tuple[str, str]:
    names = sorted(members(shape.member), key=lambda name: name.lower().endswith("value"))
    return names[0], names[1]
