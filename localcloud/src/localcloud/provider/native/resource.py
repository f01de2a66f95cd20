"""How an aws-native type's handler comes from its CloudFormation schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from localcloud.provider.handler import Api, Field, Handler
from localcloud.provider.native import schema
from localcloud.provider.values import Props

# The schemas of a type are the same in nearly all regions; this one has all types.
_REFERENCE_REGION = "us-east-1"


def from_schema(cfn_type: str, handler: Handler) -> Handler:
    """Complete a handler: its fields are the schema's properties, its outputs the read-only ones.

    The given handler's own fields add to that (comparison, renames). Create-only properties replace the resource;
    write-only ones, which AWS never tells, keep the value that the program gave.
    """
    found = schema.load(_REFERENCE_REGION, cfn_type)
    read_only, create_only = found.listed("readOnlyProperties"), found.listed("createOnlyProperties")
    write_only = found.listed("writeOnlyProperties")
    fields = {
        name: replace(handler.fields.get(name, Field()), replace=name in create_only)
        for name in found.properties
        if name not in read_only
    }
    return replace(
        handler,
        fields=fields,
        outputs=tuple(sorted(read_only)),
        read=_keeping(handler.read, write_only),
        regional=False,
    )


def _keeping(
    read: Callable[[Api, str, Props], Props | None], write_only: Iterable[str]
) -> Callable[[Api, str, Props], Props | None]:
    kept = tuple(write_only)

    def read_all(api: Api, resource_id: str, state: Props) -> Props | None:
        found = read(api, resource_id, state)
        return None if found is None else {**{key: state[key] for key in kept if key in state}, **found}

    return read_all


def as_tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Give tags as aws-native has them."""
    return [{"key": key, "value": tags[key]} for key in sorted(tags)]


def with_default_tags(defaults: Mapping[str, str], tags: Any) -> Any:
    """Merge the provider's default tags into a resource's own, which win."""
    if not isinstance(tags, list | None):
        return tags
    own = {item.get("key"): item for item in cast("list[dict[str, Any]]", tags or [])}
    return [*own.values(), *(tag for tag in as_tag_list(defaults) if tag["key"] not in own)]
