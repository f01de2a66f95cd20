"""Input properties of a resource type, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, final

Kind = Literal["value", "set", "sets", "json", "identity-policy", "resource-policy", "trust-policy"]
"""How two values are compared (`sets`: every list in it is a set), and what form a policy document has to have."""


@final
class _Any:
    """A nested value that AWS picks when the program sets none."""

    def __repr__(self) -> str:
        return "ANY"


ANY: Final = _Any()


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input property and the member of AWS's requests and responses that it stands for.

    How it is sent and read:
        to: The member, where it is not the property's own name; dotted for one inside others. Inside a map of strings,
            such as SQS's attributes, values are written as text.
        at: The member of the response, where it is another.
        renames: Nested property names to members, where they differ by more than case.
        unset: What an update sends to take the property off, where leaving it out would keep it.
        write_only: AWS never tells the value, so that the state keeps what the program gave.

    How a change is judged:
        replace: AWS cannot change it, so the resource is replaced.
        computed: AWS or the provider picks a value when the program sets none, so any value is then accepted.
        default: What an unset property means otherwise; a value read that differs is drift.
        kind: How two values are compared.
        nested: What unset properties inside this one mean, by dotted path, ANY where AWS picks a value.
        exclusive: One of several alternatives, so that the resource is replaced when it comes or goes.

    Limits that AWS's service model does not carry: `low`, `high`, `choices`.
    """

    to: str = ""
    at: str = ""
    renames: Mapping[str, str] = field(default_factory=dict[str, str])
    unset: Any = None
    write_only: bool = False
    replace: bool = False
    computed: bool = False
    default: Any = None
    kind: Kind = "value"
    nested: Mapping[str, Any] = field(default_factory=dict[str, Any])
    exclusive: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def is_document(self) -> bool:
        """Return whether the value is JSON in a string."""
        return self.kind == "json" or self.kind.endswith("policy")
