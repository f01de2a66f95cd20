"""A message as plain text: for e-mail and for every other subscriber that takes text."""

from collections.abc import Iterator

from messages.content import Content, Metric, MetricsTable
from messages.text import clip_bytes, one_line

# SNS takes 256 KiB for all forms of a message together, after JSON escaping, which can double this one
# (API reference, "Publish").
BODY_BYTES = 90_000
METRIC_ROWS = 40


def body(content: Content) -> str:
    """Return the whole message as text, at most `BODY_BYTES` in UTF-8."""
    blocks = [
        [one_line(content.headline)],
        list(_aligned(content.facts)),
        table(content.metrics),
        [one_line(note) for note in content.notes],
        [f"{link.label}: {link.url}" for link in content.links],
        [line for command in content.commands for line in (f"{command.purpose}:", f"  {command.line}")],
    ]
    return clip_bytes("\n\n".join("\n".join(block) for block in blocks if block) + "\n", BODY_BYTES)


def table(metrics: MetricsTable) -> list[str]:
    """Return aligned columns: name, value, and where there is one, previous value, change and verdict."""
    if not metrics.rows:
        return []
    titles = ("", "") if metrics.compared_with is None else (f"version {metrics.compared_with}", "change")
    rows = [("metric", "value", *titles, "")]
    rows += [(one_line(row.name, 40), number(row.value), *_comparison(row)) for row in metrics.rows[:METRIC_ROWS]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    hidden = len(metrics.rows) - METRIC_ROWS
    return [*lines, f"and {hidden} more"] if hidden > 0 else lines


def number(value: float) -> str:
    """Return six significant digits."""
    return f"{value:.6g}"


def _comparison(row: Metric) -> tuple[str, str, str]:
    if row.previous is None or row.change is None:
        return "", "", ""
    percent = "" if row.percent is None else f" ({row.percent:+.1f} %)"
    return number(row.previous), f"{row.change:+.6g}{percent}", row.verdict or ""


def _aligned(facts: tuple[tuple[str, str], ...]) -> Iterator[str]:
    width = max((len(label) for label, _ in facts), default=0)
    for label, value in facts:
        yield f"{one_line(label).ljust(width)}  {one_line(value)}"
