"""What became of one thing, and how a thing is brought to what it should be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Status = Literal["created", "updated", "unchanged", "deleted"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One thing that exists afterwards (or would, in a dry run), and in which respects it was changed."""

    kind: str
    name: str
    status: Status
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One respect of a thing: `is_right` reads it, `put_right` writes it."""

    label: str
    is_right: Callable[[], bool]
    put_right: Callable[[], object]


class Part(Protocol):
    """One thing that the bootstrap makes."""

    @property
    def kind(self) -> str:
        """What it is, such as `state bucket`."""
        ...

    @property
    def name(self) -> str:
        """Its physical name."""
        ...

    def exists(self) -> bool:
        """Whether it is there, in whatever shape."""
        ...

    def create(self) -> None:
        """Makes it; fine where somebody else has just made it."""
        ...

    def settings(self) -> Sequence[Setting]:
        """Everything about it that can drift."""
        ...


def reconcile(part: Part, *, dry_run: bool) -> Outcome:
    """Brings a part to what it should be, or only says what that would take; raises botocore's errors."""
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
