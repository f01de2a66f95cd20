"""Visuals of a QuickSight dashboard, as the API's definitions: the few shapes that this project's dashboard takes.

Source: AWS::QuickSight::Dashboard (CloudFormation), whose names the provider spells in camel case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from components.kpi_visualization.queries import Query

Definition = dict[str, Any]
_PERCENT: Definition = {
    "formatConfiguration": {
        "percentageDisplayFormatConfiguration": {
            "decimalPlacesConfiguration": {"decimalPlaces": 0},
            "suffix": "%",
        }
    }
}
_NUMBER: Definition = {
    "formatConfiguration": {"numberDisplayFormatConfiguration": {"decimalPlacesConfiguration": {"decimalPlaces": 3}}}
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
        return {"dataSetIdentifier": self.query.name, "columnName": name}

    def field(self, name: str) -> Definition:
        """Return a column with an id that is unique on the sheet."""
        return {"fieldId": f"{self.visual_id}-{name}", "column": self.column(name)}

    def _head(self) -> Definition:
        return {
            "visualId": self.visual_id,
            "title": {"visibility": "VISIBLE", "formatText": {"plainText": self.title}},
            "subtitle": {"visibility": "VISIBLE", "formatText": {"plainText": self.query.description}},
        }

    def dimension(self, name: str) -> Definition:
        """Return a column to group by."""
        kind = self.query.columns[name]
        if kind == "DATETIME":
            return {"dateDimensionField": {**self.field(name), "dateGranularity": "DAY"}}
        group = "categorical" if kind == "STRING" else "numerical"
        return {f"{group}DimensionField": self.field(name)}

    def measure(self, name: str, aggregation: str | None, number_format: Definition) -> Definition:
        """Return a number to draw; calculated fields aggregate themselves and take None."""
        measure = {**self.field(name), "formatConfiguration": number_format}
        if aggregation:
            measure["aggregationFunction"] = {"simpleNumericalAggregation": aggregation}
        return {"numericalMeasureField": measure}

    def line(self, category: str, value: str, *, percent: bool = False) -> Definition:
        """Return a line of one number along a category."""
        wells = {
            "category": [self.dimension(category)],
            "values": [self.measure(value, "AVERAGE", _PERCENT if percent else _NUMBER)],
        }
        chart = {"type": "LINE", "fieldWells": {"lineChartAggregatedFieldWells": wells}}
        return {"lineChartVisual": {**self._head(), "chartConfiguration": chart}}

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
            "barsArrangement": arrangement,
            "fieldWells": {"barChartAggregatedFieldWells": wells},
        }
        return {"barChartVisual": {**self._head(), "chartConfiguration": chart}}

    def share(self, name: str) -> Definition:
        """Return one big percentage: a calculated field."""
        wells = {"values": [self.measure(name, None, _PERCENT)]}
        return {"kpiVisual": {**self._head(), "chartConfiguration": {"fieldWells": wells}}}

    def table(self, columns: Sequence[str]) -> Definition:
        """Return the answer's rows as they are."""
        wells = {"tableUnaggregatedFieldWells": {"values": [self.field(name) for name in columns]}}
        return {"tableVisual": {**self._head(), "chartConfiguration": {"fieldWells": wells}}}
