"""The message about a model version."""

from __future__ import annotations

from dataclasses import dataclass

from lambdas.notifier.comparison import compare
from lambdas.notifier.console_links import Console
from lambdas.notifier.deadline import Missing
from lambdas.notifier.events import FAILED, PENDING, PackageChange
from lambdas.notifier.fields import iso, text_at
from lambdas.notifier.metrics import Evaluation
from lambdas.notifier.registry import ApprovedVersion, PackageDetails
from lambdas.notifier.settings import Settings
from messages.content import Command, Content, Link, MetricsTable, subject

_HEADLINES = {
    PENDING: "waits for approval",
    "Approved": "is approved",
    "Rejected": "is rejected",
    FAILED: "failed",
}


@dataclass(frozen=True, kw_only=True)
class PackageReport:
    """All that was found out about a change of a model version.

    `details` is the registry's answer, or why there is none; then what the event itself says stands in for it.
    """

    change: PackageChange
    details: PackageDetails | Missing
    from_event: PackageDetails
    evaluation: Evaluation
    previous: ApprovedVersion | Missing | None
    previous_evaluation: Evaluation

    @property
    def known(self) -> PackageDetails:
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
            return self.known.created_by if self.change.status == PENDING else None
        return self.known.last_modified_by or self.known.created_by

    @property
    def reason(self) -> str | None:
        """Why: the approval's description, or why the model package failed."""
        if self.change.status == FAILED:
            return "; ".join(self.known.failure_reasons) or None
        told = text_at(self.change.envelope.detail, "ApprovalDescription")
        return told or (self.known.approval_description if self.superseded_by is None else None)


def compose(report: PackageReport, settings: Settings) -> Content:
    """Writes the message about a model version."""
    change, environment = report.change, settings.environment
    return Content(
        subject=subject(environment, change.group, f"v{change.arn.version}: {change.status}"),
        headline=f"Version {change.arn.version} of {change.group} {_HEADLINES[change.status]} ({environment}).",
        facts=_facts(report, environment),
        metrics=_comparison(report),
        notes=_notes(report),
        links=_links(report),
        commands=_commands(report),
        attributes={
            "environment": environment,
            "kind": change.kind,
            "status": change.status,
            "model_package_group": change.group,
            "version": change.arn.version,
        },
        thread=change.arn.text,
    )


def _facts(report: PackageReport, environment: str) -> tuple[tuple[str, str], ...]:
    change, known = report.change, report.known
    # Nobody gives a reason for a registration.
    unexplained = None if change.status == PENDING else "no reason given"
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
        ("ARN", change.arn.text),
    ]
    return tuple((label, value) for label, value in facts if value is not None)


def _comparison(report: PackageReport) -> MetricsTable:
    rows = tuple(compare(report.evaluation.values, report.previous_evaluation.values))
    against = report.previous.version if isinstance(report.previous, ApprovedVersion) else None
    return MetricsTable(rows=rows, compared_with=against if any(row.previous is not None for row in rows) else None)


def _notes(report: PackageReport) -> tuple[str, ...]:
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


def _links(report: PackageReport) -> tuple[Link, ...]:
    console = Console(report.change.arn)
    return (
        *console.studio(),
        *console.s3_object("Metrics", report.known.metrics_uri),
        *console.s3_object("Artifact", report.known.model_data),
    )


def _commands(report: PackageReport) -> tuple[Command, ...]:
    if report.change.status != PENDING or report.superseded_by is not None:
        return ()
    return tuple(
        Command(purpose=purpose, line=_decision(report.change, status, description))
        for purpose, status, description in (
            ("To approve", "Approved", "why it is good enough"),
            ("To reject", "Rejected", "why it is not good enough"),
        )
    )


def _decision(change: PackageChange, status: str, description: str) -> str:
    return (
        f"aws sagemaker update-model-package --model-package-arn {change.arn.text} --model-approval-status {status} "
        f'--approval-description "{description}" --region {change.arn.region}'
    )
