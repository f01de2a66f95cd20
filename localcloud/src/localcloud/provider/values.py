"""Property values as plain Python: None, bool, float, str, list, dict, and the three kinds that Pulumi adds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast, final


@final
class Unknown:
    """A value that is known only after an apply."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Asset:
    """A file that the program hands over; `source` is path, text or uri, `hash` the engine's SHA-256 of the content."""

    source: str
    value: str
    hash: str = ""


@dataclass(frozen=True)
class Archive:
    """Files that the program hands over; `value` is a path, a uri, or a dict of Asset and Archive by name."""

    source: str
    value: str | dict[str, Asset | Archive]
    hash: str = ""


Props: TypeAlias = dict[str, Any]


def is_unknown(value: object) -> bool:
    """Return whether the value or anything in it is unknown."""
    return any(isinstance(leaf, Unknown) for leaf in leaves(value))


def leaves(value: object) -> Iterator[object]:
    """Yield every scalar, asset and unknown below the value."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def is_empty(value: object) -> bool:
    """Return whether the value says nothing, which AWS's APIs and Terraform's schemas treat as not set."""
    return value is None or (isinstance(value, str | list | dict) and len(cast("list[object]", value)) == 0)


def number(value: float) -> int | float:
    """Return an int for a whole number: every number arrives as a float."""
    return int(value) if math.isfinite(value) and value == int(value) else value
