"""Figures as people write them."""

from __future__ import annotations

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_THOUSAND = 1000


def duration(seconds: float) -> str:
    """`0.42 s`, `7.3 s`, `42 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 10:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, unit, smaller, smaller_unit in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}" + (f" {rest} {smaller_unit}" if rest else "")
    return f"{whole} s"


def size(count: float) -> str:
    """Bytes in decimal units, as Athena bills them: `0 B`, `812 B`, `1.2 kB`, `3.4 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < _THOUSAND:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= _THOUSAND
    return f"{count:.1f} TB"


def number(value: float) -> str:
    """Six significant digits with separators: `3,041.23`, `0.412305`."""
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"  # noqa: PLR2004


def cell(value: object) -> str:
    """A value of a table; an empty one is a dash."""
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else str(value)


def count(amount: int, noun: str) -> str:
    """`1 message`, `3 messages`."""
    return f"{amount:,} {noun}" + ("" if amount == 1 else "s")


def label(name: str) -> str:
    """A column's name for people: `registered_at` becomes `Registered at`, measures keep their usual letters."""
    usual = {"mse": "MSE", "rmse": "RMSE", "mae": "MAE", "r2": "R²", "arn": "ARN", "mse_threshold": "MSE threshold"}
    return usual.get(name, name.replace("_", " ").capitalize())
