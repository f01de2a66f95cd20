"""How long the notifier may look things up before it has to publish what it knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from contract.aws_errors import code_of, is_access_denied

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

T = TypeVar("T")


@dataclass(frozen=True)
class Missing:
    """Something that could not be looked up, and why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """Look-ups may start as long as `reserve_milliseconds` are left of the invocation."""

    remaining_milliseconds: Callable[[], int]
    reserve_milliseconds: float

    @classmethod
    def of(cls, context: LambdaContext) -> Deadline:
        """Leave the first third of the invocation's time to look-ups, and the rest to publishing and recording."""
        remaining = context.get_remaining_time_in_millis
        return cls(remaining_milliseconds=remaining, reserve_milliseconds=remaining() * 2 / 3)

    @property
    def has_time(self) -> bool:
        """Whether a look-up may still start."""
        return self.remaining_milliseconds() >= self.reserve_milliseconds

    def look_up(self, call: Callable[[], T]) -> T | Missing:
        """Return what the call returns, or why there is nothing: a message with a gap is better than none."""
        if not self.has_time:
            return Missing("no time left to look it up")
        return attempt(call)


def attempt(call: Callable[[], T]) -> T | Missing:
    """Return what the call returns, or why AWS refused it."""
    try:
        return call()
    except (ClientError, BotoCoreError) as error:
        return Missing(short_reason(error))


def short_reason(error: Exception) -> str:
    """Say why a call to AWS failed, for a reader of the message: `access denied (GetObject)`, `ReadTimeoutError`.

    The service's own text is left out: it repeats ARNs of roles, which have no place in a mail.
    """
    if not isinstance(error, ClientError):
        return type(error).__name__
    reason = "access denied" if is_access_denied(error) else code_of(error) or "unknown error"
    return f"{reason} ({error.operation_name})"
