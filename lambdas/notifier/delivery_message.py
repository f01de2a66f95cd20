"""The message about a failed execution of the delivery pipeline."""

from dataclasses import dataclass

from lambdas.notifier.console_links import Console, page_over_tls
from lambdas.notifier.deadline import Missing
from lambdas.notifier.deliveries import DeliveryFailure
from lambdas.notifier.delivery_history import APPROVAL, SOURCE, ActionRun, Commit, DeliveryHistory, is_fit_for_a_shell
from lambdas.notifier.fields import iso
from lambdas.notifier.settings import Settings
from messages.content import Command, Content, Link, subject

RUNBOOK = "What to do, stage by stage: docs/operations.md, Delivery."


@dataclass(frozen=True, kw_only=True)
class DeliveryReport:
    """All that was found out about a failed execution of the delivery pipeline."""

    failure: DeliveryFailure
    history: DeliveryHistory | Missing

    @property
    def failed(self) -> ActionRun | None:
        """The action that failed; None where it is not known."""
        return None if isinstance(self.history, Missing) else self.history.failed

    @property
    def commit(self) -> Commit | None:
        """The commit that was not delivered; None where it is not known."""
        return None if isinstance(self.history, Missing) else self.history.commit


def compose(report: DeliveryReport, settings: Settings) -> Content:
    """Writes the message about a failed delivery."""
    failure, failed = report.failure, report.failed
    pipeline, environment = settings.delivery_pipeline, settings.environment
    where = f" in {failed.stage}" if failed else ""
    return Content(
        subject=subject(environment, pipeline, f"{what(report.commit, failure.execution)}: {failure.status}{where}"),
        headline=f"Execution {failure.execution} of pipeline {pipeline} failed{where} ({environment}).",
        facts=_facts(report, settings),
        notes=(*notes_of(report.history), RUNBOOK),
        links=_links(report, pipeline),
        commands=_commands(report, pipeline),
        attributes=attributes_of(failure.kind, failure.status, settings),
        thread=thread_of(pipeline, failure.execution),
    )


def what(commit: Commit | None, execution: str) -> str:
    """What a delivery is about, in a subject: its commit, or where that is not known its execution."""
    return f"commit {commit.short}" if commit else f"execution {execution[:8]}"


def commit_fact(commit: Commit | None) -> tuple[str, str]:
    """The commit with the first line of its message."""
    if commit is None:
        return ("Commit", "not known")
    first_line = commit.message.strip().splitlines()[0] if commit.message else ""
    return ("Commit", f"{commit.id} {first_line}".strip())


def commit_link(commit: Commit | None) -> list[Link]:
    """The commit's page, where the source names one."""
    return page_over_tls("Commit", commit.url if commit else None)


def notes_of(history: DeliveryHistory | Missing) -> tuple[str, ...]:
    """What is missing in the message, and why."""
    return (f"Details of the execution are missing: {history.reason}.",) if isinstance(history, Missing) else ()


def attributes_of(kind: str, status: str, settings: Settings) -> dict[str, str | int]:
    """What filter policies of subscriptions see of a delivery."""
    return {
        "environment": settings.environment,
        "kind": kind,
        "status": status,
        "pipeline": settings.delivery_pipeline,
    }


def thread_of(pipeline: str, execution: str) -> str:
    """One thread in chat for all messages about an execution."""
    return f"delivery/{pipeline}/{execution}"


def _facts(report: DeliveryReport, settings: Settings) -> tuple[tuple[str, str], ...]:
    failure, failed = report.failure, report.failed
    facts = [
        ("Status", failure.status),
        ("Environment", settings.environment),
        ("Pipeline", settings.delivery_pipeline),
        ("Execution", failure.execution if failure.attempt <= 1 else f"{failure.execution}, attempt {failure.attempt}"),
        commit_fact(report.commit),
        ("Started by", failure.started_by),
        ("Failed at", iso(failure.envelope.event_time)),
        ("Failed stage", failed.stage if failed else "not known"),
        ("Failed action", failed.name if failed else "not known"),
        ("Reason", (failed.reason if failed else None) or "not known"),
        ("Decided by", failed.updated_by if failed and failed.category == APPROVAL else None),
    ]
    return tuple((label, value) for label, value in facts if value is not None)


def _links(report: DeliveryReport, pipeline: str) -> tuple[Link, ...]:
    failed = report.failed
    # An approval's address is the preview that was reviewed.
    label = "Preview" if failed and failed.category == APPROVAL else f"Log of {failed.name if failed else ''}"
    return (
        *Console(report.failure.arn).delivery_execution(pipeline, report.failure.execution),
        *page_over_tls(label, failed.url if failed else None),
        *commit_link(report.commit),
    )


def _commands(report: DeliveryReport, pipeline: str) -> tuple[Command, ...]:
    failure, failed = report.failure, report.failed
    region = failure.arn.region
    commands: list[Command] = []
    # CodePipeline retries no source ("Retry a failed stage", user guide).
    if failed and failed.category != SOURCE and is_fit_for_a_shell(failed.stage):
        retry = (
            f"aws codepipeline retry-stage-execution --pipeline-name {pipeline} --stage-name {failed.stage} "
            f"--pipeline-execution-id {failure.execution} --retry-mode FAILED_ACTIONS --region {region}"
        )
        commands.append(Command(purpose=f"To retry {failed.stage}, where the cause was not the commit", line=retry))
    start = f"aws codepipeline start-pipeline-execution --name {pipeline} --region {region}"
    if report.commit is None:
        commands.append(Command(purpose="To deliver the newest commit from the start", line=start))
    else:
        revision = f"actionName={report.commit.source},revisionType=COMMIT_ID,revisionValue={report.commit.id}"
        commands.append(
            Command(purpose="To release the commit again from the start", line=f"{start} --source-revisions {revision}")
        )
    return tuple(commands)
