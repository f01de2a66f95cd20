"""QuickSight: the dashboard, what it is drawn from, and who sees it."""

from components.kpi_visualization.quicksight.component import QuickSight, QuickSightArgs

__all__ = ["QuickSight", "QuickSightArgs"]
