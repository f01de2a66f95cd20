"""A report as a demo makes it: the results have the columns and types that the named queries answer with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from demo.report.model import Answer, Delivery, Execution, Measurement, Message, Report, Resource, Step

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
  aws sagemaker update-model-package --model-approval-status Approved \\
    --model-package-arn arn:aws:sagemaker:us-east-1:123456789012:model-package/abalone-local-stable-models/{version}
"""


SAGEMAKER = "arn:aws:sagemaker:us-east-1:123456789012"
USER = "arn:aws:iam::123456789012:user/data-scientist"
COMMIT = "4f1c2e9b7a6d5c3f2e1d0c9b8a7f6e5d4c3b2a19"
GROUP = "abalone-local-stable-models"


def answer(query: str, columns: str, *rows: tuple[Any, ...]) -> Answer:
    """An answer; `columns` as `name type, name type`."""
    types = dict(column.split() for column in columns.split(", "))
    return Answer(
        query=query,
        columns=types,
        rows=[dict(zip(types, row, strict=True)) for row in rows],
        seconds=0.31,
        bytes_scanned=1843,
        sql=f"SELECT {', '.join(types)}\nFROM registry_events\nWHERE use_case = 'abalone' AND kind = 'model-package'",
    )


ANSWERS = (
    answer(
        "metric-by-version",
        "model_package_group varchar, version integer, status varchar, registered_at timestamp, mse double, r2 double",
        (GROUP, 1, "Approved", "2026-11-25 14:01:09.000", 3041.2290345, 0.41223),
        (GROUP, 2, "Rejected", "2026-11-25 14:02:11.000", 3388.7120001, 0.34511),
        (GROUP, 3, "Approved", "2026-11-25 14:03:02.000", 2871.0199482, 0.44520),
        (GROUP, 4, "PendingManualApproval", "2026-11-25 14:03:40.000", 2932.5512009, 0.43327),
    ),
    answer(
        "latest-approved",
        "model_package_group varchar, version integer, approved_at timestamp, approved_by x, mse double, arn x",
        (GROUP, 3, "2026-11-25 14:03:11.250", USER, 2871.0199482, f"{SAGEMAKER}:model-package/{GROUP}/3"),
    ),
    answer(
        "approval-lead-time",
        "model_package_group varchar, version integer, decision varchar, lead_time_hours double",
        (GROUP, 1, "Approved", 2.114 / 3600),
        (GROUP, 2, "Rejected", 1.382 / 3600),
        (GROUP, 3, "Approved", 9.027 / 3600),
    ),
    answer(
        "approval-rate",
        "month varchar, versions bigint, approved bigint, rejected bigint, pending bigint, failed bigint",
        ("2026-10", 3, 1, 1, 0, 1),
        ("2026-11", 4, 2, 1, 1, 0),
    ),
    answer(
        "pipeline-success-rate",
        "day date, executions bigint, succeeded bigint, failed bigint, success_rate double",
        ("2026-11-24", 3, 1, 2, 1 / 3),
        ("2026-11-25", 5, 4, 1, 0.8),
    ),
    answer(
        "data-freshness",
        "source varchar, latest_at timestamp, records bigint, hours_old double",
        ("model metrics", "2026-11-25 14:03:38.000", 8, 22 / 3600),
        ("registry events", "2026-11-25 14:03:52.000", 9, 8 / 3600),
    ),
)

SERVICES = ("athena", "cloudwatch", "dynamodb", "events", "glue", "iam", "kms", "lambda", "logs", "s3", "sns", "sqs")
ACTIONS = ["Source", "Preview", "Approve", "SelfUpdate", "Deploy", "KeepSource", "Upsert", "Verify"]


def run(name: str, status: str, mse: float, threshold: float, reason: str = "") -> Execution:
    registered = status == "Succeeded"
    last = "RegisterModel-RegisterModel" if registered else "ModelTooFarOff"
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
            Step(name=last, kind="RegisterModel" if registered else "Fail", status=status, start=9.7, seconds=0.25),
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
    stack_resources = [Resource(urn=stack)]

    def add(chain: str, name: str, parent: str) -> str:
        urn = f"urn:pulumi:local::mlops-infra::{chain}::{name}"
        stack_resources.append(Resource(urn=urn, parent=parent))
        return urn

    add("pulumi:providers:aws", "aws", stack)
    storage = add("mlops:index:Storage", "data", stack)
    bucket = add("mlops:index:Storage$aws:s3/bucket:Bucket", "data-bucket", storage)
    add("mlops:index:Storage$aws:s3/bucket:Bucket$aws:s3/bucketVersioning:BucketVersioning", "data-versioning", bucket)
    notifications = add("mlops:index:Notifications", "notifications", stack)
    add("mlops:index:Notifications$aws:sns/topic:Topic", "notifications-topic", notifications)
    notifier = add("mlops:index:Notifications$mlops:index:Notifier", "notifications-notifier", notifications)
    for kind, short_name in (
        ("aws:lambda/function:Function", "function"),
        ("aws:iam/role:Role", "role"),
        ("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "event-invoke-config"),
    ):
        add(f"mlops:index:Notifications$mlops:index:Notifier${kind}", f"notifications-notifier-{short_name}", notifier)
    return tuple(stack_resources)


def report(**changes: Any) -> Report:
    """The report, with some of its parts replaced."""
    reason = "MSE is above the threshold of 1.0: the model is not registered"
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
        "left": dict.fromkeys(SERVICES, 0),
        "deliveries": (Delivery.of({"commit": COMMIT, "actions": [action(name) for name in ACTIONS]}),),
    }
    return Report(**{**parts, **changes})


def action(name: str) -> dict[str, Any]:
    return {"name": name, "status": "Succeeded", "seconds": 1.7 * len(name)}
