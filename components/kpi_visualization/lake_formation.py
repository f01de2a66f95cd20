"""Lake Formation: the grants that a governed catalog asks for, beside what IAM allows."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components import iam, roles
from components.kpi_visualization.access import read_objects
from components.kpi_visualization.catalog import Catalog
from components.workspace import Workspace
from contract.names import LAKE_FORMATION_ROLE

_READ = ["DESCRIBE", "SELECT"]


def register(name: str, workspace: Workspace, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Registers what the declared tables lie in; the role lets Lake Formation read it for those it grants to.

    Athena's results lie elsewhere and are not registered, since a results location must not be; crawled CSVs are read
    with the IAM permissions of whoever queries them. Sources: "Considerations and limitations" of Athena with Lake
    Formation (Amazon Athena User Guide), "Requirements for roles used to register locations" (Lake Formation).
    """
    deployment = workspace.deployment
    prefixes = [workspace.layout.kpi, workspace.layout.registry_events]
    # Lake Formation documents no aws:SourceArn for this trust; iam:PassRole decides who may hand the role to it.
    role = roles.role(
        f"{name}-lake-formation-role",
        deployment=deployment,
        short_name=LAKE_FORMATION_ROLE,
        description="Lets Lake Formation read KPI tables for those it grants to",
        trust=iam.assumable_by("lakeformation.amazonaws.com"),
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-lake-formation-policy",
        name="read-kpis",
        role=role.name,
        policy=iam.document(
            *read_objects("KpiTables", workspace, prefixes),
            iam.allow("UseKey", ["kms:Decrypt", "kms:DescribeKey"], [workspace.key_arn]),
        ),
        opts=opts,
    )
    return [
        aws.lakeformation.Resource(
            f"{name}-location-{prefix.rpartition('/')[2]}",
            arn=pulumi.Output.concat(workspace.data.bucket_arn, f"/{prefix}"),
            role_arn=role.arn,
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[policy])),
        )
        for prefix in prefixes
    ]


def grant_crawler(
    name: str, catalog: Catalog, role_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    """Creating tables in the database; their creator may change them without a further grant."""
    return aws.lakeformation.Permissions(
        f"{name}-database-crawler",
        principal=role_arn,
        permissions=["CREATE_TABLE", "DESCRIBE"],
        database={"name": catalog.database.name},
        opts=opts,
    )


def grant_declared_tables(
    name: str, catalog: Catalog, role_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Reading the database's declared tables and no other."""
    return [
        _describe_database(name, catalog, role_arn, opts),
        *(
            aws.lakeformation.Permissions(
                f"{name}-{key.replace('_', '-')}",
                principal=role_arn,
                permissions=_READ,
                table={"database_name": catalog.database.name, "name": table.name},
                opts=opts,
            )
            for key, table in catalog.tables.items()
        ),
    ]


def grant_analysts(name: str, catalog: Catalog, role_arns: Sequence[str], opts: pulumi.ResourceOptions) -> None:
    """Reading all of the database's tables, those that crawls find included."""
    for role_arn in role_arns:
        analyst = f"{name}-analyst-{role_arn.partition(':role/')[2].replace('/', '-')}"
        _describe_database(analyst, catalog, role_arn, opts)
        aws.lakeformation.Permissions(
            f"{analyst}-tables",
            principal=role_arn,
            permissions=_READ,
            table={"database_name": catalog.database.name, "wildcard": True},
            opts=opts,
        )


def _describe_database(
    name: str, catalog: Catalog, role_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    return aws.lakeformation.Permissions(
        f"{name}-database",
        principal=role_arn,
        permissions=["DESCRIBE"],
        database={"name": catalog.database.name},
        opts=opts,
    )
