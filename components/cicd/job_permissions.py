"""What the role of each delivery job may do, beside its log, its artifacts or clone, and the state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components import iam
from components.foundation import Workspace
from contract.arns import Arn, either_case
from contract.layout import DeliveryArtifacts, PipelineArtifacts
from contract.names import BUILD_LOGS, EXECUTION_ROLE, DeliveryNames, Deployment, KpiNames
from permissions import managed, policies
from permissions.managed import PASSED_ROLES, manage_statements, pass_statements, read_statements
from settings.delivery import SourceSettings

SELF_UPDATE_RULES = "delivery-"
"""The beginning of the short names of the rules that SelfUpdate may change: those of the delivery pipeline."""


@dataclass(frozen=True, kw_only=True)
class JobContext:
    """The stack that the jobs work on: its workspace, the delivered repository, the topic for messages, all jobs.

    `governed` says whether Lake Formation governs the KPIs' catalog.
    """

    workspace: Workspace
    source: SourceSettings
    topic_arn: pulumi.Input[str]
    jobs: tuple[str, ...]
    governed: bool

    @property
    def deployment(self) -> Deployment:
        """The environment."""
        return self.workspace.deployment

    @property
    def names(self) -> DeliveryNames:
        """The names of the delivery pipeline."""
        return DeliveryNames(self.deployment)

    @property
    def repository_arn(self) -> str:
        """The CodeCommit repository."""
        return self.deployment.arn("codecommit", self.source.repository)


def write_logs(context: JobContext, job: str) -> iam.AnyStatement:
    """Allow writing to the job's own log group, which exists already."""
    group = context.deployment.arn("logs", f"log-group:{context.names.log_group(job)}")
    # Streams are created in the group and written below it.
    return iam.allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [group, f"{group}:*"])


_READ_OBJECTS: Final = ("s3:GetObject", "s3:GetObjectVersion")
_USE_KEY: Final = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")


def use_artifacts(context: JobContext, *, reads: Sequence[str], writes: Sequence[str]) -> list[iam.AnyStatement]:
    """Allow reading and writing CodePipeline's artifacts by their names, in all executions."""
    statements = [iam.allow("ReadArtifacts", _READ_OBJECTS, _artifacts(context, reads))]
    if writes:
        statements.append(iam.allow("WriteArtifacts", ["s3:PutObject"], _artifacts(context, writes)))
    return [*statements, _use_key(context)]


def keep_artifacts(context: JobContext, names: Sequence[str]) -> list[iam.AnyStatement]:
    """Allow the delivery pipeline itself to keep its artifacts, and the files of what was deployed."""
    delivered = _objects(context, DeliveryArtifacts(context.names.pipeline).delivered_source)
    return [
        iam.allow("KeepArtifacts", [*_READ_OBJECTS, "s3:PutObject"], _artifacts(context, names)),
        # "Amazon S3 deploy action reference" (CodePipeline User Guide), "Service role permissions".
        iam.allow("KeepSource", ["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"], [delivered]),
        _use_key(context),
    ]


def _use_key(context: JobContext) -> iam.AnyStatement:
    return iam.allow("UseKey", _USE_KEY, [context.workspace.key_arn])


def _artifacts(context: JobContext, names: Sequence[str]) -> list[pulumi.Output[str]]:
    artifacts = DeliveryArtifacts(context.names.pipeline)
    return [_objects(context, artifacts.artifact_keys(name)) for name in names]


