"""What a message says, apart from how mail and chat write it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .comparison import Delta
from .console_links import Link
from .texts import ascii_line, shorten

# SNS takes subjects of fewer than 100 characters, without line breaks and control characters (API reference,
# "Publish").
SUBJECT_LIMIT = 99
# What a subject keeps of a name, at least, when it has to be shortened.
_NAME_MINIMUM = 16


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command for the reader's shell, and what it does."""

    purpose: str
    line: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The metrics' table; `against` is the version that the previous values are of."""

    rows: tuple[Delta, ...] = ()
    against: int | None = None


@dataclass(frozen=True, kw_only=True)
class Content:
    """One message: `attributes` are what SNS filter policies see, `thread` is what chat threads are made of."""

    subject: str
    headline: str
    facts: tuple[tuple[str, str], ...]
    metrics: Comparison
    attributes: Mapping[str, str | int]
    thread: str
    notes: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    commands: tuple[Command, ...] = field(default=())


def subject(environment: str, name: str, rest: str) -> str:
    """`[environment] name rest`, at most 99 ASCII characters; the name is the part that gets shortened."""
    head, tail = f"[{ascii_line(environment, 30)}]", ascii_line(rest, SUBJECT_LIMIT)
    room = SUBJECT_LIMIT - len(head) - len(tail) - 2
    return shorten(f"{head} {ascii_line(name, max(room, _NAME_MINIMUM))} {tail}", SUBJECT_LIMIT)
