"""The report as one HTML file: no script, no request, both colour schemes, readable on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from demo.report import charts, texts, tree
from demo.report.chart import Figure
from demo.report.facts import facts
from demo.report.model import Report

_TONES = {
    "good": ("Succeeded", "Approved"),
    "bad": ("Failed", "Rejected"),
    "wait": ("Executing", "Starting", "InProgress", "PendingManualApproval"),
}


def render(report: Report, figures: Sequence[Figure] | None = None) -> str:
    """Render the report as HTML; every text in it is escaped. `figures` are those of its answers, if they are drawn.

    Raises:
        ChartError: a query's answer lacks a column that its chart needs.
        ValueError: the resources' parents form a circle.
    """
    return _environment().get_template("template.html.j2").render(**_content(report, figures))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("demo.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"duration": texts.duration, "size": texts.size, "label": texts.label, "cell": texts.cell}
    environment.filters |= {"number": texts.number, "tone": tone}
    environment.globals["count"] = texts.count  # pyright: ignore[reportArgumentType]
    return environment


def _content(report: Report, figures: Sequence[Figure] | None) -> dict[str, Any]:
    return {
        "report": report,
        "facts": tuple(facts(report)),
        "figures": charts.figures(report.answers) if figures is None else figures,
        "trees": tree.build(report.resources),
        "left": sum(report.left.values()),
    }


def tone(status: str) -> str:
    """Return the tone that a status is shown in: good, bad, wait, or none."""
    return next((name for name, statuses in _TONES.items() if status in statuses), "none")
