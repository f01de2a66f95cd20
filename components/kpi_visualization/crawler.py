"""The crawler: finds the team's own CSVs below the use case's prefix and keeps tables of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.workspace import Workspace
from contract.layout import DataLayout
from contract.names import KpiNames

# Bucket, use case, folder: each folder below the use case's prefix is one table, whatever its files' schemas
# ("Setting crawler configuration options", AWS Glue Developer Guide).
_TABLE_LEVEL = 3


@dataclass(frozen=True, kw_only=True)
class CrawlerArgs:
    """Where tables go, when to look, and what has to be `ready` before the first crawl."""

    workspace: Workspace
    database_name: pulumi.Input[str]
    schedule: str
    role_arn: pulumi.Input[str]
    ready: Sequence[pulumi.Resource]


def create(name: str, args: CrawlerArgs, opts: pulumi.ResourceOptions) -> aws.glue.Crawler:
    """The crawler with its classifier and security configuration."""
    workspace, deployment = args.workspace, args.workspace.deployment
    names = KpiNames(deployment)
    classifier = aws.glue.Classifier(
        f"{name}-csv",
        name=deployment.name("kpis-csv", 255),
        # The built-in classifier takes a header for one only where more rows follow and their types differ from it.
        csv_classifier={
            "contains_header": "PRESENT",
            "delimiter": ",",
            "quote_symbol": '"',
            "allow_single_column": True,
            "disable_value_trimming": False,
        },
        opts=opts,
    )
    security = _security_configuration(name, workspace, opts)
    return aws.glue.Crawler(
        f"{name}-crawler",
        name=names.crawler,
        description=f"Finds CSVs below {workspace.use_case_prefix}/",
        database_name=args.database_name,
        role=args.role_arn,
        schedule=args.schedule,
        s3_targets=[
            {
                "path": pulumi.Output.concat("s3://", workspace.data.bucket_name, f"/{workspace.use_case_prefix}/"),
                "exclusions": exclusions(workspace.layout),
            }
        ],
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
        security_configuration=security.name,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=args.ready)),
    )


def exclusions(layout: DataLayout) -> list[str]:
    """Glob patterns, relative to the target's path, for all that is not a team's own CSV.

    The last four match, between them, every name that does not end in .csv: a glob can't negate more than one
    character. Source: "Include and exclude patterns" (AWS Glue Developer Guide).
    """
    not_theirs = (layout.kpi, layout.registry_events, layout.input, layout.query_results)
    return [
        *(f"{prefix.removeprefix(f'{layout.root}/')}/**" for prefix in not_theirs),
        *("**[!v]", "**[!s]v", "**[!c]sv", "**[!.]csv"),
    ]


def _security_configuration(
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
