"""Rules that span several keys, told like all others: with the one key that is to blame."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_core import InitErrorDetails, ValidationError


@dataclass(frozen=True, kw_only=True)
class Misfit:
    """A value that does not fit another key's; `location` is its path below the field that is being validated."""

    location: tuple[int | str, ...]
    given: object
    reason: str


def refuse(misfits: Sequence[Misfit]) -> None:
    """Raises ValidationError with all of them, if there are any; for use inside a validator."""
    errors = [
        InitErrorDetails(type="value_error", loc=m.location, input=m.given, ctx={"error": ValueError(m.reason)})
        for m in misfits
    ]
    if errors:
        raise ValidationError.from_exception_data("Settings", errors)
