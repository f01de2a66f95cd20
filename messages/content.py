"""What a message says, apart from how mail and chat write it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from messages.text import ascii_line, shorten

# SNS takes subjects of fewer than 100 characters, without line breaks and control characters (API reference,
# "Publish").
SUBJECT_LIMIT = 99
# What a subject keeps of a name, at least, when it has to be shortened.
_NAME_MINIMUM = 16


@dataclass(frozen=True)
class Link:
    """A page and what it shows."""

    label: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command for the reader's shell, and what it does."""

    purpose: str
    line: str


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric, beside its previous value where there is one; `percent` is None where the previous value is 0."""

    name: str
    value: float
    previous: float | None = None
    change: float | None = None
    percent: float | None = None
    verdict: str | None = None


@dataclass(frozen=True, kw_only=True)
class MetricsTable:
    """Metrics of a model version; `compared_with` is the version that the previous values are of."""

    rows: tuple[Metric, ...] = ()
    compared_with: int | None = None


@dataclass(frozen=True, kw_only=True)
class Content:
    """One message: `attributes` are what SNS filter policies see, `thread` is what chat threads are made of."""

    subject: str
    headline: str
    facts: tuple[tuple[str, str], ...]
    attributes: Mapping[str, str | int]
    thread: str
    metrics: MetricsTable = field(default_factory=MetricsTable)
    notes: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    commands: tuple[Command, ...] = ()


def subject(environment: str, name: str, rest: str) -> str:
    """Return `[environment] name rest` in at most 99 ASCII characters; the name is the part that gets shortened."""
    head, tail = f"[{ascii_line(environment, 30)}]", ascii_line(rest, SUBJECT_LIMIT)
    room = SUBJECT_LIMIT - len(head) - len(tail) - 2
    return shorten(f"{head} {ascii_line(name, max(room, _NAME_MINIMUM))} {tail}", SUBJECT_LIMIT)


def links(*pages: tuple[str, str | None]) -> tuple[Link, ...]:
    """Return a link for each page, by label, whose address is known."""
    return tuple(Link(label, url) for label, url in pages if url)


def over_tls(url: str | None) -> str | None:
    """Return an address that AWS names; None where it is none over TLS."""
    return url if url and urlsplit(url).scheme == "https" else None
