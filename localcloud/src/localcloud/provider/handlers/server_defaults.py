"""Nested values that AWS fills in where the program leaves them out, and which are then no difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.provider.values import Props


def without(defaults: Mapping[str, Any], read: Props, program: Any) -> Props:
    """Give what was read without the defaults that the program does not set itself."""
    given = program if isinstance(program, Mapping) else {}
    return {name: value for name, value in read.items() if name in given or defaults.get(name) != value}


def listed_without(defaults: Mapping[str, Any], read: list[Props], program: Any) -> list[Props]:
    """Do the same for items that are told apart by their names."""
    items = program if isinstance(program, list) else []
    given = {item.get("name"): item for item in items if isinstance(item, Mapping)}
    return [without(defaults, item, given.get(item.get("name"))) for item in read]
