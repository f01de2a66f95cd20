"""Tags, which every service keeps under operations of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from localcloud.provider.handler import Api, Field, Request, Tagging
from localcloud.provider.values import Props


def requests(spec: Tagging, api: Api, resource_id: str, state: Props, inputs: Props) -> Iterator[Request]:
    """Yield what takes a resource's tags from those of its state to those of its inputs."""
    old, new = _tags(state), _tags(inputs)
    name = {spec.resource: resource_id if spec.of == "id" else state.get(spec.of, resource_id)}
    gone = sorted(old.keys() - new.keys())
    if gone:
        yield Request(spec.untag, {**name, spec.keys: gone})
    changed = {key: value for key, value in new.items() if old.get(key) != value}
    if changed:
        yield Request(
            spec.tag, {**name, **api.build(spec.tag, {"tags": Field(to=spec.added or spec.member)}, {"tags": changed})}
        )


def read(spec: Tagging, api: Api, name: str) -> dict[str, str]:
    """Read a resource's tags, those that AWS itself sets left out."""
    response = api.call(spec.read, **{spec.resource: name})
    tags = api.parse(spec.read, {"tags": Field(to=spec.member)}, response).get("tags", {})
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}


def merged(defaults: Mapping[str, str], tags: Any) -> Any:
    """Merge the provider's default tags into a resource's own, which win."""
    return {**defaults, **cast("Mapping[str, Any]", tags or {})} if isinstance(tags, dict | None) else tags


def _tags(props: Props) -> dict[str, Any]:
    tags: Any = props.get("tags") or {}
    return {tag["key"]: tag["value"] for tag in tags} if isinstance(tags, list) else tags
