"""KPI visualisation: tables, crawler, queries and the dashboard of one use case."""

from components.kpi_visualization.component import KpiVisualization, KpiVisualizationArgs

__all__ = ["KpiVisualization", "KpiVisualizationArgs"]
