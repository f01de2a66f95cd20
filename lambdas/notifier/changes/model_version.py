"""A model version got a status: the event, the message, and the registry event.

The event's shape: SageMaker developer guide, "Automating Amazon SageMaker with Amazon EventBridge", section "Model
package state change".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from contract import console
from lambdas.notifier import metrics, sagemaker
from lambdas.notifier.arns import ModelVersionArn
from lambdas.notifier.deadline import Missing
from lambdas.notifier.events import Envelope, Ignored, MalformedEventError, required_text, required_time
from lambdas.notifier.fields import iso, text_at, timestamp
from lambdas.notifier.metrics import Evaluation
from lambdas.notifier.registry_event import RegistryEvent
from lambdas.notifier.sagemaker import FAILED, ApprovedVersion, ModelVersion
from messages.content import Command, Content, Link, MetricsTable, links, subject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from lambdas.notifier.changes import Gap
    from lambdas.notifier.clients import Clients
    from lambdas.notifier.deadline import Deadline
    from lambdas.notifier.settings import Settings

_KIND = "model-package"
_PENDING = "PendingManualApproval"
_DECIDED = ("Approved", "Rejected")
_HEADLINES = {
    _PENDING: "waits for approval",
    "Approved": "is approved",
    "Rejected": "is rejected",
    FAILED: "failed",
}


@dataclass(frozen=True, kw_only=True)
class ModelVersionChange:
    """A model version got a status.

    `status` is the approval status, or Failed where the model version itself failed.
    """

    envelope: Envelope
    arn: ModelVersionArn
    group: str
    status: str
    created_at: datetime | None
    changed_at: datetime

    detail_type: ClassVar = "SageMaker Model Package State Change"

    @classmethod
    def parse(cls, envelope: Envelope) -> ModelVersionChange | Ignored:
        """Read the event's detail; a version on the way to its status is ignored."""
        detail = envelope.detail
        arn = _arn(detail)
        group = required_text(detail, "ModelPackageGroupName", "the name of the model package group")
        if group.lower() != arn.group.lower():
            raise MalformedEventError(
                f"ModelPackageGroupName is {group!r:.200}; expected {arn.group}, as in ModelPackageArn"
            )
        state = required_text(detail, "ModelPackageStatus", "Pending, InProgress, Completed, Failed or Deleting")
        if state not in {"Completed", FAILED}:
            return Ignored(reason=f"version {arn.version} of {group} is {state}")
        modified = detail.get("LastModifiedTime")
        return cls(
            envelope=envelope,
            arn=arn,
            group=group,
            status=state if state == FAILED else _approval_status(detail),
            created_at=timestamp(detail.get("CreationTime")),
            # A version that was never modified has no such time; then the event's own tells its changes apart.
            changed_at=envelope.event_time if modified is None else required_time(detail, "LastModifiedTime"),
        )

    @property
    def identity(self) -> list[str]:
        """The version, its status, and when it got it."""
        return [_KIND, self.arn.identity, self.status, iso(self.changed_at)]

    @property
    def about(self) -> str:
        """The model package group."""
        return self.group

    @staticmethod
    def expected(settings: Settings) -> str:
        """Return the stack's model package group."""
        return settings.model_package_group

    def gather(self, clients: Clients, _settings: Settings, deadline: Deadline) -> ModelVersionReport:
        """Ask the registry for the version and the last approved one, and read the metrics of both."""
        from_event = ModelVersion.of(self.envelope.detail)
        details = deadline.look_up(lambda: sagemaker.model_version(clients.sagemaker, str(self.arn)))
        known = from_event if isinstance(details, Missing) else details
        evaluation = _evaluation(known.metrics_uri, clients, deadline)
        previous = deadline.look_up(
            lambda: sagemaker.latest_approved(clients.sagemaker, self.group, other_than=self.arn.version)
        )
        return ModelVersionReport(
            change=self,
            details=details,
            from_event=from_event,
            evaluation=evaluation,
            previous=previous,
            previous_evaluation=_previous_evaluation(previous, clients, deadline),
        )


