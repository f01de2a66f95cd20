"""Execution role: what the steps of the ML pipeline may do."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.foundation.workspace import Workspace
from contract.arns import either_case
from contract.images import BUILT_IN_IMAGES, IMAGE_REGISTRIES
from contract.layout import PipelineArtifacts, bucket_and_key
from contract.names import EXECUTION_ROLE, Deployment

_JOBS = ("processing-job", "training-job")
_JOB_LOGS = ("ProcessingJobs", "TrainingJobs")


@dataclass(frozen=True, kw_only=True)
class ExecutionRoleArgs:
    """What the ML pipeline reads, writes and registers."""

    workspace: Workspace


class ExecutionRole(pulumi.ComponentResource):
    """The role that SageMaker assumes for the ML pipeline, its processing and training jobs and its model versions."""

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ExecutionRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:ExecutionRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        workspace, deployment = args.workspace, args.workspace.deployment
        role = iam.create_role(
            f"{name}-role",
            deployment=deployment,
            short_name=EXECUTION_ROLE,
            description=f"Runs the steps of SageMaker pipeline {workspace.pipeline.name}",
            trust=iam.assumable_by(
                "sagemaker.amazonaws.com", iam.from_this_account(deployment, deployment.arn("sagemaker", "*"))
            ),
            opts=child,
        )
        aws.iam.RolePolicy(
            f"{name}-policy",
            name="run-pipeline",
            role=role.name,
            policy=iam.document(
                *_use_buckets(workspace),
                *_run_jobs(deployment),
                *_register_versions(workspace),
                *_write_logs_and_metrics(deployment),
                *_pull_images(deployment),
            ),
            opts=child,
        )
        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn, "role_name": role.name})


def _use_buckets(workspace: Workspace) -> list[iam.Statement]:
    artifacts, layout = PipelineArtifacts(workspace.pipeline.name), workspace.layout
    artifacts_arn, data_arn = workspace.artifacts.bucket_arn, workspace.data.bucket_arn
    # All executions have this one role, so IAM can't keep the outputs of one from the training code of another. What
    # they run, the step code, only the upsert writes.
    outputs = [
        pulumi.Output.concat(artifacts_arn, f"/{prefix}/*") for prefix in (artifacts.executions, artifacts.models)
    ]
    statements = [
        iam.allow("ReadArtifacts", ["s3:GetObject"], [pulumi.Output.concat(artifacts_arn, f"/{artifacts.root}/*")]),
        iam.allow("WriteOutputs", ["s3:PutObject", "s3:AbortMultipartUpload"], outputs),
        iam.allow("ReadInputData", ["s3:GetObject"], [pulumi.Output.concat(data_arn, f"/{layout.input}/*")]),
        iam.allow(
            "WriteKpis",
            ["s3:PutObject", "s3:AbortMultipartUpload"],
            [pulumi.Output.concat(data_arn, f"/{layout.kpi}/*")],
        ),
        iam.allow("LocateBuckets", ["s3:GetBucketLocation"], [artifacts_arn, data_arn]),
        iam.allow(
            "ListArtifacts", ["s3:ListBucket"], [artifacts_arn], {"StringLike": {"s3:prefix": f"{artifacts.root}/*"}}
        ),
        iam.allow("ListInputData", ["s3:ListBucket"], [data_arn], {"StringLike": {"s3:prefix": f"{layout.input}*"}}),
        iam.allow("UseKey", ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"], [workspace.key_arn]),
        # Encrypted job volumes are attached through a grant ("Key policies for SageMaker", SageMaker Developer Guide).
        iam.allow(
            "EncryptJobVolumes",
            ["kms:CreateGrant"],
            [workspace.key_arn],
            {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]
    return statements + _read_external_input(workspace)


def _read_external_input(workspace: Workspace) -> list[iam.Statement]:
    """Allow reading an input location outside the stack's own buckets, where the configuration names one."""
    uri, key_arn = workspace.pipeline.input_data_uri, workspace.pipeline.input_data_key_arn
    if uri is None:
        return []
    bucket, prefix = bucket_and_key(uri)
    arn = workspace.deployment.bucket_arn(bucket)
    return [
        # To read takes kms:Decrypt ("Using server-side encryption with AWS KMS keys", Amazon S3 User Guide).
        *([iam.allow("UseKeyOfExternalInputData", ["kms:Decrypt"], [key_arn])] if key_arn else []),
        iam.allow("ReadExternalInputData", ["s3:GetObject"], [f"{arn}/{prefix}*"]),
        iam.allow("ListExternalInputData", ["s3:ListBucket"], [arn], {"StringLike": {"s3:prefix": f"{prefix}*"}}),
    ]


