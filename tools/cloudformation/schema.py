"""CloudFormation's resource schemas, as cfn-lint ships them: the names and shapes of properties."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tools.cloudformation.resources import ExportError

_REGION: Final = "us-east-1"
"""The region whose schemas are read; it has every type."""
_DEFINITIONS: Final = "#/definitions/"

Node = Mapping[str, Any]


@functools.cache
def _manager() -> Any:
    # With its rules it is slow to import.
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    return PROVIDER_SCHEMA_MANAGER


@functools.cache
def schema_of(kind: str) -> Node:
    """Return the schema of a resource type such as `AWS::S3::Bucket`."""
    return _manager().get_resource_schema(_REGION, kind).schema


@functools.cache
def _kinds() -> dict[str, str]:
    return {kind.lower(): kind for kind in _manager().get_resource_types(_REGION)}


def kind_named(name: str) -> str | None:
    """Return the resource type of a name whatever its case, such as `aws::sagemaker::modelpackagegroup`."""
    return _kinds().get(name.lower())


@dataclass(frozen=True)
class Shape:
    """A resource's properties, or a part of them."""

    node: Node
    definitions: Node

    @classmethod
    def of(cls, kind: str) -> "Shape":
        """Return the shape of a resource type's properties."""
        schema = schema_of(kind)
        return cls(schema, schema.get("definitions", {}))

    def _to(self, node: Node) -> "Shape":
        while str(node.get("$ref", "")).startswith(_DEFINITIONS):
            node = self.definitions[node["$ref"].removeprefix(_DEFINITIONS)]
        return Shape(node, self.definitions)

    @property
    def has_properties(self) -> bool:
        """Whether it is an object whose keys the schema knows."""
        return "properties" in self.node

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return self.node.get("type") == "array"

    @property
    def is_document(self) -> bool:
        """Whether it may be a JSON document, such as a policy: an object, or anything."""
        return "object" in self.node.get("type", "object") and not self.has_properties

    @property
    def members(self) -> "Shape":
        """The shape of a list's members, or of the values of a map with keys of any name."""
        [*patterns] = self.node.get("patternProperties", {}).values()
        return self._to(self.node.get("items") or (patterns[0] if patterns else {}))

    def find(self, name: str) -> tuple[str, "Shape"] | None:
        """Return the property of a name whatever its case, with its proper name; None where there is none."""
        names = {proper.lower(): proper for proper in self.node.get("properties", {})}
        proper = names.get(name.lower())
        return (proper, self._to(self.node["properties"][proper])) if proper else None

    def at(self, path: str) -> "Shape":
        """Return the shape of a property by its path, such as `TableInput.StorageDescriptor`.

        Raises:
            ExportError: where the schema has no such property.
        """
        shape = self
        for name in filter(None, path.split(".")):
            member = shape.find(name)
            if member is None:
                raise ExportError(f"CloudFormation has no property {path}")
            shape = member[1]
        return shape
