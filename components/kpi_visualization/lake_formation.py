"""Lake Formation: the grants that a governed catalog asks for, beside what IAM allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.foundation import Workspace
from components.kpi_visualization.catalog import Catalog
from contract.names import LAKE_FORMATION_ROLE

_READ = ("DESCRIBE", "SELECT")
_VERIFY, _DRIFT, _DEPLOY = "verify", "drift", "deploy"


@dataclass(frozen=True, kw_only=True)
class GrantsArgs:
    """Whose files and tables are governed, and who may use them: crawler, analysts, notifier, the delivery's jobs.

    `job_role_arns` are by the job's name; grants need roles that exist, so each is the ARN of the role itself.
    """

    workspace: Workspace
    catalog: Catalog
    crawler_role_arn: pulumi.Input[str]
    analyst_role_arns: Sequence[str]
    notifier_role_arn: pulumi.Input[str]
    job_role_arns: Mapping[str, pulumi.Input[str]]


def create_grants(name: str, args: GrantsArgs, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Create the declared tables' locations and all grants but QuickSight's; return what a crawl waits for."""
    locations = _create_locations(name, args.workspace, opts)
    # The creator of a table may change it without a further grant.
    may_create_tables = aws.lakeformation.Permissions(
        f"{name}-database-crawler",
        principal=args.crawler_role_arn,
        permissions=["CREATE_TABLE", "DESCRIBE"],
        database={"name": args.catalog.database.name},
        opts=opts,
    )
    for role_arn in args.analyst_role_arns:
        _create_analyst_grants(name, args.catalog, role_arn, opts)
    notifier = f"{name}-notifier"
    _create_database_grant(notifier, args.catalog, args.notifier_role_arn, opts)
    _create_all_tables_grant(notifier, args.catalog, args.notifier_role_arn, opts, ["DESCRIBE"])
    _create_job_grants(name, args.catalog, args.job_role_arns, opts)
    return [*locations, may_create_tables]


def create_declared_table_grants(
    name: str, catalog: Catalog, role_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Let a role read the database's declared tables and no other."""
    return [
        _create_database_grant(name, catalog, role_arn, opts),
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


def _create_locations(name: str, workspace: Workspace, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Create locations of the declared tables' prefixes; the role lets Lake Formation read them for those it grants to.

    Athena's results lie elsewhere and are not registered, since a results location must not be; crawled CSVs are read
    with the IAM permissions of whoever queries them. Sources: "Considerations and limitations" of Athena with Lake
    Formation (Amazon Athena User Guide), "Requirements for roles used to register locations" (Lake Formation).
    """
    prefixes = [workspace.layout.kpi, workspace.layout.registry_events]
    # Lake Formation documents no aws:SourceArn for this trust; iam:PassRole decides who may hand the role to it.
    role = iam.create_role(
        f"{name}-lake-formation-role",
        deployment=workspace.deployment,
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
            *iam.read_objects("KpiTables", workspace.data.bucket_arn, prefixes),
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


def _create_analyst_grants(name: str, catalog: Catalog, role_arn: str, opts: pulumi.ResourceOptions) -> None:
    """Let an analyst read all tables of the database, those that crawls find included."""
    analyst = f"{name}-analyst-{role_arn.partition(':role/')[2].replace('/', '-')}"
    _create_database_grant(analyst, catalog, role_arn, opts)
    _create_all_tables_grant(analyst, catalog, role_arn, opts, _READ)


def _create_job_grants(
    name: str, catalog: Catalog, role_arns: Mapping[str, pulumi.Input[str]], opts: pulumi.ResourceOptions
) -> None:
    """Let Verify query the declared tables, the check for drift see them, and Deploy change and drop them.

    Deploy has to be a data lake administrator to grant all this, and as such may not yet change or drop what others
    created. Its grant is on all tables: one on each would be revoked before the table that it lets Deploy drop.

    Sources: "Implicit Lake Formation permissions", "Lake Formation permissions reference" (Lake Formation).
    """
    if verify := role_arns.get(_VERIFY):
        create_declared_table_grants(f"{name}-{_VERIFY}", catalog, verify, opts)
    if drift := role_arns.get(_DRIFT):
        _create_database_grant(f"{name}-{_DRIFT}", catalog, drift, opts)
        _create_all_tables_grant(f"{name}-{_DRIFT}", catalog, drift, opts, ["DESCRIBE"])
    if deploy := role_arns.get(_DEPLOY):
        on_database = ["ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"]
        _create_database_grant(f"{name}-{_DEPLOY}", catalog, deploy, opts, on_database)
        _create_all_tables_grant(f"{name}-{_DEPLOY}", catalog, deploy, opts, ["ALTER", "DESCRIBE", "DROP"])


def _create_all_tables_grant(
    name: str,
    catalog: Catalog,
    role_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    permissions: Sequence[str],
) -> None:
    aws.lakeformation.Permissions(
        f"{name}-tables",
        principal=role_arn,
        permissions=permissions,
        table={"database_name": catalog.database.name, "wildcard": True},
        opts=opts,
    )


def _create_database_grant(
    name: str,
    catalog: Catalog,
    role_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    permissions: Sequence[str] = ("DESCRIBE",),
) -> pulumi.Resource:
    return aws.lakeformation.Permissions(
        f"{name}-database",
        principal=role_arn,
        permissions=permissions,
        database={"name": catalog.database.name},
        opts=opts,
    )
