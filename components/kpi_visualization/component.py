"""KPI visualisation: from the CSVs and events of an ML pipeline to Athena queries and a dashboard."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.foundation import Workspace
from components.kpi_visualization.athena import Athena, create_athena
from components.kpi_visualization.catalog import Catalog, create_catalog
from components.kpi_visualization.crawler import CrawlerArgs, create_crawler, create_crawler_role
from components.kpi_visualization.lake_formation import GrantsArgs, create_grants
from components.kpi_visualization.quicksight import QuickSight, QuickSightArgs
from settings.kpis import KpiSettings

_NOBODY = (
    "No QuickSight principal is configured, so there is no dashboard; all else is deployed."
    " To see one, list ARNs under mlops-infra:kpis.quicksight.owners or mlops-infra:kpis.quicksight.viewers."
)


@dataclass(frozen=True, kw_only=True)
class KpiVisualizationArgs:
    """What one use case's KPIs are read from, and the settings: schedule, limit, principals.

    The role of the notifier and those of the delivery pipeline's jobs, by the job's name, are for a governed catalog's
    grants.
    """

    workspace: Workspace
    settings: KpiSettings
    notifier_role_arn: pulumi.Input[str]
    job_role_arns: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])


class KpiVisualization(pulumi.ComponentResource):
    """Makes one use case's KPIs queryable, and visible to the configured QuickSight principals.

    Creates the Glue database with its declared tables, the crawler, the Athena workgroup with one named query a
    question, Lake Formation's grants where the catalog is governed, and the dashboard where somebody may see it.
    """

    database_name: pulumi.Output[str]
    workgroup_name: pulumi.Output[str]
    crawler_name: pulumi.Output[str]
    named_query_ids: Mapping[str, pulumi.Output[str]]
    dashboard_id: pulumi.Output[str] | None

    def __init__(self, name: str, args: KpiVisualizationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:KpiVisualization", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        workspace, settings = args.workspace, args.settings

        catalog = create_catalog(name, workspace, self)
        crawler_role = create_crawler_role(name, workspace, child)
        grants: list[pulumi.Resource] = []
        if settings.lake_formation.enabled:
            grants_args = GrantsArgs(
                workspace=workspace,
                catalog=catalog,
                crawler_role_arn=crawler_role.role.arn,
                analyst_role_arns=settings.lake_formation.analyst_roles,
                notifier_role_arn=args.notifier_role_arn,
                job_role_arns=args.job_role_arns,
            )
            grants = create_grants(name, grants_args, child)
        crawler_args = CrawlerArgs(
            workspace=workspace,
            catalog=catalog,
            schedule=settings.crawler_schedule,
            role=crawler_role,
            grants=grants,
        )
        crawler = create_crawler(name, crawler_args, child)
        athena = create_athena(name, workspace, catalog.database, settings.scan_limit_megabytes, child)
        dashboard = self._create_dashboard(name, args, catalog, athena)

        self.database_name = catalog.database.name
        self.workgroup_name = athena.workgroup.name
        self.crawler_name = crawler.name
        self.named_query_ids = {query: resource.id for query, resource in athena.named_queries.items()}
        self.dashboard_id = dashboard.dashboard_id if dashboard else None
        self.register_outputs({"summary": self.summary})

    @property
    def summary(self) -> pulumi.Output[dict[str, object]]:
        """{"database", "workgroup", "crawler", "named_queries": {name: id}, "dashboard": id or None}."""
        return pulumi.Output.all(
            database=self.database_name,
            workgroup=self.workgroup_name,
            crawler=self.crawler_name,
            named_queries=self.named_query_ids,
            dashboard=self.dashboard_id,
        )

    def _create_dashboard(
        self, name: str, args: KpiVisualizationArgs, catalog: Catalog, athena: Athena
    ) -> QuickSight | None:
        """Create the dashboard, or warn where nobody would see it."""
        if not args.settings.quick_sight.principals:
            pulumi.log.warn(_NOBODY, self)
            return None
        return QuickSight(
            f"{name}-quicksight",
            QuickSightArgs(
                workspace=args.workspace,
                settings=args.settings.quick_sight,
                catalog=catalog,
                workgroup=athena.workgroup,
                lake_formation=args.settings.lake_formation.enabled,
            ),
            pulumi.ResourceOptions(parent=self),
        )
