"""One kind of thing that the program manages: its ARNs, and the actions that read and that change it."""

from collections.abc import Sequence
from dataclasses import dataclass

from components import iam


@dataclass(frozen=True, kw_only=True)
class Managed:
    """Actions of one service on one set of resources; `reads` and `changes` are names without the service, by spaces.

    `resources` is `("*",)` only for actions that the service authorization reference gives no resource.
    """

    sid: str
    service: str
    resources: Sequence[str]
    reads: str = ""
    changes: str = ""
    conditions: iam.Conditions | None = None


def reading(things: Sequence[Managed]) -> list[iam.Statement]:
    """Statements that look at all of them."""
    return [_statement(thing, f"Read{thing.sid}", thing.reads, None) for thing in things if thing.reads]


def changing(things: Sequence[Managed]) -> list[iam.Statement]:
    """Statements that make, change and remove all of them."""
    return [
        _statement(thing, f"Manage{thing.sid}", thing.changes, thing.conditions) for thing in things if thing.changes
    ]


def _statement(thing: Managed, sid: str, names: str, conditions: iam.Conditions | None) -> iam.Statement:
    return iam.allow(sid, [f"{thing.service}:{name}" for name in names.split()], thing.resources, conditions)
