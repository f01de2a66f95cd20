"""The events that the notifier gets, parsed.

Their shapes: SageMaker developer guide, "Automating Amazon SageMaker with Amazon EventBridge", sections "Model package
state change" and "Pipeline execution state change". Model packages come in PascalCase, executions in camelCase. What
Glue says of crawls is in `crawls`, what CodePipeline says of deliveries in `deliveries`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lambdas.notifier import crawls, deliveries
from lambdas.notifier.arns import ExecutionArn, PackageArn, execution_arn, package_arn
from lambdas.notifier.crawls import CrawlFailure
from lambdas.notifier.deliveries import ApprovalRequest, DeliveryFailure
from lambdas.notifier.envelope import Envelope, Uneventful, moment, read
from lambdas.notifier.errors import MalformedEventError
from lambdas.notifier.fields import iso, required_text, text_at, timestamp

PACKAGE_CHANGE = "SageMaker Model Package State Change"
EXECUTION_CHANGE = "SageMaker Model Building Pipeline Execution Status Change"

PENDING = "PendingManualApproval"
FAILED = "Failed"
DECIDED = ("Approved", "Rejected")


@dataclass(frozen=True, kw_only=True)
class PackageChange:
    """A model version got a status.

    `status` is the approval status, or Failed where the model package itself failed.
    """

    envelope: Envelope
    arn: PackageArn
    group: str
    status: str
    created_at: datetime | None
    changed_at: datetime

    kind = "model-package"

    @property
    def identity(self) -> list[str]:
        """What makes two deliveries the same change."""
        return [self.kind, self.arn.text, self.status, iso(self.changed_at)]


@dataclass(frozen=True, kw_only=True)
class ExecutionFailure:
    """An execution of a pipeline failed."""

    envelope: Envelope
    arn: ExecutionArn
    status: str
    display_name: str | None
    started_at: datetime | None
    ended_at: datetime | None

    kind = "pipeline-execution"

    @property
    def identity(self) -> list[str]:
        """What makes two deliveries the same failure; its end tells a retried execution's failures apart."""
        return [self.kind, self.arn.text, self.status, iso(self.ended_at) if self.ended_at else ""]


Change = PackageChange | ExecutionFailure | CrawlFailure | DeliveryFailure | ApprovalRequest


def parse(event: Mapping[str, object]) -> Change | Uneventful:
    """Tells what an event says.

    Raises:
        MalformedEventError: a field is missing or not what AWS documents.
    """
    envelope = read(event)
    reader = _READERS.get(envelope.detail_type)
    if reader is None:
        expected = " or ".join(map(repr, _READERS))
        raise MalformedEventError(f"detail-type is {envelope.detail_type!r:.200}; expected {expected}")
    return reader(envelope)


def _package_change(envelope: Envelope) -> PackageChange | Uneventful:
    detail = envelope.detail
    arn_text = required_text(detail, "ModelPackageArn", "the ARN of a model version")
    arn = package_arn(arn_text)
    if arn is None:
        raise MalformedEventError(
            f"ModelPackageArn is {arn_text!r:.300}; "
            "expected arn:PARTITION:sagemaker:REGION:ACCOUNT:model-package/GROUP/VERSION"
        )
    group = required_text(detail, "ModelPackageGroupName", "the name of the model package group")
    if group.lower() != arn.group.lower():
        raise MalformedEventError(
            f"ModelPackageGroupName is {group!r:.200}; expected {arn.group}, as in ModelPackageArn"
        )
    package_status = required_text(detail, "ModelPackageStatus", "Pending, InProgress, Completed, Failed or Deleting")
    if package_status not in {"Completed", FAILED}:
        return Uneventful(reason=f"version {arn.version} of {group} is {package_status}")
    status = package_status if package_status == FAILED else _approval_status(detail)
    modified = detail.get("LastModifiedTime")
    return PackageChange(
        envelope=envelope,
        arn=arn,
        group=group,
        status=status,
        created_at=timestamp(detail.get("CreationTime")),
        # A version that was never modified has no such time; then the event's own tells its changes apart.
        changed_at=envelope.event_time if modified is None else moment(detail, "LastModifiedTime"),
    )


def _approval_status(detail: Mapping[str, object]) -> str:
    status = required_text(detail, "ModelApprovalStatus", "PendingManualApproval, Approved or Rejected")
    if status not in {PENDING, *DECIDED}:
        raise MalformedEventError(
            f"ModelApprovalStatus is {status!r:.200}; expected PendingManualApproval, Approved or Rejected"
        )
    return status


def _execution_failure(envelope: Envelope) -> ExecutionFailure | Uneventful:
    detail = envelope.detail
    arn_text = required_text(detail, "pipelineExecutionArn", "the ARN of a pipeline execution")
    arn = execution_arn(arn_text)
    if arn is None:
        raise MalformedEventError(
            f"pipelineExecutionArn is {arn_text!r:.300}; "
            "expected arn:PARTITION:sagemaker:REGION:ACCOUNT:pipeline/NAME/execution/ID"
        )
    status = required_text(detail, "currentPipelineExecutionStatus", "the status of the execution")
    if status != FAILED:
        return Uneventful(reason=f"execution {arn.execution} of {arn.pipeline} is {status}")
    return ExecutionFailure(
        envelope=envelope,
        arn=arn,
        status=status,
        display_name=text_at(detail, "pipelineExecutionDisplayName"),
        started_at=timestamp(detail.get("executionStartTime")),
        ended_at=timestamp(detail.get("executionEndTime")),
    )


_READERS: dict[str, Callable[[Envelope], Change | Uneventful]] = {
    PACKAGE_CHANGE: _package_change,
    EXECUTION_CHANGE: _execution_failure,
    crawls.STATE_CHANGE: crawls.parse,
    deliveries.EXECUTION_CHANGE: deliveries.parse_execution,
    deliveries.ACTION_CHANGE: deliveries.parse_action,
}
