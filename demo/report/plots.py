"""The forms that the KPI charts are drawn in; colours name CSS variables of the page.

The library is slow to import, so that this module is imported where something is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt

Data = Sequence[Mapping[str, Any]]

_MARKS: Mapping[str, tuple[str, str]] = {
    "Approved": ("var(--good)", "circle"),
    "PendingManualApproval": ("var(--wait)", "triangle-up"),
    "Rejected": ("var(--bad)", "diamond"),
    "Failed": ("var(--bad)", "square"),
}
"""Colour and shape by status, so that no status is labelled by its colour alone."""

_UNKNOWN = ("var(--muted)", "cross")
_BAR, _ROW, _LEGEND = 16, 40, 40
_MOST_LABELS = 8


def colour(status: str) -> str:
    """Return the colour of a status; neutral for one that is not known."""
    return _MARKS.get(status, _UNKNOWN)[0]


def line(data: Data, *, x: str, y: str, y_title: str, height: int) -> Any:
    """Draw points in the order of the data, those of a group joined by a line.

    Rows have `group`, `status`, `label` and `aria` beside x and y.
    """
    base = _base(data).encode(
        x=alt.X(f"{x}:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, grid=False, labelOverlap=True)),
        y=alt.Y(
            f"{y}:Q",
            title=y_title,
            scale=alt.Scale(zero=False, padding=24, nice=True),
            axis=alt.Axis(tickCount=4, titleAngle=0, titleAlign="left", titleAnchor="end", titleY=-12, titleX=-40),
        ),
    )
    path = base.mark_line(color="var(--faint)", strokeWidth=2, aria=False).encode(detail="group:N")
    points = base.mark_point(filled=True, size=130, opacity=1, stroke="var(--card)", strokeWidth=1.5).encode(
        color=_by_status(data, alt.Color, 0), shape=_by_status(data, alt.Shape, 1), description="aria:N"
    )
    return alt.layer(path, *_labels(data, base, y), points).properties(height=height)


def bars(data: Data, *, y: str, x: str) -> Any:
    """Draw one horizontal bar a row, its `label` at its end; rows have `colour` and `aria` beside y and x."""
    top = max((row[x] for row in data), default=0)
    base = _base(data).encode(
        y=_names(y, (row[y] for row in data)),
        # Without stacking there is one bar a row anyway, and Vega would clip each with an id of its own.
        x=alt.X(f"{x}:Q", title=None, axis=None, stack=False, scale=alt.Scale(domain=[0, top * 1.35 or 1])),
    )
    marks = base.mark_bar(height=_BAR, cornerRadiusEnd=3).encode(
        color=alt.Color("colour:N", scale=None, legend=None), description="aria:N"
    )
    labels = base.mark_text(align="left", dx=7, aria=False, fontWeight=600).encode(text="label:N")
    return alt.layer(marks, labels).properties(height=_ROW * len(data))


def stacks(data: Data, *, y: str, x: str, parts: Mapping[str, str]) -> Any:
    """Draw horizontal bars of parts, one bar for each value of y, in the colours of `parts`.

    Rows have `part`, `order` (of the part), `label` and `aria` beside y and x.
    """
    names = list(dict.fromkeys(row[y] for row in data))
    base = _base(data).encode(y=_names(y, names), order="order:Q")
    legend = alt.Legend(orient="bottom", title=None, symbolType="square")
    scale = alt.Scale(domain=list(parts), range=list(parts.values()))
    marks = base.mark_bar(height=_BAR * 1.5, stroke="var(--card)", strokeWidth=1.5).encode(
        x=alt.X(f"{x}:Q", stack="zero", title=None, axis=None),
        color=alt.Color("part:N", scale=scale, legend=legend),
        description="aria:N",
    )
    labels = base.mark_text(color="var(--on-colour)", aria=False, fontWeight=600).encode(
        x=alt.X(f"{x}:Q", stack="zero", bandPosition=0.5), detail="part:N", text="label:N"
    )
    return alt.layer(marks, labels).properties(height=_ROW * len(names) + _LEGEND)


def _labels(data: Data, base: alt.Chart, y: str) -> list[Any]:
    """Label points on the side that the line does not come from; of many, the extremes and the last."""
    peaks = _peaks(data, y)
    labelled = data if len(data) <= _MOST_LABELS else [*_extremes(data, y), data[-1]]
    layers: list[Any] = []
    for rows, offset in (
        ([row for row in labelled if row in peaks], -16),
        ([row for row in labelled if row not in peaks], 18),
    ):
        text = base.properties(data=_values(rows)).mark_text(dy=offset, aria=False, fontWeight=600)
        layers.append(text.encode(text="label:N"))
    return layers


def _extremes(data: Data, y: str) -> list[Mapping[str, Any]]:
    ordered = sorted(data[:-1], key=lambda row: row[y])
    return [ordered[0], ordered[-1]]


def _peaks(data: Data, y: str) -> list[Mapping[str, Any]]:
    """Return the rows that are no valley between, or beside, greater ones."""
    values = [row[y] for row in data]
    around = [[values[n] for n in (i - 1, i + 1) if 0 <= n < len(values)] for i in range(len(values))]
    return [row for row, value, near in zip(data, values, around, strict=True) if not near or value >= min(near)]


def _values(data: Data) -> alt.Data:
    return alt.Data(values=[dict(row) for row in data])


def _base(data: Data) -> alt.Chart:
    return alt.Chart(_values(data))


def _names(field: str, names: Iterable[str]) -> alt.Y:
    axis = alt.Axis(grid=False, labelColor="var(--ink)", labelLimit=170)
    return alt.Y(f"{field}:N", sort=list(names), title=None, axis=axis)


def _by_status(data: Data, channel: Any, aspect: int) -> Any:
    present = list(dict.fromkeys(row["status"] for row in data))
    domain = [status for status in _MARKS if status in present] + [s for s in present if s not in _MARKS]
    scale = alt.Scale(domain=domain, range=[_MARKS.get(status, _UNKNOWN)[aspect] for status in domain])
    return channel("status:N", scale=scale, legend=alt.Legend(orient="bottom", title=None))
