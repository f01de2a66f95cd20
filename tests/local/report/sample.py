"""A report as a demo makes it: the results have the columns and types that the named queries answer with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from local.report.model import Answer, Delivery, Execution, Measurement, Message, Report, Resource, Step

BODY = """Version {version} of abalone-local-stable-models {headline} (local).

Status       {status}
Environment  local
Group        abalone-local-stable-models
Version      {version}
Changed at   2026-11-25T14:03:11+00:00
By           arn:aws:iam::123456789012:user/data-scientist
Execution    arn:aws:sagemaker:us-east-1:123456789012:pipeline/abalone-local/execution/k2v9x0q1m3ab
Image        683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
Commit       4f1c2e9b7a6d5c3f2e1d0c9b8a7f6e5d4c3b2a19

Metric      this version   version 1     change
mse             2,871.02    3,041.23    -170.21
rmse               53.58       55.15      -1.57

Approve it:
  aws sagemaker update-model-package --model-package-arn \
arn:aws:sagemaker:us-east-1:123456789012:model-package/abalone-local-stable-models/{version} --model-approval-status Approved
"""


def answer(query: str, types: dict[str, str], *rows: tuple[Any, ...], sql: str = "") -> Answer:
    return Answer(
        query=query,
        columns=types,
        rows=[dict(zip(types, row, strict=True)) for row in rows],
        seconds=0.31,
        bytes_scanned=1843,
        sql=sql
        or f'SELECT {", ".join(types)}\nFROM "abalone_local_kpis"."registry_events"\nWHERE use_case = \'abalone\'',
    )


ANSWERS = (
    answer(
        "metric-by-version",
        {"version": "integer", "registered_at": "varchar", "status": "varchar", "mse": "double", "rmse": "double", "mae": "double", "r2": "double"},
        (1, "2026-11-25T14:01:09+00:00", "Approved", 3041.2290345, 55.1473, 44.2129, 0.41223),
        (2, "2026-11-25T14:02:11+00:00", "Rejected", 3388.7120001, 58.2126, 47.0031, 0.34511),
        (3, "2026-11-25T14:03:02+00:00", "Approved", 2871.0199482, 53.5819, 42.7718, 0.44520),
        (4, "2026-11-25T14:03:40+00:00", "PendingManualApproval", 2932.5512009, 54.1530, 43.1201, 0.43327),
    ),
    answer(
        "latest-approved",
        {"model_package_group": "varchar", "version": "integer", "approved_at": "varchar", "approved_by": "varchar", "mse": "double", "r2": "double", "commit_id": "varchar"},
        ("abalone-local-stable-models", 3, "2026-11-25T14:03:11+00:00", "arn:aws:iam::123456789012:user/data-scientist", 2871.0199482, 0.4452, "4f1c2e9b7a6d5c3f2e1d0c9b8a7f6e5d4c3b2a19"),
    ),
    answer(
        "approval-lead-time",
        {"version": "integer", "status": "varchar", "lead_time_seconds": "double"},
        (1, "Approved", 2.114),
        (2, "Rejected", 1.382),
        (3, "Approved", 9.027),
    ),
    answer("approval-rate", {"approved": "bigint", "rejected": "bigint", "pending": "bigint"}, (2, 1, 1)),
    answer("pipeline-success-rate", {"day": "date", "succeeded": "bigint", "failed": "bigint"}, ("2026-11-24", 1, 2), ("2026-11-25", 4, 1)),
    answer("data-freshness", {"source": "varchar", "newest": "varchar", "age_seconds": "double"}, ("model_metrics", "2026-11-25T14:03:38", 21.5), ("registry_events", "2026-11-25T14:03:52", 7.25)),
)  # fmt: skip


def run(name: str, status: str, mse: float, threshold: float, reason: str = "") -> Execution:
    last = Step(name="ModelTooFarOff", kind="Fail", status="Failed", start=9.7, seconds=0.1)
    if status == "Succeeded":
        last = Step(
            name="RegisterModel-RegisterModel", kind="RegisterModel", status="Succeeded", start=9.7, seconds=0.3
        )
    return Execution(
        name=name,
        execution_id="k2v9x0q1m3ab",
        status=status,
        seconds=10.0,
        failure_reason=reason,
        measurement=Measurement(metric="MSE", value=mse, threshold=threshold),
        steps=(
            Step(name="Preprocess", kind="Processing", status="Succeeded", start=0.1, seconds=3.4),
            Step(name="Train", kind="Training", status="Succeeded", start=3.6, seconds=2.2),
            Step(name="Evaluate", kind="Processing", status="Succeeded", start=5.9, seconds=3.5),
            Step(name="MseWithinThreshold", kind="Condition", status="Succeeded", start=9.5, seconds=0.1),
            last,
        ),
    )


def message(version: int, status: str, headline: str) -> Message:
    return Message(
        subject=f"[local] abalone-local-stable-models v{version}: {status}",
        body=BODY.format(version=version, status=status, headline=headline),
        seconds=0.8 + version / 10,
    )


def resources() -> tuple[Resource, ...]:
    stack = "urn:pulumi:local::mlops-infra::pulumi:pulumi:Stack::mlops-infra-local"
    made = [Resource(urn=stack)]

    def add(chain: str, name: str, parent: str) -> str:
        urn = f"urn:pulumi:local::mlops-infra::{chain}::{name}"
        made.append(Resource(urn=urn, parent=parent))
        return urn

    add("pulumi:providers:aws", "aws", stack)
    storage = add("mlops:index:Storage", "data", stack)
    bucket = add("mlops:index:Storage$aws:s3/bucket:Bucket", "data-bucket", storage)
    add("mlops:index:Storage$aws:s3/bucket:Bucket$aws:s3/bucketVersioning:BucketVersioning", "data-versioning", bucket)
    notifications = add("mlops:index:Notifications", "notifications", stack)
    add("mlops:index:Notifications$aws:sns/topic:Topic", "notifications-topic", notifications)
    notifier = add("mlops:index:Notifications$mlops:index:Notifier", "notifications-notifier", notifications)
    for kind, noun in (
        ("aws:lambda/function:Function", "function"),
        ("aws:iam/role:Role", "role"),
        ("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "event-invoke-config"),
    ):
        add(f"mlops:index:Notifications$mlops:index:Notifier${kind}", f"notifications-notifier-{noun}", notifier)
    return tuple(made)


def report(**changes: Any) -> Report:
    """The report, with some of its parts replaced."""
    reason = "MSE is above the threshold of 1.0: the model is not registered"
    actions = ("Source", "SelfUpdate", "Preview", "Approve", "Deploy", "Upsert", "Verify")
    parts: dict[str, Any] = {
        "stack": "local",
        "region": "us-east-1",
        "engine_version": "v3.259.0",
        "created": datetime(2026, 11, 25, 14, 4, tzinfo=UTC),
        "deploy_seconds": 14.2,
        "second_up_changes": 0,
        "answers": ANSWERS,
        "executions": (
            run("within-threshold", "Succeeded", 3041.2290345, 4000.0),
            run("deeper-trees", "Succeeded", 2871.0199482, 4000.0),
            run("above-threshold", "Failed", 2932.5512, 1.0, reason),
        ),
        "messages": (
            message(1, "PendingManualApproval", "waits for approval"),
            message(1, "Approved", "is approved"),
            message(2, "Rejected", "is rejected"),
        ),
        "resources": resources(),
        "left": dict.fromkeys(
            (
                "athena",
                "cloudwatch",
                "dynamodb",
                "events",
                "glue",
                "iam",
                "kms",
                "lambda",
                "logs",
                "s3",
                "sagemaker",
                "sns",
                "sqs",
            ),
            0,
        ),
        "deliveries": (
            Delivery.of(
                {
                    "commit": "4f1c2e9b7a6d5c3f2e1d0c9b8a7f6e5d4c3b2a19",
                    "actions": [
                        {"name": name, "status": "Succeeded", "seconds": 1.7 + i} for i, name in enumerate(actions)
                    ],
                }
            ),
        ),
    }
    return Report(**{**parts, **changes})
