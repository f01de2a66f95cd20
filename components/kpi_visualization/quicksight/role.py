"""What QuickSight may do in this account to fill the dashboard's data sets."""

import pulumi
import pulumi_aws as aws

from components import iam
from components.foundation import Workspace
from contract.names import QUICKSIGHT_ROLE, QUICKSIGHT_SERVICE_ROLE, KpiNames


def create_role(
    name: str, workspace: Workspace, opts: pulumi.ResourceOptions, *, lake_formation: bool
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Create the role that the data source's queries run as, and its policy.

    Source: "Run queries as an IAM role in Amazon QuickSight".
    """
    deployment = workspace.deployment
    # "Passing IAM roles to QuickSight" documents a trust without conditions, so these hold where QuickSight sends the
    # keys and do not shut it out where it does not; iam:PassRole decides who may hand the role over.
    here = iam.from_this_account(deployment, deployment.arn("quicksight", "*"))
    role = iam.create_role(
        f"{name}-role",
        deployment=deployment,
        short_name=QUICKSIGHT_ROLE,
        description=f"Lets QuickSight query KPIs in workgroup {KpiNames(deployment).workgroup}",
        trust=iam.assumable_by(
            "quicksight.amazonaws.com", {f"{operator}IfExists": condition for operator, condition in here.items()}
        ),
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-policy",
        name="query-kpis",
        role=role.name,
        policy=_query_kpis(workspace, lake_formation=lake_formation),
        opts=opts,
    )
    return role, policy


def create_service_role_policy(
    name: str, workspace: Workspace, opts: pulumi.ResourceOptions, *, lake_formation: bool
) -> aws.iam.RolePolicy:
    """Create one inline policy on the role that QuickSight has for the whole account; destroy removes it again."""
    return aws.iam.RolePolicy(
        f"{name}-service-role-policy",
        name=workspace.deployment.name("kpis", 128),
        role=QUICKSIGHT_SERVICE_ROLE,
        policy=_query_kpis(workspace, lake_formation=lake_formation),
        opts=opts,
    )


def _query_kpis(workspace: Workspace, *, lake_formation: bool) -> pulumi.Output[str]:
    """Return the policy for querying the declared tables in one workgroup, and nothing else."""
    deployment, layout = workspace.deployment, workspace.layout
    names = KpiNames(deployment)
    return iam.document(
        iam.allow(
            "RunQueries",
            [
                "athena:BatchGetQueryExecution",
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:GetQueryResultsStream",
                "athena:GetWorkGroup",
                "athena:ListQueryExecutions",
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
            ],
            [deployment.arn("athena", f"workgroup/{names.workgroup}")],
        ),
        iam.allow(
            "SeeDataCatalog",
            [
                "athena:GetDatabase",
                "athena:GetDataCatalog",
                "athena:GetTableMetadata",
                "athena:ListDatabases",
                "athena:ListTableMetadata",
            ],
            [deployment.arn("athena", "datacatalog/AwsDataCatalog")],
        ),
        # QuickSight lists them when it opens a data source; these actions have no resource type.
        iam.allow(
            "ListAthena", ["athena:ListDataCatalogs", "athena:ListEngineVersions", "athena:ListWorkGroups"], ["*"]
        ),
        iam.allow(
            "ReadCatalog",
            [
                "glue:BatchGetPartition",
                "glue:GetDatabase",
                "glue:GetDatabases",
                "glue:GetPartition",
                "glue:GetPartitions",
                "glue:GetTable",
                "glue:GetTables",
            ],
            names.catalog_arns(),
        ),
        # QuickSight names no database when it starts a query.
        iam.allow("SeeDefaultDatabase", ["glue:GetDatabase"], names.default_database_arns),
        *iam.read_objects(
            "Kpis", workspace.data.bucket_arn, [layout.kpi, layout.registry_events, layout.query_results]
        ),
        *_write_results(workspace),
        iam.allow("UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], [workspace.key_arn]),
        *([_read_governed_data()] if lake_formation else []),
    )


def _write_results(workspace: Workspace) -> list[iam.Statement]:
    results = pulumi.Output.concat(workspace.data.bucket_arn, f"/{workspace.layout.query_results}/*")
    return [
        iam.allow(
            "WriteResults", ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"], [results]
        ),
        iam.allow("SeeUploads", ["s3:ListBucketMultipartUploads"], [workspace.data.bucket_arn]),
    ]


def _read_governed_data() -> iam.Statement:
    # GetDataAccess has no resource type: Lake Formation's own grants decide.
    return iam.allow("ReadGovernedData", ["lakeformation:GetDataAccess"], ["*"])
