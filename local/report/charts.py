"""The KPI charts: one for each named query, drawn from what Athena answered and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.report import plots, texts
from local.report.chart import Chart, Figure, Rows, figure
from local.report.model import Answer
from local.report.rows import number, share

_DAYS = 14
_DECISIONS = {"approved": "var(--good)", "rejected": "var(--bad)", "pending": "var(--wait)"}
_OUTCOMES = {"succeeded": "var(--good)", "failed": "var(--bad)"}


def figures(answers: Sequence[Answer]) -> tuple[Figure, ...]:
    """The figures in the order of the charts; a query without a chart of its own comes last, as a table.

    Raises:
        ChartError: an answer lacks a column that its chart needs.
    """
    by_query = {answer.query: answer for answer in answers}
    known = [figure(chart, by_query.pop(chart.query)) for chart in CHARTS if chart.query in by_query]
    return (*known, *(figure(_table(name), answer) for name, answer in by_query.items()))


def _table(query: str) -> Chart:
    return Chart(query=query, title=texts.label(query.replace("-", "_")), needs=())


def _metric_by_version(rows: Rows) -> Any:
    data = [
        {
            "x": f"v{row['version']}",
            "mse": row["mse"],
            "status": row["status"],
            "label": f"{number(row['mse']):,.5g}",
            "aria": f"Version {row['version']}: MSE {texts.cell(row['mse'])}, {row['status']}",
        }
        for row in sorted(rows, key=lambda row: number(row["version"]))
    ]
    return plots.line(data, x="x", y="mse", y_title="MSE on the test split", height=280)


def _lead_times(rows: Rows) -> Any:
    data = [
        {
            "y": f"v{row['version']} {str(row['status']).lower()}",
            "x": row["lead_time_seconds"],
            "label": texts.duration(number(row["lead_time_seconds"])),
            "colour": plots.colour(str(row["status"])),
            "aria": f"Version {row['version']}: {row['status']} after {texts.cell(row['lead_time_seconds'])} s",
        }
        for row in sorted(rows, key=lambda row: number(row["version"]))
    ]
    return plots.bars(data, y="y", x="x")


def _decisions(rows: Rows) -> Any:
    totals = {name.capitalize(): sum(number(row[name]) for row in rows) for name in _DECISIONS}
    data = [
        {"y": name, "x": total, "label": f"{total:g}", "colour": colour, "aria": f"{name}: {total:g}"}
        for (name, total), colour in zip(totals.items(), _DECISIONS.values(), strict=True)
    ]
    return plots.bars(data, y="y", x="x")


def _approved_share(rows: Rows) -> str:
    approved, rejected = (sum(number(row[name]) for row in rows) for name in ("approved", "rejected"))
    return share(approved, approved + rejected, "approved")


def _runs(rows: Rows) -> Any:
    latest = sorted(rows, key=lambda row: str(row["day"]))[-_DAYS:]
    data = [
        {
            "y": str(row["day"]),
            "x": row[outcome],
            "part": outcome,
            "order": order,
            "label": f"{row[outcome]}" if row[outcome] else "",
            "aria": f"{row['day']}: {row[outcome]} {outcome}",
        }
        for row in latest
        for order, outcome in enumerate(_OUTCOMES)
    ]
    return plots.stacks(data, y="y", x="x", parts=_OUTCOMES)


def _succeeded_share(rows: Rows) -> str:
    succeeded, failed = (sum(number(row[name]) for row in rows) for name in _OUTCOMES)
    return share(succeeded, succeeded + failed, "succeeded")


def _ages(rows: Rows) -> Any:
    data = [
        {
            "y": str(row["source"]),
            "x": row["age_seconds"],
            "label": texts.duration(number(row["age_seconds"])),
            "colour": "var(--accent)",
            "aria": f"{row['source']}: {texts.cell(row['age_seconds'])} s old",
        }
        for row in rows
    ]
    return plots.bars(data, y="y", x="x")


CHARTS = (
    Chart(
        query="metric-by-version",
        title="Error of each model version",
        needs=("version", "status", "mse"),
        draw=_metric_by_version,
    ),
    Chart(query="latest-approved", title="Latest approved version", needs=("version",), cards=True),
    Chart(
        query="approval-lead-time",
        title="From registered to decided",
        needs=("version", "status", "lead_time_seconds"),
        draw=_lead_times,
    ),
    Chart(
        query="approval-rate",
        title="Decisions",
        needs=tuple(_DECISIONS),
        draw=_decisions,
        headline=_approved_share,
    ),
    Chart(
        query="pipeline-success-rate",
        title="Pipeline runs by day",
        needs=("day", *_OUTCOMES),
        draw=_runs,
        headline=_succeeded_share,
    ),
    Chart(query="data-freshness", title="Age of the newest data", needs=("source", "age_seconds"), draw=_ages),
)
