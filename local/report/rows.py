"""Reading rows of an answer."""

from __future__ import annotations


def number(value: object) -> float:
    """A value that has to be a number; raises TypeError for any other."""
    if isinstance(value, int | float):
        return float(value)
    raise TypeError(f"{value!r} is no number")


def share(part: float, whole: float, verb: str) -> str:
    """`67 % approved`; empty where there is nothing to take a share of."""
    return f"{100 * part / whole:.0f} % {verb}" if whole else ""
