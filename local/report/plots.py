"""The forms that the KPI charts are drawn in; colours name CSS variables of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

Data = Sequence[Mapping[str, Any]]

STATUSES: Mapping[str, tuple[str, str]] = {
    "Approved": ("var(--good)", "circle"),
    "PendingManualApproval": ("var(--wait)", "triangle-up"),
    "Rejected": ("var(--bad)", "diamond"),
    "Failed": ("var(--bad)", "square"),
}
"""Colour and shape by status, so that no status is told by its colour alone."""

_BAR, _ROW = 16, 40


def colour(status: str) -> str:
    """The colour of a status; neutral for one that is not known."""
    return STATUSES.get(status, ("var(--faint)", "circle"))[0]


def line(data: Data, *, x: str, y: str, y_title: str, height: int) -> alt.LayerChart:
    """Points in the order of the data, joined by a line; rows have `label`, `aria` and `status` beside x and y."""
    domain = list(STATUSES)
    base = _base(data).encode(
        x=alt.X(f"{x}:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, grid=False, labelOverlap=True)),
        y=alt.Y(
            f"{y}:Q",
            title=y_title,
            scale=alt.Scale(zero=False, padding=24, nice=True),
            axis=alt.Axis(tickCount=4, titleAngle=0, titleAlign="left", titleAnchor="end", titleY=-12, titleX=-40),
        ),
    )
    path = base.mark_line(color="var(--faint)", strokeWidth=2, aria=False)
    points = base.mark_point(filled=True, size=130, opacity=1, stroke="var(--card)", strokeWidth=1.5).encode(
        color=alt.Color("status:N", legend=None, scale=_scale(domain, 0)),
        shape=alt.Shape("status:N", legend=None, scale=_scale(domain, 1)),
        description="aria:N",
    )
    labels = base.mark_text(dy=-16, aria=False, fontWeight=600).encode(text="label:N")
    return alt.layer(path, points, labels).properties(height=height)


def bars(data: Data, *, y: str, x: str) -> alt.LayerChart:
    """One horizontal bar a row, its `label` at its end; rows have `colour` and `aria` beside y and x."""
    top = max((row[x] for row in data), default=0)
    base = _base(data).encode(
        y=alt.Y(f"{y}:N", sort=None, title=None, axis=alt.Axis(grid=False, labelColor="var(--ink)", labelLimit=170)),
        x=alt.X(f"{x}:Q", title=None, axis=None, scale=alt.Scale(domain=[0, top * 1.25 or 1])),
    )
    marks = base.mark_bar(height=_BAR, cornerRadiusEnd=3, minBandSize=2).encode(
        color=alt.Color("colour:N", scale=None, legend=None), description="aria:N"
    )
    labels = base.mark_text(align="left", dx=7, aria=False, fontWeight=600).encode(text="label:N")
    return alt.layer(marks, labels).properties(height=_ROW * len(data))


def stacks(data: Data, *, y: str, x: str) -> alt.LayerChart:
    """Horizontal bars of parts, one bar for each value of y; rows have `part`, `order`, `colour`, `label`, `aria`."""
    names = list(dict.fromkeys(row[y] for row in data))
    base = _base(data).encode(
        y=alt.Y(f"{y}:N", sort=names, title=None, axis=alt.Axis(grid=False, labelColor="var(--ink)", labelLimit=170)),
        order="order:Q",
    )
    marks = base.mark_bar(height=_BAR * 1.5, stroke="var(--card)", strokeWidth=1.5).encode(
        x=alt.X(f"{x}:Q", stack="zero", title=None, axis=None),
        color=alt.Color("colour:N", scale=None, legend=None),
        detail="part:N",
        description="aria:N",
    )
    labels = base.mark_text(color="var(--on-colour)", aria=False, fontWeight=600).encode(
        x=alt.X(f"{x}:Q", stack="zero", bandPosition=0.5), detail="part:N", text="label:N"
    )
    return alt.layer(marks, labels).properties(height=_ROW * len(names))


def _base(data: Data) -> alt.Chart:
    return alt.Chart(alt.Data(values=[dict(row) for row in data]))


def _scale(domain: list[str], aspect: int) -> alt.Scale:
    return alt.Scale(domain=domain, range=[STATUSES[status][aspect] for status in domain])
