"""cfn-lint, with its rules loaded once a process."""

from __future__ import annotations

import functools
import json
import warnings
from typing import TYPE_CHECKING, Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from cfnlint import api
    from cfnlint.config import ManualArgs
    from cfnlint.core import get_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

REGION = "us-east-1"
# Information, too: the rule that compares actions with their resources, I3510, is of that level.
_LEVELS = ["I"]


@functools.cache
def _rules() -> Any:
    return get_rules([], [], _LEVELS)


def lint(template: Mapping[str, Any]) -> list[Any]:
    """What all of cfn-lint's rules say of a template: errors, warnings and information."""
    matches = api.lint(
        json.dumps(template), rules=_rules(), config=ManualArgs(regions=[REGION], include_checks=_LEVELS)
    )
    broken = [match for match in matches if match.rule.id.startswith("E0")]
    assert not broken, f"cfn-lint could not read the template: {broken}"
    return matches
