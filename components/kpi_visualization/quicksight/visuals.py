"""Visuals of a QuickSight dashboard, as the API's definitions: the few shapes that this project's dashboard takes.

Source: AWS::QuickSight::Dashboard (CloudFormation), whose names pulumi spells in snake case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from components.kpi_visualization.queries import Query

Definition = dict[str, Any]
_PERCENT: Definition = {
    "format_configuration": {
        "percentage_display_format_configuration": {
            "decimal_places_configuration": {"decimal_places": 0},
            "suffix": "%",
        }
    }
}
_NUMBER: Definition = {
    "format_configuration": {
        "number_display_format_configuration": {"decimal_places_configuration": {"decimal_places": 3}}
    }
}


@dataclass(frozen=True, kw_only=True)
class Visual:
    """One visual of a sheet: which answer it shows."""

    query: Query
    title: str
    visual_id: str
    calculated: Mapping[str, str] = field(default_factory=dict[str, str])

    def column(self, name: str) -> Definition:
        """Return the identifier of a column of the answer or of a calculated field; raise KeyError for any other."""
        if name not in self.query.columns and name not in self.calculated:
            raise KeyError(f"{self.query.name} has no column {name}")
        return {"data_set_identifier": self.query.name, "column_name": name}

    def field(self, name: str) -> Definition:
        """Return a column with an id that is unique on the sheet."""
        return {"field_id": f"{self.visual_id}-{name}", "column": self.column(name)}

    def _head(self) -> Definition:
        return {
            "visual_id": self.visual_id,
            "title": {"visibility": "VISIBLE", "format_text": {"plain_text": self.title}},
            "subtitle": {"visibility": "VISIBLE", "format_text": {"plain_text": self.query.description}},
        }

    def dimension(self, name: str) -> Definition:
        """Return a column to group by."""
        kind = self.query.columns[name]
        if kind == "DATETIME":
            return {"date_dimension_field": {**self.field(name), "date_granularity": "DAY"}}
        group = "categorical" if kind == "STRING" else "numerical"
        return {f"{group}_dimension_field": self.field(name)}

    def measure(self, name: str, aggregation: str | None, number_format: Definition) -> Definition:
        """Return a number to draw; calculated fields aggregate themselves and take None."""
        measure = {**self.field(name), "format_configuration": number_format}
        if aggregation:
            measure["aggregation_function"] = {"simple_numerical_aggregation": aggregation}
        return {"numerical_measure_field": measure}

    def line(self, category: str, value: str, *, percent: bool = False) -> Definition:
        """Return a line of one number along a category."""
        wells = {
            "category": [self.dimension(category)],
            "values": [self.measure(value, "AVERAGE", _PERCENT if percent else _NUMBER)],
        }
        chart = {"type": "LINE", "field_wells": {"line_chart_aggregated_field_wells": wells}}
        return {"line_chart_visual": {**self._head(), "chart_configuration": chart}}

    def bars(
        self,
        category: str,
        values: Sequence[str],
        *,
        color: str | None = None,
        arrangement: Literal["CLUSTERED", "STACKED"] = "STACKED",
    ) -> Definition:
        """Return vertical bars of one or more numbers along a category."""
        wells: Definition = {
            "category": [self.dimension(category)],
            "values": [self.measure(value, "SUM", _NUMBER) for value in values],
            "colors": [self.dimension(color)] if color else [],
        }
        chart = {
            "orientation": "VERTICAL",
            "bars_arrangement": arrangement,
            "field_wells": {"bar_chart_aggregated_field_wells": wells},
        }
        return {"bar_chart_visual": {**self._head(), "chart_configuration": chart}}

    def share(self, name: str) -> Definition:
        """Return one big percentage: a calculated field."""
        wells = {"values": [self.measure(name, None, _PERCENT)]}
        return {"kpi_visual": {**self._head(), "chart_configuration": {"field_wells": wells}}}

    def table(self, columns: Sequence[str]) -> Definition:
        """Return the answer's rows as they are."""
        wells = {"table_unaggregated_field_wells": {"values": [self.field(name) for name in columns]}}
        return {"table_visual": {**self._head(), "chart_configuration": {"field_wells": wells}}}
