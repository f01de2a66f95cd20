"""The export: each registered resource as one of a template, or as a part of one."""

import copy
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict

from tools.cloudformation.resources import ExportError, Inputs, Resource
from tools.cloudformation.schema import Shape, kind_named
from tools.cloudformation.table import KINDS, WITHOUT_COUNTERPART, Field, Kind, pairs

Properties = dict[str, Any]

_NATIVE: Final = "aws-native"
_PROVIDERS: Final = "pulumi:providers:"
_TAGS: Final = ("tags", "tagsAll")


class TemplateResource(TypedDict):
    """A resource of a template."""

    Type: str
    Properties: Properties
    DeletionPolicy: str
    UpdateReplacePolicy: str


class Template(TypedDict):
    """A CloudFormation template."""

    AWSTemplateFormatVersion: str
    Resources: dict[str, TemplateResource]


def template_of(resources: Sequence[Resource]) -> Template:
    """Return the template of all resources of a stack; parts, such as a bucket's encryption, are in their whole.

    Raises:
        ExportError: for a type or an input that the table doesn't know, and for a part whose whole is missing.
    """
    default_tags = _default_tags(resources)
    parts: list[tuple[Resource, Kind]] = []
    exported: dict[str, TemplateResource] = {}
    for resource in resources:
        if resource.type.startswith(tuple(WITHOUT_COUNTERPART)):
            continue
        kind = kind_of(resource)
        if kind.part_of is not None:
            parts.append((resource, kind))
            continue
        logical_id = logical_id_of(resource.name)
        if logical_id in exported:
            raise ExportError(f"{resource} has the logical id {logical_id} of another resource")
        properties = _Translation(resource, kind).properties()
        _set_tags(properties, kind.type, {**default_tags.get(resource.package, {}), **_tags_of(resource)})
        policy = "Retain" if resource.is_retained else "Delete"
        exported[logical_id] = TemplateResource(
            Type=kind.type, Properties=properties, DeletionPolicy=policy, UpdateReplacePolicy=policy
        )
    for resource, kind in parts:
        _merge(_whole(resource, kind, exported)["Properties"], _Translation(resource, kind).properties())
    return Template(AWSTemplateFormatVersion="2010-09-09", Resources=exported)


def logical_id_of(name: str) -> str:
    """Return the logical id of a resource, letters and digits only, from its name in the program."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", name))


def kind_of(resource: Resource) -> Kind:
    """Return what a resource is in CloudFormation.

    Raises:
        ExportError: for a type that the table doesn't know.
    """
    if resource.package == _NATIVE:
        native = kind_named("::".join(["AWS", *resource.type.split(":")[1:]]))
        if native is not None:
            return Kind(type=native)
    if resource.type not in KINDS:
        raise ExportError(f"{resource}: tools/cloudformation/table.py has no entry for this type")
    return KINDS[resource.type]


def _default_tags(resources: Iterable[Resource]) -> dict[str, dict[str, str]]:
    """Return the tags that each package's provider adds to its resources."""
    tags: dict[str, dict[str, str]] = {}
    for resource in resources:
        if resource.type.startswith(_PROVIDERS) and "defaultTags" in resource.inputs:
            value = resource.inputs["defaultTags"]
            # A provider's inputs that are no strings come as JSON.
            default_tags = json.loads(value) if isinstance(value, str) else value
            tags[resource.type.removeprefix(_PROVIDERS)] = default_tags["tags"]
    return tags


def _tags_of(resource: Resource) -> dict[str, str]:
    """Return a resource's own tags: a map in pulumi-aws, a list in pulumi-aws-native."""
    tags: dict[str, str] = {}
    for name in _TAGS:
        value = resource.inputs.get(name, {})
        tags |= value if isinstance(value, Mapping) else {tag["key"]: tag["value"] for tag in value}
    return tags


def _set_tags(properties: Properties, kind: str, tags: Mapping[str, str]) -> None:
    """Add tags where CloudFormation's type has some; pulumi-aws tags some types that CloudFormation doesn't."""
    member = Shape.of(kind).find("Tags")
    if member is not None and tags:
        properties["Tags"] = pairs("Key", "Value")(tags) if member[1].is_list else dict(tags)


def _whole(resource: Resource, kind: Kind, exported: Mapping[str, TemplateResource]) -> TemplateResource:
    name, of_whole = kind.part_of or ("", "")
    for candidate in exported.values():
        if candidate["Type"] == kind.type and candidate["Properties"].get(of_whole) == resource.inputs[name]:
            return candidate
    raise ExportError(f"{resource} belongs to {kind.type} {resource.inputs[name]}, which the stack doesn't have")


@dataclass(frozen=True)
class _Translation:
    """A resource's inputs in CloudFormation's names and shapes."""

    resource: Resource
    kind: Kind

    def properties(self) -> Properties:
        elsewhere = {*_TAGS, *(self.kind.part_of or ())[:1]}
        inputs = {name: value for name, value in self.resource.inputs.items() if name not in elsewhere}
        shape = Shape.of(self.kind.type)
        properties: Properties = {}
        _put(properties, shape, self.kind.at, self._value(inputs, shape.at(self.kind.at), ""))
        return {**copy.deepcopy(dict(self.kind.defaults)), **properties}

    def _value(self, value: Any, shape: Shape, path: str) -> Any:
        if shape.is_list:
            return [self._value(member, shape.members, path) for member in _as_list(value)]
        if isinstance(value, list):
            # Where pulumi-aws takes a list of at most one.
            if len(value) != 1:
                raise ExportError(f"{self.resource}: {path} has {len(value)} values, CloudFormation takes one")
            return self._value(value[0], shape, path)
        if isinstance(value, str) and shape.is_document and value.startswith("{"):
            return json.loads(value)
        if isinstance(value, Mapping):
            if shape.has_properties:
                return self._object(value, shape, path)
            return {name: self._value(member, shape.members, path) for name, member in value.items()}
        return value

    def _object(self, inputs: Inputs, shape: Shape, path: str) -> Properties:
        properties: Properties = {}
        for name, value in inputs.items():
            place = f"{path}.{name}" if path else name
            if value is None or place in self.kind.left_out:
                continue
            field = self.kind.fields.get(place, name)
            to, changed = (field.to, field.value(value)) if isinstance(field, Field) else (field, value)
            try:
                below = shape.at(to)
            except ExportError as error:
                raise ExportError(f"{self.resource}: {place} is no property of {self.kind.type}: {error}") from None
            _put(properties, shape, to, self._value(changed, below, place))
        return properties


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _put(properties: Properties, shape: Shape, path: str, value: Any) -> None:
    """Set a property by its path, in the proper names of the shape; the empty path means all of the value's."""
    proper: list[str] = []
    for name in filter(None, path.split(".")):
        member = shape.find(name)
        if member is None:
            raise ExportError(f"CloudFormation has no property {path}")
        proper.append(member[0])
        shape = member[1]
    for name in reversed(proper):
        value = {name: value}
    _merge(properties, value)


def _merge(properties: Properties, more: Mapping[str, Any]) -> None:
    """Add properties: objects are merged, lists joined."""
    for name, value in more.items():
        present = properties.get(name)
        if isinstance(present, dict) and isinstance(value, dict):
            _merge(present, value)
        elif isinstance(present, list) and isinstance(value, list):
            present.extend(value)
        else:
            properties[name] = value
