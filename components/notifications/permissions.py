"""What the notifier may do: exactly what one message takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components import iam
from contract.arns import either_case
from contract.layout import PipelineArtifacts
from contract.names import NOTIFIER_ROLE

if TYPE_CHECKING:
    from components.notifications.notifier import NotifierArgs


def role(
    name: str,
    args: NotifierArgs,
    table_arn: pulumi.Input[str],
    log_group_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """The function's role and its one policy, which the function has to wait for."""
    # Lambda documents no aws:SourceArn for the trust of an execution role; iam:PassRole decides who may hand it over.
    execution_role = iam.create_role(
        f"{name}-role",
        deployment=args.workspace.deployment,
        short_name=NOTIFIER_ROLE,
        description="Lets the notifier read model versions and deliveries, and publish messages",
        trust=iam.assumable_by("lambda.amazonaws.com"),
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-policy",
        name="notify",
        role=execution_role.name,
        policy=iam.document(
            *_registry(args), *_deliveries(args), *_data(args), *_messages(args), *_runtime(table_arn, log_group_arn)
        ),
        opts=opts,
    )
    return execution_role, policy


def _registry(args: NotifierArgs) -> list[iam.Statement]:
    deployment, pipeline = args.workspace.deployment, args.workspace.pipeline
    versions = either_case(deployment.arn("sagemaker", f"model-package/{pipeline.model_package_group}/*"))
    executions = either_case(deployment.arn("sagemaker", f"pipeline/{pipeline.name}/execution/*"))
    return [
        iam.allow("ReadModelVersions", ["sagemaker:DescribeModelPackage"], versions),
        # Model packages are an optional resource of this action: a call that names a group is evaluated on "*".
        iam.allow("FindLastApprovedVersion", ["sagemaker:ListModelPackages"], ["*"]),
        iam.allow(
            "ReadExecutions",
            [
                "sagemaker:DescribePipelineExecution",
                "sagemaker:ListPipelineExecutionSteps",
                "sagemaker:ListPipelineParametersForExecution",
            ],
            executions,
        ),
    ]


def _deliveries(args: NotifierArgs) -> list[iam.Statement]:
    pipeline = args.workspace.deployment.arn("codepipeline", args.delivery_pipeline)
    reads = ["codepipeline:GetPipelineState", "codepipeline:ListActionExecutions"]
    return [iam.allow("ReadDeliveries", reads, [pipeline])]


def _data(args: NotifierArgs) -> list[iam.Statement]:
    workspace = args.workspace
    executions = PipelineArtifacts(workspace.pipeline.name).executions
    evaluations = pulumi.Output.concat(workspace.artifacts.bucket_arn, f"/{executions}/*")
    events = pulumi.Output.concat(workspace.data.bucket_arn, f"/{workspace.layout.registry_events}/*")
    return [
        iam.allow("ReadModelQuality", ["s3:GetObject"], [evaluations]),
        iam.allow("WriteRegistryEvents", ["s3:PutObject"], [events]),
    ]


def _messages(args: NotifierArgs) -> list[iam.Statement]:
    return [
        iam.allow("Publish", ["sns:Publish"], [args.topic_arn]),
        iam.allow("KeepFailedEvents", ["sqs:SendMessage"], [args.failed_queue_arn]),
        iam.allow("UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], [args.workspace.key_arn]),
        # What a table asks of its users when the key is theirs ("Authorizing use of your KMS keys", DynamoDB).
        iam.allow(
            "UseKeyThroughDynamoDb",
            ["kms:CreateGrant", "kms:DescribeKey", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
            [args.workspace.key_arn],
            {"StringEquals": {"kms:ViaService": f"dynamodb.{args.workspace.deployment.region}.amazonaws.com"}},
        ),
    ]


def _runtime(table_arn: pulumi.Input[str], log_group_arn: pulumi.Input[str]) -> list[iam.Statement]:
    return [
        iam.allow(
            "RememberMessages",
            ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
            [table_arn],
        ),
        iam.allow(
            "WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [pulumi.Output.concat(log_group_arn, ":*")]
        ),
        # X-Ray's write actions have no resource type.
        iam.allow("SendTraces", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"]),
    ]
