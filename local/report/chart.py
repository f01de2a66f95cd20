"""What a KPI chart is: the columns that it needs, and how it draws the rows of one answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from local.report import svg
from local.report.model import Answer, Row

Rows = Sequence[Row]


class ChartError(Exception):
    """An answer lacks a column that its chart needs; the message names the query and the column."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """How one query's answer is shown.

    `needs` are the columns that have to be there; a row without a value in one of them is not drawn. `draw` gives an
    Altair chart, and is None where figures say more than a drawing; `headline` gives the one figure that the answer
    comes down to; `cards` shows the first row's columns as figures.
    """

    query: str
    title: str
    needs: tuple[str, ...]
    draw: Callable[[Rows], Any] | None = None
    headline: Callable[[Rows], str] | None = None
    cards: bool = False


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart with its answer; `drawings` by canvas, none where there are no rows."""

    chart: Chart
    answer: Answer
    drawings: Mapping[str, Markup]
    headline: str
    left_out: int


def figure(chart: Chart, answer: Answer) -> Figure:
    """The figure of an answer.

    Raises:
        ChartError: a column that the chart needs is missing.
    """
    for column in chart.needs:
        if column not in answer.columns:
            given = ", ".join(answer.columns) or "none"
            raise ChartError(f"named query {answer.query} has no column {column}; its chart needs it. Columns: {given}")
    rows = [row for row in answer.rows if all(row[column] is not None for column in chart.needs)]
    drawn = chart.draw(rows) if chart.draw and rows else None
    canvases = (svg.WIDE, svg.NARROW) if drawn is not None else ()
    return Figure(
        chart=chart,
        answer=answer,
        drawings={canvas.name: svg.render(drawn, canvas, chart.title) for canvas in canvases},
        headline=chart.headline(rows) if chart.headline and rows else "",
        left_out=len(answer.rows) - len(rows),
    )
