"""Values as Athena prints them in results."""

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e7


def text(value: Any) -> str | None:
    """One value of a result row; None for NULL."""
    if value is None:
        return None
    for kind, print_value in _PRINTERS:
        if isinstance(value, kind):
            return print_value(value)
    return str(value)


def _moment(value: dt.datetime) -> str:
    stamp = value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    return stamp if value.tzinfo is None else f"{stamp} UTC"


def _row(value: dict[Any, Any]) -> str:
    return "{" + ", ".join(f"{key}={_inner(inner)}" for key, inner in value.items()) + "}"


def _array(value: Sequence[Any]) -> str:
    return "[" + ", ".join(_inner(inner) for inner in value) + "]"


def _inner(value: Any) -> str:
    found = text(value)
    return "null" if found is None else found


def _double(value: float) -> str:
    """As Java's Double.toString: exponents outside of 10^-3 to 10^7."""
    if value != value:  # noqa: PLR0124 (only NaN differs from itself)
        return "NaN"
    if value in {float("inf"), float("-inf")}:
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        return f"{Decimal(repr(value)):f}"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 (finite)
    rest = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{rest}E{exponent + len(digits) - 1}"


def _interval(value: dt.timedelta) -> str:
    sign = "-" if value < dt.timedelta() else ""
    value = abs(value)
    hours, rest = divmod(value.seconds, 3600)
    return f"{sign}{value.days} {hours:02d}:{rest // 60:02d}:{rest % 60:02d}.{value.microseconds // 1000:03d}"


# The order matters: a bool is an int, a datetime is a date.
_PRINTERS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (bool, lambda value: "true" if value else "false"),
    (float, _double),
    (dt.datetime, _moment),
    (dt.date | dt.time, lambda value: value.isoformat()),
    (dict, _row),
    ((list, tuple), _array),
    (bytes | bytearray, lambda value: bytes(value).hex(" ")),
    (dt.timedelta, _interval),
    (Decimal, lambda value: format(value, "f")),
)