def _run_jobs(deployment: Deployment) -> list[iam.Statement]:
    # Jobs that a pipeline starts are named pipelines-{execution id}-{step}-{suffix} (SageMaker Developer Guide, "Run a
    # pipeline").
    jobs = [deployment.arn("sagemaker", f"{kind}/pipelines-*") for kind in _JOBS]
    return [
        iam.allow(
            "RunJobs",
            [
                "sagemaker:AddTags",
                "sagemaker:CreateProcessingJob",
                "sagemaker:CreateTrainingJob",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:DescribeTrainingJob",
                "sagemaker:StopProcessingJob",
                "sagemaker:StopTrainingJob",
            ],
            jobs,
        ),
        iam.allow(
            "PassItselfToJobs",
            ["iam:PassRole"],
            [deployment.role_arn(EXECUTION_ROLE)],
            {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
    ]


def _register_versions(workspace: Workspace) -> list[iam.Statement]:
    group = workspace.pipeline.model_package_group
    versions = either_case(workspace.deployment.arn("sagemaker", f"model-package/{group}/*"))
    groups = either_case(workspace.deployment.arn("sagemaker", f"model-package-group/{group}"))
    return [
        iam.allow(
            "RegisterModelVersions",
            ["sagemaker:CreateModelPackage"],
            [*versions, *groups],
            # Whoever wants a version approved asks a person. Without a status a version waits for approval ("Update the
            # Approval Status of a Model", SageMaker Developer Guide).
            {"StringEqualsIfExists": {"sagemaker:ModelApprovalStatus": ["PendingManualApproval", "Rejected"]}},
        ),
        iam.allow(
            "SeeAndTagModelVersions", ["sagemaker:DescribeModelPackage", "sagemaker:AddTags"], [*versions, *groups]
        ),
        iam.allow("SeeModelPackageGroup", ["sagemaker:DescribeModelPackageGroup"], groups),
    ]


def _write_logs_and_metrics(deployment: Deployment) -> list[iam.Statement]:
    # All jobs of the account share these groups; a stream has its job's name ("Log groups and streams that Amazon
    # SageMaker AI sends to Amazon CloudWatch Logs", SageMaker Developer Guide).
    groups = [deployment.arn("logs", f"log-group:/aws/sagemaker/{group}") for group in _JOB_LOGS]
    streams = [f"{group}:log-stream:pipelines-*" for group in groups]
    return [
        iam.allow("WriteJobLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], streams),
        iam.allow(
            "CreateJobLogGroups",
            ["logs:CreateLogGroup", "logs:DescribeLogStreams"],
            # CloudWatch Logs may ask for the group's streams, too, whatever the reference says.
            [*groups, *(f"{group}:*" for group in groups)],
        ),
        # PutMetricData has no resource type; the namespaces are what SageMaker's jobs report to.
        iam.allow(
            "PublishJobMetrics",
            ["cloudwatch:PutMetricData"],
            ["*"],
            {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "aws/sagemaker/*"]}},
        ),
    ]


def _pull_images(deployment: Deployment) -> list[iam.Statement]:
    """Allow pulling the built-in images, where the region has them."""
    registry = IMAGE_REGISTRIES.get(deployment.region)
    if registry is None:
        return []
    repositories = [deployment.arn("ecr", f"repository/{name}", account_id=registry) for name in BUILT_IN_IMAGES]
    return [
        iam.allow(
            "PullBuiltInImages",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            repositories,
        ),
        # GetAuthorizationToken has no resource type.
        iam.allow("LogInToRegistries", ["ecr:GetAuthorizationToken"], ["*"]),
    ]
