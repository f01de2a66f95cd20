"""The KPI charts: one for each named query, drawn from what Athena answered and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from demo.report import texts
from demo.report.chart import Chart, Figure, Rows, figure
from demo.report.model import Answer, Row
from demo.report.rows import number, share

_STATUSES = {"approved": "var(--good)", "rejected": "var(--bad)", "pending": "var(--wait)", "failed": "var(--muted)"}
_OUTCOMES = {"succeeded": "var(--good)", "failed": "var(--bad)"}


def figures(answers: Sequence[Answer]) -> tuple[Figure, ...]:
    """Return the figures in the order of the charts; a query without a chart of its own comes last, as a table.

    Raises:
        ChartError: an answer lacks a column that its chart needs.
    """
    by_query = {answer.query: answer for answer in answers}
    known = [figure(chart, by_query.pop(chart.query)) for chart in CHARTS if chart.query in by_query]
    return (*known, *(figure(_table(name), answer) for name, answer in by_query.items()))


def _table(query: str) -> Chart:
    return Chart(query=query, title=texts.label(query.replace("-", "_")), needs=())


def _metric_by_version(rows: Rows) -> Any:
    from demo.report import plots

    data = [
        {
            "x": name,
            "mse": row["mse"],
            "group": row["model_package_group"],
            "status": row["status"],
            "label": texts.number(number(row["mse"]), digits=5),
            "aria": f"{name}: MSE {texts.cell(row['mse'])}, {row['status']}",
        }
        for name, row in _versions(rows)
    ]
    return plots.line(data, x="x", y="mse", y_title="MSE on the test split", height=280)


def _lead_times(rows: Rows) -> Any:
    from demo.report import plots

    data = [
        {
            "y": f"{name} {str(row['decision']).lower()}",
            "x": row["lead_time_hours"],
            "label": _hours(row["lead_time_hours"]),
            "colour": plots.colour(str(row["decision"])),
            "aria": f"{name}: {row['decision']} after {_hours(row['lead_time_hours'])}",
        }
        for name, row in _versions(rows)
    ]
    return plots.bars(data, y="y", x="x")


def _versions(rows: Rows) -> list[tuple[str, Row]]:
    """Sort the rows by group and version, each with the version's name: with the group where there are several."""
    ordered = sorted(rows, key=lambda row: (str(row["model_package_group"]), number(row["version"])))
    several = len({row["model_package_group"] for row in rows}) > 1
    return [
        (f"{row['model_package_group']} v{row['version']}" if several else f"v{row['version']}", row) for row in ordered
    ]


def _decisions(rows: Rows) -> Any:
    return _parts(rows, "month", _STATUSES)


def _executions(rows: Rows) -> Any:
    return _parts(rows, "day", _OUTCOMES)


def _parts(rows: Rows, period: str, parts: Mapping[str, str]) -> Any:
    """Draw the counts of each period, one bar each."""
    from demo.report import plots

    data = [
        {
            "y": str(row[period]),
            "x": number(row[part]),
            "part": part,
            "order": order,
            "label": f"{row[part]}" if row[part] else "",
            "aria": f"{row[period]}: {row[part]} {part}",
        }
        for row in sorted(rows, key=lambda row: str(row[period]))
        for order, part in enumerate(parts)
    ]
    return plots.stacks(data, y="y", x="x", parts=parts)


def _approved_share(rows: Rows) -> str:
    return share(rows, "approved", ("approved", "rejected"))


def _succeeded_share(rows: Rows) -> str:
    return share(rows, "succeeded", tuple(_OUTCOMES))


def _ages(rows: Rows) -> Any:
    from demo.report import plots

    data = [
        {
            "y": str(row["source"]),
            "x": row["hours_old"],
            "label": _hours(row["hours_old"]),
            "colour": "var(--accent)",
            "aria": f"{row['source']}: {_hours(row['hours_old'])} old",
        }
        for row in rows
    ]
    return plots.bars(data, y="y", x="x")


def _hours(value: object) -> str:
    return texts.duration(number(value) * 3600)


CHARTS = (
    Chart(
        query="metric-by-version",
        title="Error of each model version",
        needs=("model_package_group", "version", "status", "mse"),
        draw=_metric_by_version,
        latest=40,
    ),
    Chart(query="latest-approved", title="Latest approved version", needs=("version",), cards=True),
    Chart(
        query="approval-lead-time",
        title="From registration to decision",
        needs=("model_package_group", "version", "decision", "lead_time_hours"),
        draw=_lead_times,
    ),
    Chart(
        query="approval-rate",
        title="Versions by status and month",
        needs=("month", *_STATUSES),
        draw=_decisions,
        headline=_approved_share,
    ),
    Chart(
        query="pipeline-success-rate",
        title="Executions of the ML pipeline by day",
        needs=("day", *_OUTCOMES),
        draw=_executions,
        headline=_succeeded_share,
    ),
    Chart(query="data-freshness", title="Age of the newest data", needs=("source", "hours_old"), draw=_ages),
)
