"""The service authorization reference, as the linter parliament ships it: each action with the resources it takes."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Action:
    """An action: the ARN templates of the resources that it always takes, and of those that it may take."""

    required: tuple[str, ...]
    optional: tuple[str, ...]


@dataclass(frozen=True)
class Service:
    """A service's actions by their names."""

    actions: dict[str, Action] = field(default_factory=dict[str, Action])


@functools.cache
def services() -> Mapping[str, Service]:
    """Return every service by its prefix; some have several pages in the reference."""
    package = importlib.util.find_spec("parliament")
    assert package
    assert package.origin
    pages = json.loads(Path(package.origin).with_name("iam_definition.json").read_text(encoding="utf-8"))
    by_prefix: dict[str, Service] = {}
    for page in pages:
        service = by_prefix.setdefault(page["prefix"], Service())
        service.actions.update({privilege["privilege"]: _action(page, privilege) for privilege in page["privileges"]})
    return by_prefix


def _action(page: dict[str, Any], privilege: dict[str, Any]) -> Action:
    templates = {resource["resource"]: resource["arn"] for resource in page["resources"]}
    types = [row["resource_type"] for row in privilege["resource_types"] if row["resource_type"]]
    return Action(
        required=tuple(templates[type_.rstrip("*")] for type_ in types if type_.endswith("*")),
        optional=tuple(templates[type_] for type_ in types if not type_.endswith("*")),
    )


def expand(pattern: str) -> set[str]:
    """Return the actions that a pattern such as `sns:Get*` stands for; IAM compares them without case."""
    prefix, _, name = pattern.partition(":")
    return {f"{prefix}:{action}" for action in services()[prefix].actions if fnmatchcase(action.lower(), name.lower())}


def placeholders(template: str) -> list[str]:
    """Return the names of a template's placeholders, without those of partition, region and account."""
    return [name for name in re.findall(r"\$\{(\w+)\}", template) if name not in {"Partition", "Region", "Account"}]
