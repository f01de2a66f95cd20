"""cfn-lint, slow to import, with its rules loaded once a process."""

import functools
import json
import warnings
from collections.abc import Mapping
from typing import Any, Final

REGION: Final = "us-east-1"
# Information, too: the rule that compares actions with their resources, I3510, is of that level.
_LEVELS: Final = ["I"]


@functools.cache
def _rules() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from cfnlint.core import get_rules

        return get_rules([], [], _LEVELS)


def lint(template: Mapping[str, Any], region: str = REGION) -> list[Any]:
    """Return what all of cfn-lint's rules say of a template: errors, warnings and information.

    Raises:
        ValueError: cfn-lint couldn't read the template.
    """
    rules = _rules()
    from cfnlint import api
    from cfnlint.config import ManualArgs

    matches = api.lint(json.dumps(template), rules=rules, config=ManualArgs(regions=[region], include_checks=_LEVELS))
    broken = [str(match) for match in matches if match.rule.id.startswith("E0")]
    if broken:
        raise ValueError(f"cfn-lint could not read the template: {broken}")
    return matches
