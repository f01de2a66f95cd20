"""The notifier: a Lambda function that turns events into one message each."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components import iam
from components.foundation import Workspace
from contract.arns import either_case, regional_service
from contract.lambda_runtime import ARCHITECTURE, RUNTIME
from contract.layout import DeliveryArtifacts, PipelineArtifacts
from contract.names import (
    LAMBDA_LOGS,
    NOTIFIER,
    NOTIFIER_ROLE,
    PREVIEW_STAGE,
    SOURCE_STAGE,
    DeliveryNames,
    KpiNames,
)

# For the comparison of two sources, which the notifier of a waiting approval has in memory: a processor comes with
# memory ("Configure Lambda function memory", Lambda Developer Guide).
_TIMEOUT_SECONDS = 90
_MEMORY_MEGABYTES = 1024
# The longest that Lambda keeps an event that finds no room; then it goes to the destination for failures ("How Lambda
# handles errors and retries with asynchronous invocation", Lambda Developer Guide). Throttles are no attempts.
_MAXIMUM_EVENT_AGE_SECONDS = 6 * 3600
_MAXIMUM_RETRY_ATTEMPTS = 2


@dataclass(frozen=True, kw_only=True)
class NotifierArgs:
    """What the function reads, where it publishes, and where events go that it can't handle.

    `reserved_concurrency` is how many events it handles at a time; None leaves that to the account's limit.
    """

    workspace: Workspace
    topic_arn: pulumi.Input[str]
    failed_queue_arn: pulumi.Input[str]
    zip_file: Path
    reserved_concurrency: int | None


class Notifier(pulumi.ComponentResource):
    """The function with its role, log group, idempotency table and failure destination."""

    function: aws.lambda_.Function
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: NotifierArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Notifier", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        workspace, deployment = args.workspace, args.workspace.deployment
        function_name = deployment.name(NOTIFIER)

        log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"{LAMBDA_LOGS}/{function_name}",
            retention_in_days=deployment.log_retention_days,
            kms_key_id=workspace.key_arn,
            opts=child,
        )
        table = _create_idempotency_table(name, workspace, child)
        role, policy = _create_role(name, args, table, log_group, child)
        self.function = aws.lambda_.Function(
            f"{name}-function",
            name=function_name,
            description=f"Notifies of model versions in {workspace.pipeline.model_package_group} and failed executions",
            role=role.arn,
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            handler="handler.handler",
            code=pulumi.FileArchive(str(args.zip_file)),
            source_code_hash=_sha256(args.zip_file),
            timeout=_TIMEOUT_SECONDS,
            memory_size=_MEMORY_MEGABYTES,
            reserved_concurrent_executions=args.reserved_concurrency,
            kms_key_arn=workspace.key_arn,
            tracing_config={"mode": "Active"},
            environment={"variables": _variables(args, table.name)},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[log_group, policy]),
        )
        aws.lambda_.FunctionEventInvokeConfig(
            f"{name}-failures",
            function_name=self.function.name,
            maximum_event_age_in_seconds=_MAXIMUM_EVENT_AGE_SECONDS,
            maximum_retry_attempts=_MAXIMUM_RETRY_ATTEMPTS,
            destination_config={"on_failure": {"destination": args.failed_queue_arn}},
            opts=child,
        )
        self.role_arn = role.arn
        self.register_outputs({"function_arn": self.function.arn})


def _create_idempotency_table(name: str, workspace: Workspace, opts: pulumi.ResourceOptions) -> aws.dynamodb.Table:
    """Create the table of the changes already published, as Powertools for AWS Lambda lays it out ("Idempotency")."""
    return aws.dynamodb.Table(
        f"{name}-idempotency",
        name=workspace.deployment.name("notifier-idempotency", 255),
        billing_mode="PAY_PER_REQUEST",
        hash_key="id",
        attributes=[{"name": "id", "type": "S"}],
        ttl={"attribute_name": "expiration", "enabled": True},
        server_side_encryption={"enabled": True, "kms_key_arn": workspace.key_arn},
        point_in_time_recovery={"enabled": True},
        opts=opts,
    )


def _variables(args: NotifierArgs, table_name: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
    workspace = args.workspace
    return {
        "TOPIC_ARN": args.topic_arn,
        "DATA_BUCKET": workspace.data.bucket_name,
        "ARTIFACT_BUCKET": workspace.artifacts.bucket_name,
        "KMS_KEY_ARN": workspace.key_arn,
        "USE_CASE_ID": workspace.use_case_id,
        "PIPELINE_NAME": workspace.pipeline.name,
        "MODEL_PACKAGE_GROUP": workspace.pipeline.model_package_group,
        "CRAWLER_NAME": KpiNames(workspace.deployment).crawler,
        "KPI_DATABASE": KpiNames(workspace.deployment).database,
        "DELIVERY_PIPELINE": DeliveryNames(workspace.deployment).pipeline,
        "ENVIRONMENT": workspace.deployment.environment,
        "IDEMPOTENCY_TABLE": table_name,
        "POWERTOOLS_SERVICE_NAME": workspace.deployment.name(NOTIFIER),
        "POWERTOOLS_METRICS_NAMESPACE": workspace.deployment.prefix,
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def _sha256(zip_file: Path) -> str:
    """Return the base64 SHA-256 of the package, which Lambda calls CodeSha256."""
    return base64.b64encode(hashlib.sha256(zip_file.read_bytes()).digest()).decode()


def _create_role(
    name: str,
    args: NotifierArgs,
    table: aws.dynamodb.Table,
    log_group: aws.cloudwatch.LogGroup,
    opts: pulumi.ResourceOptions,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Create the function's role and its one policy, which the function has to wait for."""
    # Lambda documents no aws:SourceArn for the trust of an execution role; iam:PassRole decides who may hand it over.
    role = iam.create_role(
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
        role=role.name,
        policy=iam.document(
            *_read_registry(args),
            *_read_deliveries(args),
            *_read_crawled_tables(args),
            *_use_buckets(args),
            *_publish(args),
            *_run(table, log_group),
        ),
        opts=opts,
    )
    return role, policy


