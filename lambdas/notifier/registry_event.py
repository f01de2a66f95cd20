"""The structured copy of each change: one JSON line in the data bucket, for KPIs.

Layout: `use-case={id}/registry-events/use_case={id}/dt=YYYY-MM-DD/{event id}.json`, `dt` being the event's day in UTC.
Every line has the same keys; what a change does not have is null:

    event_id                     text       EventBridge's id
    event_time                   text       ISO 8601, UTC, like every time here
    kind                         text       model-package | pipeline-execution
    environment                  text
    account, region              text
    pipeline                     text
    model_package_group          text
    version                      integer
    arn                          text       of the model version or of the execution
    status                       text       PendingManualApproval | Approved | Rejected | Failed
    changed_at                   text       when it got the status
    changed_by                   text       who did it; for an execution who started it
    reason                       text       the approval's description, or why it failed
    failed_step                  text       of a failed execution
    execution_arn                text       that produced the version, or that failed
    commit_id                    text
    created_at                   text       registered at; for an execution started at
    approval_lead_time_seconds   number     from registered to approved or rejected
    mse, rmse, mae, r2           number
    metrics_json                 text       every metric: {"name": value}
    previous_version             integer    the last approved version at that time
    metrics_problem              text       why there are no metrics
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lambdas.notifier.arns import Arn
from lambdas.notifier.envelope import Envelope
from lambdas.notifier.events import DECIDED, PackageChange
from lambdas.notifier.fields import iso
from lambdas.notifier.registry import ApprovedVersion

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from lambdas.notifier.execution_message import ExecutionReport
    from lambdas.notifier.package_message import PackageReport
    from lambdas.notifier.settings import Settings

METRIC_COLUMNS = ("mse", "rmse", "mae", "r2")
COLUMNS = (
    *("event_id", "event_time", "kind", "environment", "account", "region", "pipeline", "model_package_group"),
    *("version", "arn", "status", "changed_at", "changed_by", "reason", "failed_step", "execution_arn", "commit_id"),
    *("created_at", "approval_lead_time_seconds", *METRIC_COLUMNS, "metrics_json", "previous_version"),
    "metrics_problem",
)

Value = str | int | float | None


def key(envelope: Envelope, use_case_id: str) -> str:
    """Where an event's copy lies in the data bucket."""
    day = envelope.event_time.date().isoformat()
    prefix = f"use-case={use_case_id}/registry-events/use_case={use_case_id}/dt={day}"
    return f"{prefix}/{envelope.event_id}.json"


def of_package(report: PackageReport, settings: Settings) -> dict[str, Value]:
    """The copy of a change of a model version."""
    change, known, values = report.change, report.known, report.evaluation.values
    created_at = change.created_at or known.created_at
    return {
        **_common(change.envelope, change.arn, settings),
        "kind": change.kind,
        "model_package_group": change.group,
        "version": change.arn.version,
        "status": change.status,
        "changed_at": iso(change.changed_at),
        "changed_by": report.changed_by,
        "reason": report.reason,
        "execution_arn": known.execution,
        "commit_id": known.commit,
        "created_at": iso(created_at) if created_at else None,
        "approval_lead_time_seconds": _lead_time(change, created_at),
        **{name: values.get(name) for name in METRIC_COLUMNS},
        "metrics_json": json.dumps(dict(values), sort_keys=True) if values else None,
        "previous_version": report.previous.version if isinstance(report.previous, ApprovedVersion) else None,
        "metrics_problem": report.evaluation.problem,
    }


def of_execution(report: ExecutionReport, settings: Settings) -> dict[str, Value]:
    """The copy of a failed execution."""
    failure = report.failure
    return {
        **_common(failure.envelope, failure.arn, settings),
        "kind": failure.kind,
        "status": failure.status,
        "changed_at": iso(failure.ended_at or failure.envelope.event_time),
        "changed_by": report.started_by,
        "reason": report.reason,
        "failed_step": report.first_step.name if report.first_step else None,
        "execution_arn": failure.arn.text,
        "created_at": iso(failure.started_at) if failure.started_at else None,
    }


def write(client: S3Client, bucket: str, object_key: str, record: Mapping[str, Value]) -> None:
    """Writes the copy; writing it again leaves the same object."""
    line = json.dumps(record, ensure_ascii=True, sort_keys=False) + "\n"
    client.put_object(Bucket=bucket, Key=object_key, Body=line.encode(), ContentType="application/json")


def _common(envelope: Envelope, arn: Arn, settings: Settings) -> dict[str, Value]:
    return {
        **dict.fromkeys(COLUMNS),
        "event_id": envelope.event_id,
        "event_time": iso(envelope.event_time),
        "environment": settings.environment,
        "account": arn.account,
        "region": arn.region,
        "pipeline": settings.pipeline_name,
        "arn": arn.text,
    }


def _lead_time(change: PackageChange, created_at: datetime | None) -> float | None:
    if change.status not in DECIDED or created_at is None:
        return None
    return max((change.changed_at - created_at).total_seconds(), 0.0)