@dataclass(frozen=True, kw_only=True)
class ModelVersionReport:
    """All that is known about a change of a model version.

    `details` is the registry's answer, or why there is none; then what the event itself says stands in for it.
    """

    change: ModelVersionChange
    details: ModelVersion | Missing
    from_event: ModelVersion
    evaluation: Evaluation
    previous: ApprovedVersion | Missing | None
    previous_evaluation: Evaluation

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Whether the metrics or the registry's details are missing."""
        gaps: list[Gap] = []
        if self.evaluation.problem is not None:
            gaps.append("MetricsMissing")
        if isinstance(self.details, Missing):
            gaps.append("DetailsMissing")
        return tuple(gaps)

    @property
    def known(self) -> ModelVersion:
        """The best source of details there is."""
        return self.from_event if isinstance(self.details, Missing) else self.details

    @property
    def superseded_by(self) -> str | None:
        """The status that the version has by now, where it is another one than the event's."""
        now = self.known.status
        return now if now != self.change.status else None

    @property
    def changed_by(self) -> str | None:
        """Who made this change.

        The registry knows only who changed the version last, which is somebody else's change once the status is
        another one. A version that waits for its first decision was changed by whoever registered it.
        """
        if self.superseded_by is not None:
            return self.known.created_by if self.change.status == _PENDING else None
        return self.known.last_modified_by or self.known.created_by

    @property
    def reason(self) -> str | None:
        """Why: the approval's description, or why the model version failed."""
        if self.change.status == FAILED:
            return "; ".join(self.known.failure_reasons) or None
        description = text_at(self.change.envelope.detail, "ApprovalDescription")
        return description or (self.known.approval_description if self.superseded_by is None else None)

    def compose(self, settings: Settings) -> Content:
        """Write the message about a model version."""
        change, environment = self.change, settings.environment
        return Content(
            subject=subject(environment, change.group, f"v{change.arn.version}: {change.status}"),
            headline=f"Version {change.arn.version} of {change.group} {_HEADLINES[change.status]} ({environment}).",
            facts=_facts(self, environment),
            metrics=_metrics_table(self),
            notes=_notes(self),
            links=_links(self),
            commands=_commands(self),
            attributes={
                "environment": environment,
                "kind": _KIND,
                "status": change.status,
                "model_package_group": change.group,
                "version": change.arn.version,
            },
            thread=change.arn.identity,
        )

    def registry_event(self, settings: Settings) -> RegistryEvent:
        """Return the structured copy of a change of a model version."""
        change, known, values = self.change, self.known, self.evaluation.values
        created_at = change.created_at or known.created_at
        return RegistryEvent(
            event_id=change.envelope.event_id,
            event_time=iso(change.envelope.event_time),
            kind=_KIND,
            environment=settings.environment,
            account=change.arn.account_id,
            region=change.arn.region,
            pipeline=settings.pipeline_name,
            model_package_group=change.group,
            version=change.arn.version,
            arn=str(change.arn),
            status=change.status,
            changed_at=iso(change.changed_at),
            changed_by=self.changed_by,
            reason=self.reason,
            execution_arn=known.execution,
            commit_id=known.commit,
            created_at=iso(created_at) if created_at else None,
            approval_lead_time_seconds=_lead_time(change, created_at),
            mse=values.get("mse"),
            rmse=values.get("rmse"),
            mae=values.get("mae"),
            r2=values.get("r2"),
            metrics_json=json.dumps(dict(values), sort_keys=True) if values else None,
            previous_version=self.previous.version if isinstance(self.previous, ApprovedVersion) else None,
            metrics_problem=self.evaluation.problem,
        )


def _arn(detail: Mapping[str, object]) -> ModelVersionArn:
    text = required_text(detail, "ModelPackageArn", "the ARN of a model version")
    try:
        return ModelVersionArn.parse(text)
    except ValueError as error:
        raise MalformedEventError(
            f"ModelPackageArn is {text!r:.300}; "
            "expected arn:PARTITION:sagemaker:REGION:ACCOUNT:model-package/GROUP/VERSION"
        ) from error


def _approval_status(detail: Mapping[str, object]) -> str:
    status = required_text(detail, "ModelApprovalStatus", "PendingManualApproval, Approved or Rejected")
    if status not in {_PENDING, *_DECIDED}:
        raise MalformedEventError(
            f"ModelApprovalStatus is {status!r:.200}; expected PendingManualApproval, Approved or Rejected"
        )
    return status


