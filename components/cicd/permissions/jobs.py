"""The one inline policy of each job's role."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pulumi

from components import iam
from components.cicd import names
from components.cicd.permissions import build, delivery, identity, messaging
from components.cicd.permissions.managed import Managed, changing, reading
from components.kpi_visualization.access import read_objects
from components.workspace import Workspace
from contract.arns import either_case
from contract.names import DeliveryNames, KpiNames
from settings.delivery import SourceSettings


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the jobs' permissions are about."""

    workspace: Workspace
    source: SourceSettings
    topic_arn: pulumi.Input[str]


def self_update(context: Context) -> list[iam.Statement]:
    """Changing the pipeline, its projects, rules and logs, and starting it again; nothing else of the stack."""
    workspace, deployment = context.workspace, context.workspace.deployment
    own: list[Managed] = [
        *delivery.delivery(deployment, context.source.connection_arn),
        messaging.rules(deployment, f"{names.PIPELINE}-"),
        *messaging.logs(deployment, "aws/codebuild"),
    ]
    return [
        build.logs(workspace, "self-update"),
        *build.artifacts(workspace, "GetObject", "GetObjectVersion", "PutObject"),
        # Most executions have no mark, which S3 tells only those who may list ("GetObject", Amazon S3 API Reference).
        iam.allow(
            "FindMarks",
            ["s3:ListBucket"],
            [workspace.artifacts.bucket_arn],
            {"StringLike": {"s3:prefix": f"{DeliveryNames(deployment).pipeline}/self-updates/*"}},
        ),
        *build.write_state(workspace),
        *reading(own),
        *changing(own),
        iam.allow(
            "StartAgain",
            ["codepipeline:StartPipelineExecution", "codepipeline:StopPipelineExecution"],
            [DeliveryNames(deployment).pipeline_arn],
        ),
    ]


def preview(context: Context) -> list[iam.Statement]:
    """Reading the state without its secrets, and leaving a report; a preview asks AWS nothing about resources."""
    workspace = context.workspace
    return [
        build.logs(workspace, "preview"),
        *build.artifacts(workspace, "GetObject", "GetObjectVersion", "PutObject"),
        *build.read_state(workspace),
    ]


def deploy(context: Context) -> list[iam.Statement]:
    """The state and the artifacts; what it may change is in managed policies of its own."""
    workspace = context.workspace
    return [
        build.logs(workspace, "deploy"),
        *build.artifacts(workspace, "GetObject", "GetObjectVersion"),
        *build.write_state(workspace),
    ]


def upsert(context: Context) -> list[iam.Statement]:
    """Uploading step code, creating or updating the one pipeline, and handing it its role."""
    workspace, deployment = context.workspace, context.workspace.deployment
    role = deployment.global_arn("iam", f"role/{deployment.name('sagemaker-execution')}")
    own = pulumi.Output.concat(workspace.artifacts.bucket_arn, f"/{workspace.pipeline.name}")
    return [
        build.logs(workspace, "upsert"),
        *build.artifacts(workspace, "GetObject", "GetObjectVersion"),
        iam.allow(
            "UploadCode",
            ["s3:GetObject", "s3:PutObject"],
            [pulumi.Output.concat(own, "/code/*"), pulumi.Output.concat(own, "/definitions/*")],
        ),
        iam.allow(
            "UpsertPipeline",
            [
                "sagemaker:AddTags",
                "sagemaker:CreatePipeline",
                "sagemaker:DeleteTags",
                "sagemaker:DescribePipeline",
                "sagemaker:ListTags",
                "sagemaker:UpdatePipeline",
            ],
            either_case(deployment.arn("sagemaker", f"pipeline/{workspace.pipeline.name}")),
        ),
        iam.allow("SeeExecutionRole", ["iam:GetRole"], [role]),
        *identity.passing(deployment, {"sagemaker-execution": identity.PASSED["sagemaker-execution"]}),
    ]


def verify(context: Context) -> list[iam.Statement]:
    """The state's outputs, and a query as an acceptance check; the rest it reads with the shared policies."""
    workspace, deployment = context.workspace, context.workspace.deployment
    results = pulumi.Output.concat(workspace.data.bucket_arn, f"/{workspace.layout.query_results}/*")
    return [
        build.logs(workspace, "verify"),
        *build.artifacts(workspace, "GetObject", "GetObjectVersion"),
        *build.read_state(workspace),
        iam.allow(
            "SeeBuckets",
            ["s3:GetBucketPublicAccessBlock", "s3:GetEncryptionConfiguration"],
            [workspace.artifacts.bucket_arn, workspace.data.bucket_arn],
        ),
        iam.allow(
            "SeePipeline",
            ["sagemaker:DescribePipeline"],
            either_case(deployment.arn("sagemaker", f"pipeline/{workspace.pipeline.name}")),
        ),
        iam.allow(
            "Query",
            ["athena:GetQueryExecution", "athena:GetQueryResults", "athena:StartQueryExecution"],
            [deployment.arn("athena", f"workgroup/{KpiNames(deployment).workgroup}")],
        ),
        *read_objects("Kpis", workspace, [workspace.layout.kpi]),
        iam.allow("WriteResults", ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], [results]),
    ]


def drift(context: Context) -> list[iam.Statement]:
    """Cloning, reading the state without its secrets, and telling; what there is it reads with the shared policies."""
    workspace = context.workspace
    return [
        build.logs(workspace, "drift"),
        build.source(workspace, context.source),
        *build.read_state(workspace),
        iam.allow("Tell", ["sns:Publish"], [context.topic_arn]),
        iam.allow("UseKey", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [workspace.key_arn]),
    ]


def pull_request(context: Context) -> list[iam.Statement]:
    """Reading the state without its secrets and, on CodeCommit, the clone and one comment; it runs unreviewed code."""
    workspace = context.workspace
    if context.source.provider == "github":
        return build.read_state(workspace)
    comment = [
        "DeleteCommentContent",
        "GetCommentsForPullRequest",
        "PostCommentForPullRequest",
        "UpdateComment",
    ]
    return [
        build.logs(workspace, "pull-request"),
        build.source(workspace, context.source),
        *build.read_state(workspace),
        iam.allow(
            "Comment",
            [f"codecommit:{action}" for action in comment],
            [build.repository_arn(workspace, context.source)],
        ),
    ]


STATEMENTS: Final[dict[str, Callable[[Context], list[iam.Statement]]]] = {
    "self-update": self_update,
    "preview": preview,
    "deploy": deploy,
    "upsert": upsert,
    "verify": verify,
    "drift": drift,
    "pull-request": pull_request,
}
