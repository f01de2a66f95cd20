"""Fields of events and of AWS's answers, of which only the documentation tells the shape."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

# Seconds since 1970 stay below this until the year 5138; milliseconds passed it in 1973.
_MILLISECONDS_FROM = 1e11


def mapping_at(source: Mapping[str, object], *path: str) -> Mapping[str, object]:
    """Return the object at `path`, or an empty one where anything on the way is missing or no object."""
    current: object = source
    for name in path:
        if not isinstance(current, Mapping):
            return {}
        current = current.get(name)
    return cast("Mapping[str, object]", current) if isinstance(current, Mapping) else {}


def objects_at(source: Mapping[str, object], *path: str) -> list[Mapping[str, object]]:
    """Return the objects of the list at `path`; an empty list where there is none."""
    *parents, name = path
    value = mapping_at(source, *parents).get(name)
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return []
    return [cast("Mapping[str, object]", item) for item in cast("Sequence[object]", value) if isinstance(item, Mapping)]


def text_at(source: Mapping[str, object], *path: str) -> str | None:
    """Return the text at `path`; None where it is missing, empty or not text."""
    *parents, name = path
    value = mapping_at(source, *parents).get(name)
    return value if isinstance(value, str) and value.strip() else None


def texts_at(source: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Return the texts of a list; none where there is no list."""
    value = source.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return ()
    return tuple(item for item in cast("Sequence[object]", value) if isinstance(item, str))


def timestamp(value: object) -> datetime | None:
    """Return the value as a time in UTC; None where it is no time.

    SageMaker's documented events write times as ISO 8601 text, as milliseconds since 1970, and as those in text
    (developer guide, "Automating Amazon SageMaker with Amazon EventBridge"); boto3 gives datetime objects.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return _iso_8601(str(value))
    if not math.isfinite(number):
        return None
    try:
        return datetime.fromtimestamp(number / 1000 if abs(number) >= _MILLISECONDS_FROM else number, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def iso(moment: datetime) -> str:
    """Return ISO 8601 in UTC, to the millisecond where there are any: `2021-02-24T17:00:14Z`."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def _iso_8601(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
