"""The packages that the interpreter has."""

import re
from importlib import metadata


def installed(*, transitive: bool) -> list[tuple[str, str]]:
    """Names and versions in alphabetical order; without `transitive`, only those that no other package requires."""
    versions = {canonical(found.metadata["Name"]): found.version for found in metadata.distributions()}
    if not transitive:
        for required in required_by_others():
            versions.pop(required, None)
    return sorted(versions.items())


def required_by_others() -> set[str]:
    """Canonical names of the packages that another installed package requires, optional features left out."""
    requirements = (line for found in metadata.distributions() for line in found.requires or [])
    names = (re.match(r"[A-Za-z0-9][\w.-]*", line) for line in requirements if "extra ==" not in line)
    return {canonical(name[0]) for name in names if name}


def canonical(name: str) -> str:
    """The normalised form of a package name (Python packaging specification, name normalisation)."""
    return re.sub(r"[-_.]+", "-", name).lower()