def _objects(context: JobContext, keys: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(context.workspace.artifacts.bucket_arn, f"/{keys}")


def fetch_delivered_source(context: JobContext) -> list[iam.AnyStatement]:
    """Allow CodeBuild to fetch the files of the commit that was deployed last."""
    key = DeliveryArtifacts(context.names.pipeline).delivered_source
    return [
        # "Create a CodeBuild service role" (CodeBuild User Guide): the bucket's, with the objects.
        iam.allow(
            "SeeSourceBucket", ["s3:GetBucketAcl", "s3:GetBucketLocation"], [context.workspace.artifacts.bucket_arn]
        ),
        iam.allow("ReadDeliveredSource", _READ_OBJECTS, [_objects(context, key)]),
        _use_key(context),
    ]


def clone_repository(context: JobContext) -> iam.AnyStatement:
    """Allow cloning the repository, for builds that run beside the pipeline."""
    connection_arn = context.source.connection_arn
    if connection_arn is None:
        return iam.allow("CloneRepository", ["codecommit:GitPull"], [context.repository_arn])
    service = connection_service(connection_arn)
    actions = [f"{service}:{action}" for action in ("GetConnection", "GetConnectionToken", "UseConnection")]
    return iam.allow("CloneRepository", actions, [connection_arn])


def connection_service(connection_arn: str) -> str:
    """Return the IAM prefix of a connection's actions: codeconnections, or codestar-connections for an older one."""
    return Arn.parse(connection_arn).service


def self_update(context: JobContext) -> list[iam.AnyStatement]:
    """Allow changing the delivery pipeline, its projects, rules and logs, and starting it again; nothing else."""
    deployment, artifacts = context.deployment, DeliveryArtifacts(context.names.pipeline)
    entries = [
        *managed.delivery(deployment, context.jobs, context.source.connection_arn),
        managed.rules(deployment, SELF_UPDATE_RULES),
        *managed.logs(deployment, [BUILD_LOGS]),
    ]
    return [
        # Most executions have no mark, which S3 tells only those who may list ("GetObject", Amazon S3 API Reference).
        iam.allow(
            "FindMarks",
            ["s3:ListBucket"],
            [context.workspace.artifacts.bucket_arn],
            {"StringLike": {"s3:prefix": f"{artifacts.self_updates}/*"}},
        ),
        iam.allow(
            "MarkRestarts",
            ["s3:GetObject", "s3:PutObject"],
            [_objects(context, f"{artifacts.self_updates}/*"), _objects(context, artifacts.write_probe_key("*"))],
        ),
        *read_statements(entries),
        *manage_statements(entries),
        iam.allow(
            "StartAgain",
            ["codepipeline:StartPipelineExecution", "codepipeline:StopPipelineExecution"],
            [context.names.pipeline_arn],
        ),
    ]


def upsert(context: JobContext) -> list[iam.AnyStatement]:
    """Allow uploading step code, creating or updating the one ML pipeline, and passing it its role."""
    workspace, deployment = context.workspace, context.deployment
    artifacts = PipelineArtifacts(workspace.pipeline.name)
    return [
        iam.allow(
            "UploadCode",
            ["s3:GetObject", "s3:PutObject"],
            [
                pulumi.Output.concat(workspace.artifacts.bucket_arn, f"/{artifacts.code}/*"),
                pulumi.Output.concat(workspace.artifacts.bucket_arn, f"/{artifacts.definitions}/*"),
            ],
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
        iam.allow("SeeExecutionRole", ["iam:GetRole"], [deployment.role_arn(EXECUTION_ROLE)]),
        *pass_statements(deployment, {EXECUTION_ROLE: PASSED_ROLES[EXECUTION_ROLE]}),
    ]


def verify(context: JobContext) -> list[iam.AnyStatement]:
    """Allow the checks that the policies which read the stack don't cover, such as a query."""
    workspace, deployment = context.workspace, context.deployment
    results = pulumi.Output.concat(workspace.data.bucket_arn, f"/{workspace.layout.query_results}/*")
    return [
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
        iam.allow("SeeDefaultDatabase", ["glue:GetDatabase"], KpiNames(deployment).default_database_arns),
        *iam.read_objects("Kpis", workspace.data.bucket_arn, [workspace.layout.kpi]),
        iam.allow("WriteResults", ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], [results]),
        *policies.ask_for_decisions(deployment),
        # It has no resource type: Lake Formation's own grants decide ("Underlying data access control").
        *([iam.allow("ReadGovernedData", ["lakeformation:GetDataAccess"], ["*"])] if context.governed else []),
    ]


def drift(context: JobContext) -> list[iam.AnyStatement]:
    """Allow publishing a message about drift."""
    return [iam.allow("Tell", ["sns:Publish"], [context.topic_arn])]


def pull_request(context: JobContext) -> list[iam.AnyStatement]:
    """Allow one comment on CodeCommit; on GitHub the workflow comments with a token of its own."""
    if context.source.provider == "github":
        return []
    actions = ["GetCommentsForPullRequest", "PostCommentForPullRequest", "UpdateComment"]
    return [iam.allow("Comment", [f"codecommit:{action}" for action in actions], [context.repository_arn])]
