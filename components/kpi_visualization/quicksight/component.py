"""QuickSight: a data source with its own role, one data set per question, and the dashboard over them."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.foundation import Workspace
from components.kpi_visualization.catalog import Catalog
from components.kpi_visualization.lake_formation import create_declared_table_grants
from components.kpi_visualization.quicksight.dashboard import definition
from components.kpi_visualization.quicksight.data_sets import create_data_sets
from components.kpi_visualization.quicksight.permissions import dashboard_permissions, data_source_permissions
from components.kpi_visualization.quicksight.role import create_role, create_service_role_policy
from components.native import NativeResource
from settings.kpis import QuickSightSettings


@dataclass(frozen=True, kw_only=True)
class QuickSightArgs:
    """What is shown to whom: the catalog and workgroup to query, the principals, and whether grants are needed."""

    workspace: Workspace
    settings: QuickSightSettings
    catalog: Catalog
    workgroup: aws.athena.Workgroup
    lake_formation: bool


class QuickSight(pulumi.ComponentResource):
    """One use case's dashboard; the principals are in the permissions of its assets and nowhere else."""

    dashboard_id: pulumi.Output[str]

    def __init__(self, name: str, args: QuickSightArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:QuickSight", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        data_source = self._create_data_source(name, args)
        data_sets = create_data_sets(name, args.workspace, args.settings, data_source, child)
        dashboard = _create_dashboard(name, args, data_sets, child)

        self.dashboard_id = dashboard.output("dashboardId")
        self.register_outputs({"dashboard_id": self.dashboard_id})

    def _create_data_source(self, name: str, args: QuickSightArgs) -> aws.quicksight.DataSource:
        """Create the data source after all that its first query needs: role, permissions, tables and grants."""
        child = pulumi.ResourceOptions(parent=self)
        workspace, deployment = args.workspace, args.workspace.deployment
        role, policy = create_role(name, workspace, child, lake_formation=args.lake_formation)
        before: list[pulumi.Resource] = [policy, *args.catalog.tables.values()]
        if args.settings.patch_service_role:
            before.append(create_service_role_policy(name, workspace, child, lake_formation=args.lake_formation))
        if args.lake_formation:
            before += create_declared_table_grants(name, args.catalog, role.arn, child)
        permissions = data_source_permissions(args.settings)
        return aws.quicksight.DataSource(
            f"{name}-data-source",
            aws_account_id=deployment.account_id,
            data_source_id=deployment.name("kpis", 512),
            name=f"KPIs of {deployment.prefix}",
            type="ATHENA",
            parameters={"athena": {"work_group": args.workgroup.name, "role_arn": role.arn}},
            ssl_properties={"disable_ssl": False},
            # The API takes one permission at least, or none at all.
            permissions=[aws.quicksight.DataSourcePermissionArgs(**each) for each in permissions] or None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )


def _create_dashboard(
    name: str, args: QuickSightArgs, data_sets: dict[str, aws.quicksight.DataSet], opts: pulumi.ResourceOptions
) -> NativeResource:
    deployment = args.workspace.deployment
    data_set_arns = {question: data_set.arn for question, data_set in data_sets.items()}
    # aws-native: docs/adr/0005-aws-native-for-the-dashboard.md
    return NativeResource(
        "aws-native:quicksight:Dashboard",
        f"{name}-dashboard",
        {
            "awsAccountId": deployment.account_id,
            "dashboardId": deployment.name("kpis", 512),
            "name": f"KPIs of {deployment.prefix}",
            "definition": definition(data_set_arns),
            "permissions": dashboard_permissions(args.settings),
        },
        create_only=("awsAccountId", "dashboardId"),
        opts=opts,
    )
