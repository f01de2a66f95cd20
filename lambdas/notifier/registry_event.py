"""The structured copy of each change of the model registry: one JSON line in the data bucket, for KPIs.

Its columns and where it lies are the contract's (`contract.layout`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from contract.encryption import encrypt_with
from contract.layout import DataLayout

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from lambdas.notifier.events import Envelope


@dataclass(frozen=True, kw_only=True)
class RegistryEvent:
    """One line: every line has the same keys, in this order; what a change does not have is null.

    `kind` is `model-package` or `pipeline-execution`, `status` is `PendingManualApproval`, `Approved`, `Rejected` or
    `Failed`. Times are ISO 8601 in UTC.
    """

    event_id: str  # EventBridge's
    event_time: str
    kind: str
    environment: str
    account: str
    region: str
    pipeline: str
    model_package_group: str | None = None
    version: int | None = None
    arn: str  # of the model version or of the execution
    status: str
    changed_at: str  # when it got the status
    changed_by: str | None  # who did it; for an execution who started it
    reason: str | None  # the approval's description, or why it failed
    failed_step: str | None = None  # of a failed execution
    execution_arn: str | None  # that produced the version, or that failed
    commit_id: str | None = None
    created_at: str | None  # registered at; for an execution started at
    approval_lead_time_seconds: float | None = None  # from registered to approved or rejected
    mse: float | None = None
    rmse: float | None = None
    mae: float | None = None
    r2: float | None = None
    metrics_json: str | None = None  # every metric: {"name": value}
    previous_version: int | None = None  # the last approved version at that time
    metrics_problem: str | None = None  # why there are no metrics


def key(envelope: Envelope, use_case_id: str) -> str:
    """Return where an event's copy lies in the data bucket."""
    return DataLayout(use_case_id).registry_event_key(envelope.event_time.date(), envelope.event_id)


def write(client: S3Client, bucket: str, object_key: str, event: RegistryEvent, key_arn: str) -> None:
    """Write the copy, encrypted with that key; writing it again leaves the same object."""
    line = json.dumps(asdict(event), ensure_ascii=True, sort_keys=False) + "\n"
    client.put_object(
        Bucket=bucket, Key=object_key, Body=line.encode(), ContentType="application/json", **encrypt_with(key_arn)
    )
