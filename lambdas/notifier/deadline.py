"""How long the notifier may look things up before it has to publish what it knows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.notifier.errors import short_reason

T = TypeVar("T")


@dataclass(frozen=True)
class Missing:
    """Something that could not be looked up, and why."""

    reason: str


@dataclass(frozen=True)
class Deadline:
    """Look-ups may start during the first third of the invocation's time; the rest is for publishing and recording."""

    remaining_milliseconds: Callable[[], int]
    reserve: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reserve", self.remaining_milliseconds() * 2 / 3)

    def look_up(self, call: Callable[[], T]) -> T | Missing:
        """What the call returns, or why there is nothing: a message with a gap is better than none."""
        if self.remaining_milliseconds() < self.reserve:
            return Missing("no time left to look it up")
        try:
            return call()
        except (ClientError, BotoCoreError) as error:
            return Missing(short_reason(error))
