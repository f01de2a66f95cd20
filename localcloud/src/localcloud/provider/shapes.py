"""Every request against AWS's service model before it is sent, in the words of the program's author."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized
from typing import Any, Final

from botocore.model import Shape

from localcloud.http.shapes import Entry, Rule, Step, Violation, violations
from localcloud.provider.errors import ProviderError
from localcloud.provider.values import Unknown

_WORDS: Final[Mapping[Rule, str]] = {
    "required": "is required",
    "null": "is null",
    "unknown member": "is not a member; known are {members}",
    "one member": "needs exactly one of {members}; {number} given",
    "type": "is a {kind}, expected {expected}",
    "enum": "{value} is none of {limit}",
    "min": "{size}, at least {limit} expected",
    "max": "{size}, at most {limit} expected",
    "pattern": "{value} does not match {limit}",
}
_UNITS: Final = {"list": "elements", "map": "entries", "string": "characters", "blob": "bytes"}


class InvalidRequestError(ProviderError):
    """A request that AWS's service model does not allow, stopped before it was sent."""


def check_request(operation: str, shape: Shape | None, params: Mapping[str, Any]) -> None:
    """Check one request.

    Raises:
        InvalidRequestError: All that is wrong with it, by member.
    """
    lines = "".join(f"\n  {path}: {reason}" for path, reason in problems(shape, params))
    if lines:
        raise InvalidRequestError(f"{operation}: the request does not satisfy AWS's service model:{lines}")


def problems(shape: Shape | None, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (member path, reason) for everything wrong in an operation's parameters; unknown values pass."""
    if shape is None:
        yield from ((name, "the operation takes no parameters") for name in params)
        return
    for violation in violations(shape, dict(params), before_sending=True, unknown=(Unknown,)):
        yield _path(violation.path), _reason(violation)


def _path(steps: tuple[Step, ...]) -> str:
    return "".join(map(_notation, steps)).removeprefix(".")


def _notation(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if isinstance(step, Entry):
        return " (key)" if step.to_key else f".{step.key}"
    return f".{step}"


def _reason(violation: Violation) -> str:
    shape, value, limit = violation.shape, violation.value, violation.limit
    unit = _UNITS.get(shape.type_name)
    return _WORDS[violation.rule].format(
        limit=", ".join(limit) if violation.rule == "enum" else limit,
        members=", ".join(sorted(getattr(shape, "members", {}))),
        value=repr(value),
        kind=type(value).__name__,
        expected=shape.type_name,
        number=len(value) if isinstance(value, Sized) else 0,
        size=f"has {len(value)} {unit}" if unit and isinstance(value, Sized) else f"is {value}",
    )
