"""QuickSight: a data source with a role of its own, a data set a question, and the dashboard over them."""

from dataclasses import dataclass
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pulumi_aws_native as aws_native

from components.kpi_visualization import lake_formation
from components.kpi_visualization.catalog import Catalog
from components.kpi_visualization.quicksight import dashboard, data_sets, permissions, role
from components.workspace import Workspace
from contract.names import KpiNames
from settings import kpis


@dataclass(frozen=True, kw_only=True)
class QuickSightArgs:
    """What is shown to whom: the catalog and workgroup to query, the principals, and whether grants are needed."""

    workspace: Workspace
    settings: kpis.QuickSightSettings
    catalog: Catalog
    workgroup: aws.athena.Workgroup
    lake_formation: bool


class QuickSight(pulumi.ComponentResource):
    """One use case's dashboard; the principals are in the permissions of its assets and nowhere else."""

    dashboard_id: pulumi.Output[str]

    def __init__(self, name: str, args: QuickSightArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:QuickSight", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        deployment = args.workspace.deployment

        source = data_sets.Source(
            data_source=self._data_source(name, args),
            database=KpiNames(deployment).database,
            use_case_id=args.workspace.use_case_id,
        )
        answers = data_sets.create(name, deployment, source, args.settings, child)
        board = aws_native.quicksight.Dashboard(
            f"{name}-dashboard",
            aws_account_id=deployment.account_id,
            dashboard_id=deployment.name("kpis", 512),
            name=f"KPIs of {deployment.prefix}",
            definition=cast("Any", dashboard.definition(data_sets.arns(answers))),
            permissions=cast("Any", permissions.of_dashboard(args.settings)),
            opts=child,
        )
        self.dashboard_id = board.dashboard_id
        self.register_outputs({"dashboard_id": self.dashboard_id})

    def _data_source(self, name: str, args: QuickSightArgs) -> aws.quicksight.DataSource:
        child = pulumi.ResourceOptions(parent=self)
        workspace, deployment = args.workspace, args.workspace.deployment
        statements = role.statements(workspace, lake_formation=args.lake_formation)
        querying, policy = role.create(name, workspace, statements, child)
        ready: list[pulumi.Resource] = [policy, *args.catalog.tables.values()]
        if args.settings.patch_service_role:
            ready.append(role.patch_service_role(name, workspace, statements, child))
        if args.lake_formation:
            ready += lake_formation.grant_declared_tables(name, args.catalog, querying.arn, child)
        owners = permissions.of_data_source(args.settings)
        return aws.quicksight.DataSource(
            f"{name}-data-source",
            aws_account_id=deployment.account_id,
            data_source_id=deployment.name("kpis", 512),
            name=f"KPIs of {deployment.prefix}",
            type="ATHENA",
            parameters={"athena": {"work_group": args.workgroup.name, "role_arn": querying.arn}},
            ssl_properties={"disable_ssl": False},
            # The API takes one permission at least, or none at all.
            permissions=[aws.quicksight.DataSourcePermissionArgs(**owner) for owner in owners] or None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=ready),
        )
