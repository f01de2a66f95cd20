"""Which rules of the policy pack don't hold for a stack, and why."""

from typing import Final, Literal, get_args

from pydantic import Field

from settings import fields
from settings.fields import Section

RuleName = Literal[
    "no-broad-managed-policies",
    "no-action-wildcards",
    "resource-wildcards-have-reasons",
    "service-trust-has-conditions",
    "customer-key-encryption",
    "log-retention",
    "access-logs",
    "tls-only",
    "no-public-access",
    "failure-destinations",
    "current-runtimes",
    "required-tags",
    "names-within-limits",
    "removal-protection",
]
RULE_NAMES: Final[tuple[RuleName, ...]] = get_args(RuleName)


class PolicySettings(Section):
    """The rules of `policy/` (docs/security.md) that a preview doesn't apply; it says which, with the reasons."""

    disabled: dict[RuleName, fields.Reason] = Field(
        default={},
        description=f"a mapping of rules ({', '.join(RULE_NAMES)}) to the reasons why they are off, one line of"
        " 10 to 256 characters each",
    )
