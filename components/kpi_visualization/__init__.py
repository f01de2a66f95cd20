"""KPI visualisation: tables, crawler, queries and the dashboard of one use case."""

from components.kpi_visualization.component import KpiVisualization, KpiVisualizationArgs
from components.kpi_visualization.names import Names

__all__ = ["KpiVisualization", "KpiVisualizationArgs", "Names"]
