"""A message as plain text: for e-mail and for every other subscriber that takes text."""

from collections.abc import Iterator

from .comparison import Delta
from .content import Comparison, Content
from .texts import clip_bytes, one_line

# SNS takes 256 KiB for all forms of a message together, after JSON escaping, which can double this one
# (API reference, "Publish").
BODY_BYTES = 90_000
METRIC_ROWS = 40


def body(content: Content) -> str:
    """The whole message as text, at most `BODY_BYTES` in UTF-8."""
    blocks = [
        [one_line(content.headline)],
        list(_aligned(content.facts)),
        table(content.metrics),
        [one_line(note) for note in content.notes],
        [f"{link.label}: {link.url}" for link in content.links],
        [line for command in content.commands for line in (f"{command.purpose}:", f"  {command.line}")],
    ]
    return clip_bytes("\n\n".join("\n".join(block) for block in blocks if block) + "\n", BODY_BYTES)


def table(metrics: Comparison) -> list[str]:
    """The metrics as aligned columns: name, value, and where there is one, previous value, change and verdict."""
    if not metrics.rows:
        return []
    compared = ("", "") if metrics.against is None else (f"version {metrics.against}", "change")
    rows = [("metric", "value", *compared, "")]
    rows += [(one_line(row.name, 40), number(row.value), *_compared(row)) for row in metrics.rows[:METRIC_ROWS]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    hidden = len(metrics.rows) - METRIC_ROWS
    return [*lines, f"and {hidden} more"] if hidden > 0 else lines


def number(value: float) -> str:
    """Six significant digits."""
    return f"{value:.6g}"


def _compared(row: Delta) -> tuple[str, str, str]:
    if row.previous is None or row.change is None:
        return "", "", ""
    percent = "" if row.percent is None else f" ({row.percent:+.1f} %)"
    return number(row.previous), f"{row.change:+.6g}{percent}", row.verdict or ""


def _aligned(facts: tuple[tuple[str, str], ...]) -> Iterator[str]:
    width = max((len(label) for label, _ in facts), default=0)
    for label, value in facts:
        yield f"{one_line(label).ljust(width)}  {one_line(value)}"
