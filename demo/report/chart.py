"""What a KPI chart is: the columns that it needs, and how it draws the rows of one answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from demo.report import svg, texts
from demo.report.model import Answer, Row

Rows = Sequence[Row]


class ChartError(Exception):
    """An answer can't be drawn; the message names the query, and the column that it lacks."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """How one query's answer is shown.

    `needs` are the columns that have to be there; a row without a value in one of them is not drawn. `draw` gives an
    Altair chart, and is None where figures say more than a drawing; `headline` gives the one figure that the answer
    comes down to; `cards` shows the first row's columns as figures. Of more rows than `latest` the last ones are drawn:
    the queries put what is newest last.
    """

    query: str
    title: str
    needs: tuple[str, ...]
    draw: Callable[[Rows], Any] | None = None
    headline: Callable[[Rows], str] | None = None
    cards: bool = False
    latest: int = 14


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart with its answer; `drawings` by canvas, none where there are no rows; `notes` say what is not drawn."""

    chart: Chart
    answer: Answer
    drawings: Mapping[str, Markup]
    headline: str
    notes: Sequence[str]


def figure(chart: Chart, answer: Answer) -> Figure:
    """Return the figure of an answer.

    Raises:
        ChartError: a column that the chart needs is missing, or holds texts where numbers should be.
    """
    for column in chart.needs:
        if column not in answer.columns:
            columns = ", ".join(answer.columns) or "none"
            raise ChartError(
                f"named query {answer.query} has no column {column}; its chart needs it. Columns: {columns}"
            )
    complete = [row for row in answer.rows if all(row[column] is not None for column in chart.needs)]
    rows = complete[-chart.latest :]
    try:
        drawn = chart.draw(rows) if chart.draw and rows else None
        headline = chart.headline(complete) if chart.headline and complete else ""
    except ValueError as error:
        raise ChartError(f"named query {answer.query}: {error}") from error
    canvases = (svg.WIDE, svg.NARROW) if drawn is not None else ()
    return Figure(
        chart=chart,
        answer=answer,
        drawings={canvas.name: svg.render(drawn, canvas, chart.title) for canvas in canvases},
        headline=headline,
        notes=tuple(_notes(chart, len(answer.rows), len(complete))),
    )


def _notes(chart: Chart, rows: int, complete: int) -> Iterator[str]:
    if complete < rows:
        yield f"Not drawn for want of a value: {texts.count(rows - complete, 'row')}."
    if chart.draw and complete > chart.latest:
        yield f"Drawn are the latest {chart.latest} of {complete}."
