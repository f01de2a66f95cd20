from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from demo.report import charts
from demo.report.chart import ChartError

from .conftest import answer

ONE_ROW: dict[str, tuple[Any, ...]] = {
    "metric-by-version": ("g", 1, "SomethingNew", 10.5),
    "approval-lead-time": ("g", 1, "Approved", 0.5),
    "approval-rate": ("2026-11", 1, 2, 3, 4),
    "pipeline-success-rate": ("2026-11-25", 1, 2),
    "data-freshness": ("registry events", 0.5),
}
DRAWN = [chart for chart in charts.CHARTS if chart.draw]
METRICS = ["model_package_group", "version", "status", "mse", "r2"]


def labels(drawing: str) -> list[str]:
    """The accessible names of the marks that carry values, in drawing order."""
    return [unescape(label) for label in re.findall(r'aria-label="([^"]*)" role="graphics-symbol"', drawing)]


def drawn(query: str, columns: list[str], *rows: tuple[Any, ...], canvas: str = "wide") -> str:
    [figure] = charts.figures([answer(query, columns, *rows)])
    return figure.drawings[canvas]


@pytest.mark.parametrize("chart", charts.CHARTS, ids=lambda chart: chart.query)
def test_a_missing_column_is_an_error_that_names_query_and_column(chart: charts.Chart) -> None:
    for missing in chart.needs:
        columns = [column for column in (*chart.needs, "other") if column != missing]
        with pytest.raises(ChartError, match=rf"named query {chart.query} has no column {missing}; .*other"):
            charts.figures([answer(chart.query, columns)])


@pytest.mark.parametrize("chart", charts.CHARTS, ids=lambda chart: chart.query)
def test_without_rows_nothing_is_drawn(chart: charts.Chart) -> None:
    [figure] = charts.figures([answer(chart.query, list(chart.needs))])
    assert (figure.drawings, figure.headline) == ({}, "")


@pytest.mark.slow
def test_a_row_without_a_value_is_left_out_and_counted() -> None:
    [figure] = charts.figures(
        [answer("metric-by-version", METRICS, ("g", 1, "Approved", 10.5, 0.5), ("g", 2, "Failed", None, None))]
    )
    assert labels(figure.drawings["wide"]) == ["v1: MSE 10.5, Approved"]
    assert figure.notes == ("Not drawn for want of a value: 1 row.",)


@pytest.mark.parametrize("chart", DRAWN, ids=lambda chart: chart.query)
def test_a_text_in_place_of_a_number_is_an_error_that_names_query_and_value(chart: charts.Chart) -> None:
    row = (*ONE_ROW[chart.query][:-1], "many")
    with pytest.raises(ChartError, match=f"named query {chart.query}: 'many' is no number"):
        charts.figures([answer(chart.query, list(chart.needs), row)])


@pytest.mark.slow
def test_the_same_values_are_drawn_for_a_laptop_and_for_a_phone() -> None:
    rows = [("g", 2, "Rejected", 3388.712, 0.3), ("g", 1, "Approved", 3041.229, 0.4)]
    expected = ["v1: MSE 3,041.23, Approved", "v2: MSE 3,388.71, Rejected"]
    for canvas in ("wide", "narrow"):
        assert labels(drawn("metric-by-version", METRICS, *rows, canvas=canvas)) == expected


@pytest.mark.slow
@pytest.mark.parametrize("chart", DRAWN, ids=lambda chart: chart.query)
def test_drawings_have_no_colours_of_their_own_so_that_they_follow_the_page(chart: charts.Chart) -> None:
    drawing = drawn(chart.query, list(chart.needs), ONE_ROW[chart.query])
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawing))
    assert any(colour.startswith("var(--") for colour in colours)
    assert all(colour.startswith("var(--") or colour in {"none", "transparent"} for colour in colours), colours


@pytest.mark.slow
@pytest.mark.parametrize("chart", DRAWN, ids=lambda chart: chart.query)
def test_no_two_drawings_share_an_id(chart: charts.Chart) -> None:
    assert " id=" not in drawn(chart.query, list(chart.needs), ONE_ROW[chart.query])


@pytest.mark.slow
def test_hostile_text_in_an_answer_stays_text() -> None:
    hostile = '"><script>alert(1)</script>'
    drawing = drawn("data-freshness", ["source", "hours_old"], (hostile, 0.5))
    assert "<script" not in drawing
    assert f"{hostile}: 30 min old" in labels(drawing)


def test_a_query_that_has_no_chart_is_shown_as_a_table_after_the_others() -> None:
    figures = charts.figures([answer("my-own", ["a"], (1,)), answer("latest-approved", ["version"], (1,))])
    assert [(figure.answer.query, figure.chart.title) for figure in figures] == [
        ("latest-approved", "Latest approved version"),
        ("my-own", "My own"),
    ]


@pytest.mark.slow
def test_versions_of_several_groups_are_told_apart() -> None:
    rows = [("b", 1, "Approved", 9.0, 0.5), ("a", 2, "Approved", 8.0, 0.5), ("a", 1, "Approved", 7.0, 0.5)]
    assert labels(drawn("metric-by-version", METRICS, *rows)) == [
        "a v1: MSE 7, Approved",
        "a v2: MSE 8, Approved",
        "b v1: MSE 9, Approved",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "said"),
    [([("2026-10", 1, 1, 0, 1), ("2026-11", 3, 0, 5, 0)], "4 of 5 approved"), ([("2026-11", 0, 0, 2, 1)], "")],
)
def test_the_share_of_approvals_is_of_those_that_were_decided(rows: list[tuple[Any, ...]], said: str) -> None:
    columns = ["month", "approved", "rejected", "pending", "failed"]
    [figure] = charts.figures([answer("approval-rate", columns, *rows)])
    assert figure.headline == said


@pytest.mark.slow
def test_only_the_latest_days_are_drawn() -> None:
    rows = [(f"2026-11-{day:02}", 1, 0) for day in range(1, 31)]
    [figure] = charts.figures([answer("pipeline-success-rate", ["day", "succeeded", "failed"], *rows)])
    drawn_labels = labels(figure.drawings["wide"])
    assert drawn_labels[0] == "2026-11-17: 1 succeeded"
    assert len(drawn_labels) == 2 * 14
    assert figure.notes == ("Drawn are the latest 14 of 30.",)
    assert figure.headline == "30 of 30 succeeded"


@pytest.mark.slow
def test_of_many_points_only_the_extremes_and_the_last_carry_their_value_as_text() -> None:
    rows = [("g", version, "Approved", 100.0 + version * 37 % 101, 0.5) for version in range(1, 31)]
    drawing = drawn("metric-by-version", METRICS, *rows)
    values = [row[3] for row in rows]
    texts = re.findall(r'font-weight="600"[^>]*>([^<]+)<', drawing)
    assert sorted(map(float, texts)) == sorted([min(values[:-1]), max(values[:-1]), values[-1]])
    assert len(labels(drawing)) == 30
