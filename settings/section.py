"""What every block of the configuration has in common."""

from collections.abc import Hashable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Listed = TypeVar("Listed", bound=Hashable)


class Section(BaseModel):
    """One block of the configuration: unknown keys and values of another type are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel, allow_inf_nan=False)


def each_once(listed: tuple[Listed, ...]) -> tuple[Listed, ...]:
    """What is listed itself; raises ValueError where something is listed twice."""
    if len(set(listed)) != len(listed):
        raise ValueError("one of them is listed twice")
    return listed
