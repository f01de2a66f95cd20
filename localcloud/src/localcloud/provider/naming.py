"""Physical names for resources whose program leaves the name out."""

from __future__ import annotations

import hashlib

from localcloud.provider.handler import Naming
from localcloud.provider.values import Props

_RANDOM = 7


def add_name(naming: Naming, logical: str, seed: bytes, old: Props, new: Props) -> Props:
    """Fill in the physical name: the one of before, else `{logical name}-{7 hex}` as pulumi-aws makes it.

    Which properties were filled in is kept under `__defaults`, as pulumi-aws does, so that a name the program takes
    away later is not taken for one it gave.
    """
    if naming.field in new:
        return new
    kept = old.get(naming.field) if naming.field in old.get("__defaults", []) else None
    return {**new, naming.field: kept or physical_name(naming, logical, seed, new), "__defaults": [naming.field]}


def physical_name(naming: Naming, logical: str, seed: bytes, inputs: Props) -> str:
    """Make a name up from the engine's random seed."""
    suffix = naming.suffix(inputs)
    tail = f"-{hashlib.sha256(seed or logical.encode()).hexdigest()[:_RANDOM]}{suffix}"
    stem = f"{naming.prefix}{logical}"[: naming.longest - len(tail)]
    return (stem.lower() if naming.lower else stem) + tail


def made_up_name(naming: Naming | None, inputs: Props) -> str:
    """Give the physical name if it came from here, else nothing."""
    return str(inputs[naming.field]) if naming and naming.field in inputs.get("__defaults", []) else ""


def inputs_of(naming: Naming, name: str) -> Props:
    """Give inputs as they were when a name was made up."""
    return {naming.field: name, "__defaults": [naming.field]} if name else {}
