"""Declarative parts: each says which settings it has, and `reconcile` creates or corrects it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Status = Literal["created", "updated", "unchanged", "deleted"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was done to one part (or would be, in a dry run); `changes` names the settings that were changed."""

    kind: str
    name: str
    status: Status
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting of a part: `is_right` reads it, `put_right` writes it."""

    label: str
    is_right: Callable[[], bool]
    put_right: Callable[[], object]


class Part(Protocol):
    """One resource that the bootstrap manages."""

    @property
    def kind(self) -> str:
        """What it is called in reports, such as `state bucket`."""
        ...

    @property
    def name(self) -> str:
        """Its physical name."""
        ...

    def exists(self) -> bool:
        """Return whether it exists, with whatever settings."""
        ...

    def create(self) -> None:
        """Create it; not an error where another run has just created it."""
        ...

    def settings(self) -> Sequence[Setting]:
        """Return all of its settings, in the order in which they are corrected."""
        ...


def reconcile(part: Part, *, dry_run: bool) -> Outcome:
    """Create a part or correct its settings, or report that only (dry run); botocore's errors are raised."""
    existed = part.exists()
    if not existed and not dry_run:
        part.create()
    settings = part.settings()
    if not existed and dry_run:
        return Outcome(kind=part.kind, name=part.name, status="created", changes=tuple(s.label for s in settings))
    changes: list[str] = []
    for setting in settings:
        if setting.is_right():
            continue
        changes.append(setting.label)
        if not dry_run:
            setting.put_right()
    status: Status = "created" if not existed else "updated" if changes else "unchanged"
    return Outcome(kind=part.kind, name=part.name, status=status, changes=tuple(changes))