def _read_registry(args: NotifierArgs) -> list[iam.Statement]:
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


def _read_deliveries(args: NotifierArgs) -> list[iam.Statement]:
    names = DeliveryNames(args.workspace.deployment)
    reads = ["GetPipelineState", "ListActionExecutions", "ListPipelineExecutions"]
    artifacts = DeliveryArtifacts(names.pipeline)

    def objects(keys: str) -> pulumi.Output[str]:
        return pulumi.Output.concat(args.workspace.artifacts.bucket_arn, f"/{keys}")

    compared = [objects(artifacts.artifact_keys(name)) for name in (SOURCE_STAGE, PREVIEW_STAGE)]
    return [
        iam.allow("ReadDeliveries", [f"codepipeline:{read}" for read in reads], [names.pipeline_arn]),
        iam.allow("CompareSources", ["s3:GetObject"], compared),
        iam.allow("WriteReports", ["s3:PutObject"], [objects(f"{artifacts.previews}/*")]),
    ]


def _read_crawled_tables(args: NotifierArgs) -> list[iam.Statement]:
    workspace, names = args.workspace, KpiNames(args.workspace.deployment)
    crawled = names.catalog_arns(f"{names.crawled_tables}*")
    return [
        *iam.read_objects("Tables", workspace.data.bucket_arn, [workspace.layout.tables]),
        # A list is evaluated on all tables of the database.
        iam.allow("SeeTables", ["glue:GetTables"], names.catalog_arns()),
        iam.allow("ReadCrawledPartitions", ["glue:GetPartitions"], crawled),
    ]


def _use_buckets(args: NotifierArgs) -> list[iam.Statement]:
    workspace = args.workspace
    executions = PipelineArtifacts(workspace.pipeline.name).executions
    evaluations = pulumi.Output.concat(workspace.artifacts.bucket_arn, f"/{executions}/*")
    events = pulumi.Output.concat(workspace.data.bucket_arn, f"/{workspace.layout.registry_events}/*")
    return [
        iam.allow("ReadModelQuality", ["s3:GetObject"], [evaluations]),
        iam.allow("WriteRegistryEvents", ["s3:PutObject"], [events]),
    ]


def _publish(args: NotifierArgs) -> list[iam.Statement]:
    return [
        iam.allow("Publish", ["sns:Publish"], [args.topic_arn]),
        iam.allow("KeepFailedEvents", ["sqs:SendMessage"], [args.failed_queue_arn]),
        iam.allow("UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], [args.workspace.key_arn]),
        # What a table asks of its users when the key is theirs ("Authorizing use of your KMS keys", DynamoDB).
        iam.allow(
            "UseKeyThroughDynamoDb",
            ["kms:CreateGrant", "kms:DescribeKey", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
            [args.workspace.key_arn],
            {"StringEquals": {"kms:ViaService": regional_service("dynamodb", args.workspace.deployment.region)}},
        ),
    ]


def _run(table: aws.dynamodb.Table, log_group: aws.cloudwatch.LogGroup) -> list[iam.Statement]:
    return [
        iam.allow(
            "RememberMessages",
            ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
            [table.arn],
        ),
        iam.allow(
            "WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [pulumi.Output.concat(log_group.arn, ":*")]
        ),
        # X-Ray's write actions have no resource type.
        iam.allow("SendTraces", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"]),
    ]