def _evaluation(uri: str | None, clients: Clients, deadline: Deadline) -> Evaluation:
    evaluation = deadline.look_up(lambda: metrics.read(clients.s3, uri))
    return Evaluation(problem=f"{uri}: {evaluation.reason}") if isinstance(evaluation, Missing) else evaluation


def _previous_evaluation(
    previous: ApprovedVersion | Missing | None, clients: Clients, deadline: Deadline
) -> Evaluation:
    if not isinstance(previous, ApprovedVersion):
        return Evaluation()
    details = deadline.look_up(lambda: sagemaker.model_version(clients.sagemaker, previous.arn))
    if isinstance(details, Missing):
        return Evaluation(problem=details.reason)
    return _evaluation(details.metrics_uri, clients, deadline)


def _facts(report: ModelVersionReport, environment: str) -> tuple[tuple[str, str], ...]:
    change, known = report.change, report.known
    # Nobody gives a reason for a registration.
    unexplained = None if change.status == _PENDING else "no reason given"
    facts = [
        ("Status", change.status),
        ("Environment", environment),
        ("Group", change.group),
        ("Version", str(change.arn.version)),
        ("Changed at", iso(change.changed_at)),
        ("By", report.changed_by or "not known"),
        ("Why", report.reason or unexplained),
        ("Execution", known.execution or "not recorded"),
        ("Image", known.image or "not recorded"),
        ("Artifact", known.model_data or "not recorded"),
        ("Commit", known.commit or "not recorded"),
        ("ARN", str(change.arn)),
    ]
    return tuple((label, value) for label, value in facts if value is not None)


def _metrics_table(report: ModelVersionReport) -> MetricsTable:
    rows = tuple(metrics.compare(report.evaluation.values, report.previous_evaluation.values))
    previous = report.previous.version if isinstance(report.previous, ApprovedVersion) else None
    is_compared = any(row.previous is not None for row in rows)
    return MetricsTable(rows=rows, compared_with=previous if is_compared else None)


def _notes(report: ModelVersionReport) -> tuple[str, ...]:
    notes: list[str] = []
    if report.superseded_by is not None:
        who = report.known.last_modified_by
        notes.append(f"Since then the version became {report.superseded_by}{f', by {who}' if who else ''}.")
    if isinstance(report.details, Missing):
        notes.append(f"Details from the registry are missing: {report.details.reason}.")
    if report.evaluation.problem is not None:
        notes.append(f"Metrics are missing: {report.evaluation.problem}.")
    elif report.previous is None:
        notes.append("No other version is approved: there is nothing to compare the metrics with.")
    elif isinstance(report.previous, Missing):
        notes.append(f"The last approved version could not be looked up: {report.previous.reason}.")
    elif report.previous_evaluation.problem is not None:
        problem = report.previous_evaluation.problem
        notes.append(f"Metrics of the last approved version, {report.previous.version}, are missing: {problem}.")
    else:
        notes.append(f"Compared with version {report.previous.version}, the last approved one.")
    return tuple(notes)


def _links(report: ModelVersionReport) -> tuple[Link, ...]:
    region, known = report.change.arn.region, report.known
    return links(
        ("SageMaker Studio", console.studio(region)),
        ("Metrics", console.s3_object(region, known.metrics_uri)),
        ("Artifact", console.s3_object(region, known.model_data)),
    )


def _commands(report: ModelVersionReport) -> tuple[Command, ...]:
    if report.change.status != _PENDING or report.superseded_by is not None:
        return ()
    return tuple(
        Command(purpose=purpose, line=_decision(report.change, status, description))
        for purpose, status, description in (
            ("To approve", "Approved", "why it is good enough"),
            ("To reject", "Rejected", "why it is not good enough"),
        )
    )


def _decision(change: ModelVersionChange, status: str, description: str) -> str:
    return (
        f"aws sagemaker update-model-package --model-package-arn {change.arn} --model-approval-status {status} "
        f'--approval-description "{description}" --region {change.arn.region}'
    )


def _lead_time(change: ModelVersionChange, created_at: datetime | None) -> float | None:
    if change.status not in _DECIDED or created_at is None:
        return None
    return max((change.changed_at - created_at).total_seconds(), 0.0)
