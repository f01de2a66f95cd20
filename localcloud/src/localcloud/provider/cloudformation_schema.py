"""CloudFormation resource schemas, as cfn-lint ships them: what aws-native inputs have to satisfy.

The files are read where cfn-lint's schema manager reads them, without importing it: that takes a second, most of it for
solvers that only its rules need.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import regex

from localcloud.provider.errors import Failure, ProviderError
from localcloud.provider.values import Props, Unknown, is_unknown

_PREFIX: Final = "/properties/"
_WORDS: Final = regex.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "array": (list,),
}


@dataclass(frozen=True)
class Schema:
    """One resource type's schema."""

    document: Mapping[str, Any]

    @property
    def properties(self) -> dict[str, str]:
        """Return the top-level properties: pulumi's name to CloudFormation's."""
        return {property_name(name): name for name in self.document["properties"]}

    def listed(self, kind: str) -> frozenset[str]:
        """Return the top-level properties under readOnlyProperties, createOnlyProperties or writeOnlyProperties."""
        paths = cast("list[str]", self.document.get(kind, []))
        names = (path.removeprefix(_PREFIX) for path in paths)
        return frozenset(property_name(name) for name in names if "/" not in name)

    def failures(self, inputs: Props) -> Iterator[Failure]:
        """Yield what the schema does not allow: names, missing and read-only properties, types, patterns, limits."""
        for name in inputs.keys() & self.listed("readOnlyProperties"):
            yield Failure(name, "is read-only: AWS sets it")
        yield from self._check(self.document, inputs, "")

    def _check(self, node: Mapping[str, Any], value: Any, path: str) -> Iterator[Failure]:
        node = self._resolve(node)
        if isinstance(value, Unknown):
            return
        kinds = node.get("type")
        if kinds and not _is_a(value, kinds if isinstance(kinds, list) else [kinds]):
            yield Failure(
                path, f"expected {kinds if isinstance(kinds, str) else ' or '.join(kinds)}, got {_described(value)}"
            )
            return
        if isinstance(value, dict):
            yield from self._object(node, cast("Props", value), path)
        elif isinstance(value, list):
            yield from _size(node, len(cast("list[Any]", value)), path, "minItems", "maxItems", "elements")
            for i, item in enumerate(cast("list[Any]", value)):
                yield from self._check(node.get("items", {}), item, f"{path}[{i}]")
        else:
            yield from _scalar(node, value, path)
        yield from self._alternatives(node, value, path)

    def _object(self, node: Mapping[str, Any], value: Props, path: str) -> Iterator[Failure]:
        known = {property_name(name): schema for name, schema in node.get("properties", {}).items()}
        dot = f"{path}." if path else ""
        for name in node.get("required", []):
            if property_name(name) not in value:
                yield Failure(f"{dot}{property_name(name)}", "is required")
        patterns = cast("Mapping[str, Any]", node.get("patternProperties", {}))
        for name, item in value.items():
            if name in known:
                yield from self._check(known[name], item, f"{dot}{name}")
                continue
            matching = [schema for pattern, schema in patterns.items() if regex.search(pattern, name)]
            if matching:
                yield from self._check(matching[0], item, f"{dot}{name}")
            elif node.get("additionalProperties") is False:
                owner = path or str(self.document["typeName"])
                yield Failure(f"{dot}{name}", f"is not a property of {owner}; known are {', '.join(sorted(known))}")

    def _alternatives(self, node: Mapping[str, Any], value: Any, path: str) -> Iterator[Failure]:
        if is_unknown(value):
            return
        for part in node.get("allOf", []):
            yield from self._check(part, value, path)
        for kind in ("oneOf", "anyOf"):
            tried = [list(self._check(part, value, path)) for part in node.get(kind, [])]
            fitting = sum(not failures for failures in tried)
            if tried and fitting == 0:
                yield from min(tried, key=len)
            elif kind == "oneOf" and fitting > 1:
                yield Failure(path, f"fits {fitting} of the schema's alternatives, exactly one expected")

    def _resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            target: Any = self.document
            for step in str(node["$ref"]).removeprefix("#/").split("/"):
                target = target[step]
            node = cast("Mapping[str, Any]", target)
        return node


def property_name(name: str) -> str:
    """Return the name that Pulumi gives a property: a run of capitals is one word (`exportToCsvOption`)."""
    first, *others = _WORDS.findall(name)
    return first.lower() + "".join(word.capitalize() for word in others)


@cache
def load(region: str, cfn_type: str) -> Schema:
    """Load a type's schema in a region.

    Raises:
        ProviderError: The type does not exist there.
    """
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        raise ProviderError("cfn-lint is not installed; aws-native inputs are checked against the schemas it ships")
    root = Path(spec.submodule_search_locations[0], "data", "schemas")
    try:
        types = json.loads((root / "providers" / f"{region}.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ProviderError(f"CloudFormation knows no region {region}") from error
    if cfn_type not in types:
        raise ProviderError(f"CloudFormation has no resource type {cfn_type} in {region}")
    return Schema(json.loads((root / "resources" / f"{types[cfn_type]}.json").read_text(encoding="utf-8")))


def _is_a(value: Any, kinds: list[str]) -> bool:
    return any(
        isinstance(value, _TYPES.get(kind, (object,))) and (kind == "boolean" or not isinstance(value, bool))
        for kind in kinds
    )


def _scalar(node: Mapping[str, Any], value: Any, path: str) -> Iterator[Failure]:
    if "enum" in node and value not in node["enum"]:
        yield Failure(path, f"{value!r} is none of {', '.join(map(str, node['enum']))}")
    if isinstance(value, str):
        yield from _size(node, len(value), path, "minLength", "maxLength", "characters")
        if "pattern" in node and regex.search(node["pattern"], value) is None:
            yield Failure(path, f"{value!r} does not match {node['pattern']}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _size(node, value, path, "minimum", "maximum", "")


def _size(node: Mapping[str, Any], size: float, path: str, low: str, high: str, unit: str) -> Iterator[Failure]:
    verb = "has" if unit else "is"
    actual = f"{verb} {size:g} {unit}".strip()
    if low in node and size < node[low]:
        yield Failure(path, f"{actual}, at least {node[low]} expected")
    if high in node and size > node[high]:
        yield Failure(path, f"{actual}, at most {node[high]} expected")


def _described(value: Any) -> str:
    return {dict: "an object", list: "a list"}.get(type(value), repr(value))
