"""The notifier: a Lambda function that turns events into one message each."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.foundation import Workspace
from components.notifications import permissions

_RUNTIME = "python3.13"
_ARCHITECTURE = "arm64"
_TIMEOUT_SECONDS = 30
_MEMORY_MEGABYTES = 256
_MAXIMUM_EVENT_AGE_SECONDS = 6 * 3600
_MAXIMUM_RETRY_ATTEMPTS = 2


@dataclass(frozen=True, kw_only=True)
class NotifierArgs:
    """What the function reads, where it publishes, and where events go that it could not handle."""

    workspace: Workspace
    topic_arn: pulumi.Input[str]
    failed_queue_arn: pulumi.Input[str]
    crawler_name: str
    delivery_pipeline: str
    zip_file: Path


class Notifier(pulumi.ComponentResource):
    """The function with its role, log group, idempotency table and failure destination."""

    function: aws.lambda_.Function

    def __init__(self, name: str, args: NotifierArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Notifier", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        workspace, deployment = args.workspace, args.workspace.deployment
        function_name = deployment.name("notifier")

        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/lambda/{function_name}",
            retention_in_days=deployment.log_retention_days,
            kms_key_id=workspace.key_arn,
            opts=child,
        )
        table = _idempotency_table(name, workspace, child)
        role, policy = permissions.role(name, args, table.arn, logs.arn, child)
        self.function = aws.lambda_.Function(
            f"{name}-function",
            name=function_name,
            description=f"Notifies of model versions in {workspace.pipeline.model_package_group} and failed executions",
            role=role.arn,
            runtime=_RUNTIME,
            architectures=[_ARCHITECTURE],
            handler="handler.handler",
            code=pulumi.FileArchive(str(args.zip_file)),
            source_code_hash=_hash(args.zip_file),
            timeout=_TIMEOUT_SECONDS,
            memory_size=_MEMORY_MEGABYTES,
            kms_key_arn=workspace.key_arn,
            tracing_config={"mode": "Active"},
            environment={"variables": _variables(args, table.name)},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs, policy]),
        )
        aws.lambda_.FunctionEventInvokeConfig(
            f"{name}-failures",
            function_name=self.function.name,
            maximum_event_age_in_seconds=_MAXIMUM_EVENT_AGE_SECONDS,
            maximum_retry_attempts=_MAXIMUM_RETRY_ATTEMPTS,
            destination_config={"on_failure": {"destination": args.failed_queue_arn}},
            opts=child,
        )
        self.register_outputs({"function_arn": self.function.arn})


def _idempotency_table(name: str, workspace: Workspace, opts: pulumi.ResourceOptions) -> aws.dynamodb.Table:
    """Remembers which state changes were told already (layout: Powertools for AWS Lambda, "Idempotency")."""
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
        "USE_CASE_ID": workspace.use_case_id,
        "PIPELINE_NAME": workspace.pipeline.name,
        "MODEL_PACKAGE_GROUP": workspace.pipeline.model_package_group,
        "CRAWLER_NAME": args.crawler_name,
        "DELIVERY_PIPELINE": args.delivery_pipeline,
        "ENVIRONMENT": workspace.deployment.environment,
        "IDEMPOTENCY_TABLE": table_name,
        "POWERTOOLS_SERVICE_NAME": workspace.deployment.name("notifier"),
        "POWERTOOLS_METRICS_NAMESPACE": workspace.deployment.prefix,
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def _hash(zip_file: Path) -> str:
    """The base64 SHA-256 of the package: what Lambda itself calls CodeSha256."""
    return base64.b64encode(hashlib.sha256(zip_file.read_bytes()).digest()).decode()
