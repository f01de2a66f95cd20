"""Reading the rows of an answer."""

from __future__ import annotations

from collections.abc import Sequence

from demo.report.model import Row


def number(value: object) -> float:
    """Return a value that has to be a number; raise ValueError for any other."""
    if isinstance(value, int | float):
        return float(value)
    raise ValueError(f"{value!r} is no number")


def share(rows: Sequence[Row], part: str, whole: Sequence[str]) -> str:
    """Write column `part` beside the sum of the columns in `whole`, as `2 of 3 approved`; empty for a sum of 0."""
    totals = {name: sum(number(row[name]) for row in rows) for name in whole}
    everything = sum(totals.values())
    return f"{totals[part]:,g} of {everything:,g} {part}" if everything else ""
