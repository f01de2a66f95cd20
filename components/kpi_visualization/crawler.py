"""The crawler: finds the team's own CSVs below a prefix of theirs and keeps tables of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.foundation import Workspace
from components.kpi_visualization.catalog import Catalog
from contract.names import CRAWLER_ROLE, Deployment, KpiNames

# Bucket, use case, `tables`, folder: each folder below that prefix is one table, whatever its files' schemas
# ("Setting crawler configuration options", AWS Glue Developer Guide).
# Fixed, so that files with one more column on the second day don't split a folder's table into one per day.
_TABLE_LEVEL = 4


@dataclass(frozen=True, kw_only=True)
class CrawlerRole:
    """The crawler's role, and what has to exist before a crawl may start."""

    role: aws.iam.Role
    policy: aws.iam.RolePolicy
    log_group: aws.cloudwatch.LogGroup


@dataclass(frozen=True, kw_only=True)
class CrawlerArgs:
    """Where the crawler keeps its tables, when it looks, as whom, and the grants that it has to wait for."""

    workspace: Workspace
    catalog: Catalog
    schedule: str
    role: CrawlerRole
    grants: Sequence[pulumi.Resource]


def create_crawler(name: str, args: CrawlerArgs, opts: pulumi.ResourceOptions) -> aws.glue.Crawler:
    """Create the crawler with its classifier and its security configuration."""
    workspace, layout = args.workspace, args.workspace.layout
    names = KpiNames(workspace.deployment)
    classifier = _create_classifier(name, workspace.deployment, opts)
    security_configuration = _create_security_configuration(name, workspace, opts)
    before = [args.role.policy, args.role.log_group, *args.grants]
    return aws.glue.Crawler(
        f"{name}-crawler",
        name=names.crawler,
        description=f"Finds CSVs below {layout.tables}/",
        database_name=args.catalog.database.name,
        role=args.role.role.arn,
        schedule=args.schedule,
        # No exclusions: a pattern also matches folders ("Include and exclude patterns", AWS Glue Developer Guide), and
        # one for all that is no CSV could leave out the folders with them.
        s3_targets=[{"path": pulumi.Output.concat("s3://", workspace.data.bucket_name, f"/{layout.tables}/")}],
        classifiers=[classifier.name],
        table_prefix=names.crawled_tables,
        recrawl_policy={"recrawl_behavior": "CRAWL_NEW_FOLDERS_ONLY"},
        # Glue refuses anything but LOG beside CRAWL_NEW_FOLDERS_ONLY ("Scheduling incremental crawls").
        schema_change_policy={"update_behavior": "LOG", "delete_behavior": "LOG"},
        configuration=json.dumps(
            {
                "Version": 1.0,
                "Grouping": {"TableLevelConfiguration": _TABLE_LEVEL},
                "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}},
            }
        ),
        security_configuration=security_configuration.name,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=before)),
    )


def _create_classifier(name: str, deployment: Deployment, opts: pulumi.ResourceOptions) -> aws.glue.Classifier:
    return aws.glue.Classifier(
        f"{name}-csv",
        name=deployment.name("kpis-csv", 255),
        # The built-in classifier takes a header for one only where more rows follow and their types differ from it.
        csv_classifier={
            "contains_header": "PRESENT",
            "delimiter": ",",
            "quote_symbol": '"',
            "allow_single_column": True,
            "disable_value_trimming": False,
            # Else the crawler takes it from whether the first row is quoted, and pandas and Excel quote a field only
            # where they must ("CsvClassifier", AWS Glue API Reference).
            "serde": "OpenCSVSerDe",
        },
        opts=opts,
    )


