"""KPI visualisation: from the CSVs and events of a pipeline to Athena answers and a dashboard."""

from dataclasses import dataclass

import pulumi

from components.kpi_visualization import athena, catalog, crawler, crawler_role, lake_formation
from components.kpi_visualization.quicksight import QuickSight, QuickSightArgs
from components.workspace import Workspace
from settings.kpis import KpiSettings

_NOBODY = (
    "No QuickSight principal is configured, so there is no dashboard; all else is deployed."
    " To see one, list ARNs under mlops-infra:kpis.quicksight.owners or mlops-infra:kpis.quicksight.viewers."
)


@dataclass(frozen=True, kw_only=True)
class KpiVisualizationArgs:
    """Whose KPIs, and the settings: schedule, limit, principals."""

    workspace: Workspace
    settings: KpiSettings


class KpiVisualization(pulumi.ComponentResource):
    """Makes one use case's KPIs queryable, and visible to the configured QuickSight principals.

    `summary` is {"database", "workgroup", "crawler", "named_queries": {name: id}, "dashboard": id or None}.
    """

    summary: pulumi.Output[dict[str, object]]

    def __init__(self, name: str, args: KpiVisualizationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:KpiVisualization", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        workspace, settings = args.workspace, args.settings

        tables = catalog.declare(name, workspace, self)
        role = crawler_role.create(name, workspace, child)
        grants: list[pulumi.Resource] = []
        if settings.lake_formation.enabled:
            grants = lake_formation.register(name, workspace, child)
            grants.append(lake_formation.grant_crawler(name, tables, role.role.arn, child))
            lake_formation.grant_analysts(name, tables, settings.lake_formation.analyst_roles, child)
        finder = crawler.create(
            name,
            crawler.CrawlerArgs(
                workspace=workspace,
                database_name=tables.database.name,
                schedule=settings.crawler_schedule,
                role_arn=role.role.arn,
                ready=[*role.ready, *grants],
            ),
            child,
        )
        answers = athena.create(name, workspace, tables.database, settings.scan_limit_megabytes, child)
        dashboard = self._dashboard(name, args, tables, answers)

        self.summary = pulumi.Output.all(
            database=tables.database.name,
            workgroup=answers.workgroup.name,
            crawler=finder.name,
            named_queries={key: query.id for key, query in answers.named_queries.items()},
            dashboard=dashboard.dashboard_id if dashboard else None,
        )
        self.register_outputs({"summary": self.summary})

    def _dashboard(
        self, name: str, args: KpiVisualizationArgs, tables: catalog.Catalog, answers: athena.Athena
    ) -> QuickSight | None:
        """The dashboard, or a warning where nobody would see it."""
        if not args.settings.quick_sight.principals:
            pulumi.log.warn(_NOBODY, self)
            return None
        return QuickSight(
            f"{name}-quicksight",
            QuickSightArgs(
                workspace=args.workspace,
                settings=args.settings.quick_sight,
                catalog=tables,
                workgroup=answers.workgroup,
                lake_formation=args.settings.lake_formation.enabled,
            ),
            pulumi.ResourceOptions(parent=self),
        )
