"""The stage of the tests: a notifier, what surrounds it, and AWS's documented events to feed it with."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from aws_lambda_powertools import Logger
from botocore.validate import validate_parameters

from delivery.verification.event_samples import DOCUMENTS as EVENTS
from lambdas.notifier.app import Notifier
from lambdas.notifier.clients import Clients

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_sqs import SQSClient

    from lambdas.notifier.settings import Settings

REGION = "us-east-1"
GROUP = "abalone-test-stable-models"
PIPELINE = "abalone-test"
CRAWLER = "abalone-test-kpis"
DATABASE = "abalone_test_kpis"
DELIVERY = "abalone-test-delivery"
EXECUTION = f"arn:aws:sagemaker:{REGION}:123456789012:pipeline/{PIPELINE}/execution/p4jn9xou8a8s"
ARTIFACTS = "abalone-test-artifacts"
DATA = "abalone-test-data"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TABLE = "abalone-test-notifier-idempotency"
METRICS = {"mse": 4.8, "rmse": 2.19, "mae": 1.55, "r2": 0.56}

Event = dict[str, Any]


class Context:
    """What the notifier needs of a LambdaContext."""

    function_name = "abalone-test-notifier"
    function_version = "$LATEST"
    memory_limit_in_mb = 256
    invoked_function_arn = f"arn:aws:lambda:{REGION}:123456789012:function:abalone-test-notifier"
    aws_request_id = "9a5c0d8e-0000-0000-0000-000000000000"

    def __init__(self, milliseconds: Callable[[], int] = lambda: 30_000) -> None:
        self.get_remaining_time_in_millis = milliseconds


def lambda_context(milliseconds: Callable[[], int] = lambda: 30_000) -> LambdaContext:
    return cast("LambdaContext", Context(milliseconds))


@dataclass
class Counts:
    """CloudWatch metrics by name."""

    values: dict[str, float] = field(default_factory=dict)

    def add_metric(self, name: str, unit: object, value: float) -> None:
        self.values[name] = self.values.get(name, 0) + value


@dataclass
class Faults:
    """Answers in place of the emulator's, checked against botocore's models, and a look at the calls."""

    clients: Clients
    registered: list[tuple[Any, str, Callable[..., object]]] = field(default_factory=list)

    def refuse(self, service: str, operation: str, code: str = "AccessDenied", *, times: int | None = None) -> None:
        left = [times]

        def fail(**_: object) -> tuple[SimpleNamespace, Mapping[str, object]] | None:
            if left[0] == 0:
                return None
            left[0] = None if left[0] is None else left[0] - 1
            error = {"Error": {"Code": code, "Message": f"{code}: arn:aws:sts::123456789012:assumed-role/secret"}}
            return SimpleNamespace(status_code=403), error

        self._register(service, operation, fail)

    def answer(self, service: str, operation: str, body: Mapping[str, object]) -> None:
        client = getattr(self.clients, service)
        shape = client.meta.service_model.operation_model(operation).output_shape
        validate_parameters(body, shape)
        self._register(service, operation, lambda **_: (SimpleNamespace(status_code=200), body))

    def answer_each(self, service: str, operation: str, bodies: Mapping[str, Mapping[str, object]]) -> None:
        """Answers a request by the first text that it contains."""
        shape = getattr(self.clients, service).meta.service_model.operation_model(operation).output_shape
        for body in bodies.values():
            validate_parameters(body, shape)

        def answer(params: dict[str, Any], **_: object) -> tuple[SimpleNamespace, Mapping[str, object]]:
            request = params["body"].decode()
            return SimpleNamespace(status_code=200), next(body for text, body in bodies.items() if text in request)

        self._register(service, operation, answer)

    def raising(self, service: str, operation: str, error: BaseException) -> None:
        def fail(**_: object) -> None:
            raise error

        self._register(service, operation, fail)

    def before(self, service: str, operation: str, action: Callable[[], None]) -> None:
        self._register(service, operation, lambda **_: action())

    def watch(self, service: str, operation: str) -> list[dict[str, Any]]:
        """The parameters of every call from now on."""
        seen: list[dict[str, Any]] = []
        client = getattr(self.clients, service)
        event = f"provide-client-params.{client.meta.service_model.service_name}.{operation}"

        def note(params: dict[str, Any], **_: object) -> None:
            seen.append(params)

        client.meta.events.register(event, note)
        self.registered.append((client, event, note))
        return seen

    def _register(self, service: str, operation: str, handler: Callable[..., object]) -> None:
        client = getattr(self.clients, service)
        event = f"before-call.{client.meta.service_model.service_name}.{operation}"
        for earlier in [entry for entry in self.registered if entry[1] == event]:
            client.meta.events.unregister(event, earlier[2])
            self.registered.remove(earlier)
        client.meta.events.register_first(event, handler)
        self.registered.append((client, event, handler))

    def clear(self) -> None:
        for client, event, handler in self.registered:
            client.meta.events.unregister(event, handler)
        self.registered.clear()


@dataclass
class Stage:
    """The notifier with everything around it."""

    clients: Clients
    sqs: SQSClient
    settings: Settings
    queue_url: str
    faults: Faults
    counts: Counts
    notifier: Notifier

    def another_notifier(self) -> Notifier:
        """A notifier as a second execution environment has it."""
        return Notifier(self.settings, self.clients, Logger(service="test"), Counts())

    def handle(self, event: Event, context: Context | None = None) -> str:
        return self.notifier.handle(event, cast("LambdaContext", context or Context()))["outcome"]

    def inbox(self) -> list[dict[str, Any]]:
        """The messages that a subscribed queue got since the last look."""
        messages: list[dict[str, Any]] = []
        while batch := self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages", []):
            messages += [json.loads(message.get("Body", "")) for message in batch]
        return messages

    def records(self) -> dict[str, dict[str, Any]]:
        """The registry events in the data bucket, by key."""
        listed = self.clients.s3.list_objects_v2(Bucket=DATA).get("Contents", [])
        keys = [entry.get("Key", "") for entry in listed]
        return {key: json.loads(self.clients.s3.get_object(Bucket=DATA, Key=key)["Body"].read()) for key in keys}

    def register(
        self,
        metrics: Mapping[str, float] | bytes | None = None,
        *,
        status: str = "PendingManualApproval",
        uri: str | None = "",
        **fields: object,
    ) -> str:
        """Registers a version and writes its evaluation; returns its ARN."""
        if uri == "":
            uri = f"s3://{ARTIFACTS}/{PIPELINE}/executions/{uuid.uuid4().hex}/evaluate/evaluation.json"
        if uri and metrics is not None:
            entries = metrics if isinstance(metrics, bytes) else {name: {"value": v} for name, v in metrics.items()}
            body = entries if isinstance(entries, bytes) else json.dumps({"regression_metrics": entries}).encode()
            self.clients.s3.put_object(Bucket=ARTIFACTS, Key=uri.split("/", 3)[3], Body=body)
        package: dict[str, object] = {
            "ModelPackageGroupName": GROUP,
            "ModelApprovalStatus": status,
            "InferenceSpecification": {
                "Containers": [
                    {
                        "Image": f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:3.2-0",
                        "ModelDataUrl": f"s3://{ARTIFACTS}/{PIPELINE}/models/model.tar.gz",
                    }
                ],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            "MetadataProperties": {"CommitId": "0123abc", "GeneratedBy": EXECUTION},
        }
        if uri:
            statistics = {"ContentType": "application/json", "S3Uri": uri}
            package["ModelMetrics"] = {"ModelQuality": {"Statistics": statistics}}
        return self.clients.sagemaker.create_model_package(**cast("Any", {**package, **fields}))["ModelPackageArn"]

    def decide(self, arn: str, status: str, why: str | None = None) -> None:
        """Approves or rejects a version."""
        described: dict[str, Any] = {} if why is None else {"ApprovalDescription": why}
        self.clients.sagemaker.update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus=cast("Any", status), **described
        )

    def event(self, arn: str, **detail: object) -> Event:
        """SageMaker's event for the version as it is now; None leaves a field out."""
        described = cast("dict[str, Any]", self.clients.sagemaker.describe_model_package(ModelPackageName=arn))
        changed = {
            name: described[name]
            for name in ("InferenceSpecification", "ModelPackageStatus", "ModelApprovalStatus", "MetadataProperties")
        }
        changed |= {
            "ModelPackageGroupName": GROUP,
            "ModelPackageVersion": described["ModelPackageVersion"],
            "ModelPackageArn": arn,
            "CreationTime": _iso(described["CreationTime"]),
            "LastModifiedTime": _iso(described.get("LastModifiedTime", described["CreationTime"])),
        }
        if "ModelMetrics" not in described:
            changed["ModelMetrics"] = None
        else:
            changed["ModelMetrics"] = described["ModelMetrics"]
        return documented("model_package", arn, **{**changed, **detail})


def documented(name: str, resource: str, **detail: object) -> Event:
    """AWS's example event about another resource, with other details; None leaves a field out."""
    event: Event = json.loads((EVENTS / f"{name}.json").read_text())
    event |= {"id": str(uuid.uuid4()), "region": REGION, "time": _iso(datetime.now(UTC)), "resources": [resource]}
    event["detail"] = {k: v for k, v in {**event["detail"], **detail}.items() if v is not None}
    return event


def failed_execution(**detail: object) -> Event:
    """SageMaker's event for a failed execution."""
    execution = {
        "pipelineArn": EXECUTION.rpartition("/execution")[0],
        "pipelineExecutionArn": EXECUTION,
        "currentPipelineExecutionStatus": "Failed",
    }
    return documented("pipeline_execution", EXECUTION, **{**execution, **detail})


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