def _create_security_configuration(
    name: str, workspace: Workspace, opts: pulumi.ResourceOptions
) -> aws.glue.SecurityConfiguration:
    key_arn = workspace.key_arn
    return aws.glue.SecurityConfiguration(
        f"{name}-security-configuration",
        name=KpiNames(workspace.deployment).security_configuration,
        encryption_configuration={
            "cloudwatch_encryption": {"cloudwatch_encryption_mode": "SSE-KMS", "kms_key_arn": key_arn},
            "job_bookmarks_encryption": {"job_bookmarks_encryption_mode": "CSE-KMS", "kms_key_arn": key_arn},
            "s3_encryption": {"s3_encryption_mode": "SSE-KMS", "kms_key_arn": key_arn},
        },
        opts=opts,
    )


def create_crawler_role(name: str, workspace: Workspace, opts: pulumi.ResourceOptions) -> CrawlerRole:
    """Create the crawler's role, which reads one prefix and keeps its own tables, and the log group that Glue uses."""
    deployment, names = workspace.deployment, KpiNames(workspace.deployment)
    log_group = aws.cloudwatch.LogGroup(
        f"{name}-crawler-logs",
        name=names.crawler_log_group,
        retention_in_days=deployment.log_retention_days,
        kms_key_id=workspace.key_arn,
        opts=opts,
    )
    role = iam.create_role(
        f"{name}-crawler-role",
        deployment=deployment,
        short_name=CRAWLER_ROLE,
        description=f"Lets the crawler read {workspace.layout.tables}/ and keep its tables",
        # "Cross-service confused deputy prevention" (AWS Glue Developer Guide).
        trust=iam.assumable_by("glue.amazonaws.com", iam.from_this_account(deployment, deployment.arn("glue", "*"))),
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-crawler-policy",
        name="crawl",
        role=role.name,
        policy=iam.document(
            *iam.read_objects("Tables", workspace.data.bucket_arn, [workspace.layout.tables]),
            *_use_catalog(deployment),
            *_use_key_and_logs(workspace, log_group),
            *_as_glue_service_role(workspace),
        ),
        opts=opts,
    )
    return CrawlerRole(role=role, policy=policy, log_group=log_group)


def _use_catalog(deployment: Deployment) -> list[iam.Statement]:
    names = KpiNames(deployment)
    return [
        iam.allow(
            "ReadCatalog",
            [
                "glue:BatchGetPartition",
                "glue:GetDatabase",
                "glue:GetPartition",
                "glue:GetPartitions",
                "glue:GetTable",
                "glue:GetTables",
            ],
            names.catalog_arns(),
        ),
        iam.allow(
            "KeepCrawledTables",
            [
                "glue:BatchCreatePartition",
                "glue:BatchUpdatePartition",
                "glue:CreatePartition",
                "glue:CreateTable",
                "glue:UpdatePartition",
                "glue:UpdateTable",
            ],
            names.catalog_arns(f"{names.crawled_tables}*"),
        ),
    ]


def _use_key_and_logs(workspace: Workspace, log_group: aws.cloudwatch.LogGroup) -> list[iam.Statement]:
    return [
        iam.allow("UseKey", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], [workspace.key_arn]),
        # AssociateKmsKey comes with encrypted logs; the group exists already and keeps its retention.
        iam.allow(
            "WriteLogs",
            ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            [log_group.arn, pulumi.Output.concat(log_group.arn, ":*")],
        ),
    ]


def _as_glue_service_role(workspace: Workspace) -> list[iam.Statement]:
    """Allow the reads of AWSGlueServiceRole that a crawler of S3 may ask for; AWS names that policy as its base.

    Source: "Step 2: Create an IAM role for AWS Glue" (AWS Glue Developer Guide), and the managed policy.
    """
    return [
        # The service authorization reference gives these no resource.
        iam.allow("ReadOwnParts", ["glue:GetClassifier", "glue:GetSecurityConfiguration"], ["*"]),
        iam.allow("SeeBucketOwner", ["s3:GetBucketAcl"], [workspace.data.bucket_arn]),
        iam.allow(
            "SeeOwnRole",
            ["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies"],
            [workspace.deployment.role_arn(CRAWLER_ROLE)],
        ),
    ]
