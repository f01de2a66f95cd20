"""Figures as people write them."""

from __future__ import annotations

import re

# As the notifier writes times (ISO 8601) and as Athena prints timestamps.
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|\+00:00| UTC)?")
_UNITS = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))
_THOUSAND = 1000


def duration(seconds: float) -> str:
    """Write seconds as `0.42 s`, `7.3 s`, `42 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 10:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, name, part, part_name in _UNITS:
        if whole >= unit:
            rest = whole % unit // part
            return f"{whole // unit} {name}" + (f" {rest} {part_name}" if rest else "")
    return f"{whole} s"


def size(count: float) -> str:
    """Write bytes in decimal units, as Athena bills them: `0 B`, `812 B`, `1.2 kB`, `3.4 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < _THOUSAND:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= _THOUSAND
    return f"{count:.1f} TB"


def number(value: float, digits: int = 6) -> str:
    """Write so many significant digits, and all before the point: `3,041.23`, `0.412305`, `1,234,567`."""
    return f"{value:,.{digits}g}" if abs(value) < 10 ** (digits - 1) else f"{value:,.0f}"


def cell(value: object) -> str:
    """Write a value of a table; an empty one is a dash, and times lose their fractions of a second."""
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    time = _TIME.fullmatch(str(value))
    return f"{time[1]} {time[2]}{' UTC' if time[3] else ''}" if time else str(value)


def count(amount: int, thing: str) -> str:
    """Write an amount of things, as `1 message`, `3 messages`."""
    return f"{amount:,} {thing}" + ("" if amount == 1 else "s")


def label(name: str) -> str:
    """Write a column's name for people: `registered_at` becomes `Registered at`, measures keep their usual letters."""
    usual = {"mse": "MSE", "rmse": "RMSE", "mae": "MAE", "r2": "R²", "arn": "ARN", "mse_threshold": "MSE threshold"}
    return usual.get(name, name.replace("_", " ").capitalize())
