"""The crawler's role: reading one prefix, keeping its own tables, writing its own log group."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, roles
from components.kpi_visualization.access import catalog_objects, read_objects
from components.workspace import Workspace
from contract.names import CRAWLER_ROLE, Deployment, KpiNames


@dataclass(frozen=True, kw_only=True)
class CrawlerRole:
    """The role, and what has to exist before a crawler may start with it."""

    role: aws.iam.Role
    ready: tuple[pulumi.Resource, ...]


def create(name: str, workspace: Workspace, opts: pulumi.ResourceOptions) -> CrawlerRole:
    """The role with its policy and the log group that Glue will use."""
    deployment, names = workspace.deployment, KpiNames(workspace.deployment)
    logs = aws.cloudwatch.LogGroup(
        f"{name}-crawler-logs",
        name=names.crawler_log_group,
        retention_in_days=deployment.log_retention_days,
        kms_key_id=workspace.key_arn,
        opts=opts,
    )
    role = roles.role(
        f"{name}-crawler-role",
        deployment=deployment,
        short_name=CRAWLER_ROLE,
        description=f"Lets the crawler read {workspace.use_case_prefix}/ and keep its tables",
        # "Cross-service confused deputy prevention" (AWS Glue Developer Guide).
        trust=iam.assumable_by("glue.amazonaws.com", iam.from_this_account(deployment, deployment.arn("glue", "*"))),
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-crawler-policy",
        name="crawl",
        role=role.name,
        policy=iam.document(
            *read_objects("UseCase", workspace, [workspace.use_case_prefix]),
            *_catalog(deployment),
            *_encryption_and_logs(workspace, logs.arn),
        ),
        opts=opts,
    )
    return CrawlerRole(role=role, ready=(policy, logs))


def _catalog(deployment: Deployment) -> list[iam.Statement]:
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
            catalog_objects(deployment, names.database),
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
            catalog_objects(deployment, names.database, f"{names.crawled_tables}*"),
        ),
    ]


def _encryption_and_logs(workspace: Workspace, log_group_arn: pulumi.Input[str]) -> list[iam.Statement]:
    return [
        iam.allow("UseKey", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], [workspace.key_arn]),
        # AssociateKmsKey comes with encrypted logs; the group exists already and keeps its retention.
        iam.allow(
            "WriteLogs",
            ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            [log_group_arn, pulumi.Output.concat(log_group_arn, ":*")],
        ),
    ]
