"""Execution role: what the steps of the ML pipeline may do."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.foundation.workspace import Workspace
from contract.arns import either_case
from contract.layout import PipelineArtifacts, bucket_and_key
from contract.names import EXECUTION_ROLE, Deployment

_JOBS = ("processing-job", "training-job")


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
    objects = pulumi.Output.concat(workspace.artifacts.bucket_arn, f"/{artifacts.root}/*")
    use_case = pulumi.Output.concat(workspace.data.bucket_arn, f"/{layout.root}/*")
    kpis = pulumi.Output.concat(workspace.data.bucket_arn, f"/{layout.kpi}/*")
    statements = [
        iam.allow("ReadAndWriteArtifacts", ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"], [objects]),
        iam.allow("ReadInputData", ["s3:GetObject"], [use_case]),
        iam.allow("WriteKpis", ["s3:PutObject", "s3:AbortMultipartUpload"], [kpis]),
        iam.allow(
            "ListBuckets",
            ["s3:ListBucket", "s3:GetBucketLocation"],
            [workspace.artifacts.bucket_arn, workspace.data.bucket_arn],
        ),
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
            ["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage", "sagemaker:AddTags"],
            [*versions, *groups],
        ),
        iam.allow("SeeModelPackageGroup", ["sagemaker:DescribeModelPackageGroup"], groups),
    ]


def _write_logs_and_metrics(deployment: Deployment) -> list[iam.Statement]:
    return [
        iam.allow(
            "WriteJobLogs",
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [deployment.arn("logs", "log-group:/aws/sagemaker/*")],
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
    """Allow pulling the built-in images, which are in registries of AWS's own accounts, another one in each region."""
    repositories = [
        deployment.arn("ecr", f"repository/{name}", account_id="*")
        for name in ("sagemaker-scikit-learn", "sagemaker-xgboost")
    ]
    return [
        iam.allow(
            "PullBuiltInImages",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            repositories,
        ),
        # GetAuthorizationToken has no resource type.
        iam.allow("LogInToRegistries", ["ecr:GetAuthorizationToken"], ["*"]),
    ]
