"""The dashboard: the questions on one sheet, and the place of each."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.kpi_visualization import queries
from components.kpi_visualization.quicksight.visuals import Definition, Visual

# A grid has 36 columns ("Grid layout", Amazon QuickSight API Reference); widths below add up to it.
_SHEET = "kpis"
# Calculated fields, by data set: rates over all rows are not means of the rows' rates.
CALCULATED: Mapping[str, Mapping[str, str]] = {
    queries.APPROVAL_RATE.name: {
        "overall_approval_rate": "sum({approved}) / (sum({approved}) + sum({rejected}))",
    },
    queries.PIPELINE_SUCCESS_RATE.name: {
        "overall_success_rate": "sum({succeeded}) / sum({executions})",
    },
    # As of now, not as of the last refresh.
    queries.DATA_FRESHNESS.name: {"hours_since_then": 'dateDiff({latest_at}, now(), "HH")'},
}


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A visual and its place on the grid."""

    visual: Definition
    column: int
    row: int
    width: int
    height: int


def definition(data_set_arns: Mapping[str, pulumi.Input[str]]) -> Definition:
    """Return the dashboard's definition over data sets by the question's name; it depends on nothing else."""
    places = _places()
    return {
        "dataSetIdentifierDeclarations": [
            {"identifier": name, "dataSetArn": arn} for name, arn in data_set_arns.items()
        ],
        "calculatedFields": [
            {"dataSetIdentifier": data_set, "name": name, "expression": expression}
            for data_set, fields in CALCULATED.items()
            for name, expression in fields.items()
        ],
        "sheets": [
            {
                "sheetId": _SHEET,
                "name": "KPIs",
                "contentType": "INTERACTIVE",
                "visuals": [place.visual for place in places],
                "layouts": [{"configuration": {"gridLayout": {"elements": [_element(place) for place in places]}}}],
            }
        ],
    }


def _element(place: _Place) -> Definition:
    [visual] = place.visual.values()
    return {
        "elementId": visual["visualId"],
        "elementType": "VISUAL",
        "columnIndex": place.column,
        "columnSpan": place.width,
        "rowIndex": place.row,
        "rowSpan": place.height,
    }


def _places() -> list[_Place]:
    return [
        _Place(
            visual=_visual(queries.LATEST_APPROVED).table(
                ["version", "approved_at", "approved_by", "reason", "mse", "r2", "commit_id"]
            ),
            column=0,
            row=0,
            width=20,
            height=7,
        ),
        _Place(
            visual=_visual(queries.PIPELINE_SUCCESS_RATE, "Executions that succeeded").share("overall_success_rate"),
            column=20,
            row=0,
            width=8,
            height=7,
        ),
        _Place(
            visual=_visual(queries.APPROVAL_RATE, "Decided versions that were approved").share("overall_approval_rate"),
            column=28,
            row=0,
            width=8,
            height=7,
        ),
        _Place(visual=_visual(queries.METRIC_BY_VERSION).line("version", "mse"), column=0, row=7, width=18, height=10),
        _Place(
            visual=_visual(queries.PIPELINE_SUCCESS_RATE).line("day", "success_rate", percent=True),
            column=18,
            row=7,
            width=18,
            height=10,
        ),
        _Place(
            visual=_visual(queries.APPROVAL_LEAD_TIME).bars("version", ["lead_time_hours"], color="decision"),
            column=0,
            row=17,
            width=18,
            height=10,
        ),
        _Place(
            visual=_visual(queries.APPROVAL_RATE).bars("month", ["approved", "rejected", "pending", "failed"]),
            column=18,
            row=17,
            width=18,
            height=10,
        ),
        _Place(
            visual=_visual(queries.DATA_FRESHNESS).table(["source", "latest_at", "records", "hours_since_then"]),
            column=0,
            row=27,
            width=36,
            height=6,
        ),
    ]


def _visual(query: queries.Query, title: str | None = None) -> Visual:
    """Return the query's own visual, or with a title another one beside it."""
    return Visual(
        query=query,
        title=title or query.title,
        visual_id=f"{query.name}-overall" if title else query.name,
        calculated=CALCULATED.get(query.name, {}),
    )
