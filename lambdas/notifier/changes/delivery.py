"""An execution of the delivery pipeline failed: the event and the message.

The event's shape: CodePipeline user guide, "Monitoring CodePipeline events". Patterns of names and ids: API reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from contract import console
from lambdas.notifier import codepipeline
from lambdas.notifier.arns import DeliveryPipelineArn
from lambdas.notifier.codepipeline import APPROVAL, SOURCE, ActionRun, Commit, History
from lambdas.notifier.deadline import Missing
from lambdas.notifier.events import Envelope, Ignored, MalformedEventError, required_text
from lambdas.notifier.fields import iso, text_at
from messages.content import Command, Content, Link, links, over_tls, subject

if TYPE_CHECKING:
    from lambdas.notifier.changes import Gap
    from lambdas.notifier.clients import Clients
    from lambdas.notifier.deadline import Deadline
    from lambdas.notifier.settings import Settings

KIND = "delivery"
_FAILED = "Failed"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class DeliveryChange:
    """A change in one execution of the delivery pipeline."""

    envelope: Envelope
    arn: DeliveryPipelineArn
    execution: str

    @property
    def about(self) -> str:
        """The delivery pipeline."""
        return self.arn.pipeline

    @staticmethod
    def expected(settings: Settings) -> str:
        """Return the stack's delivery pipeline."""
        return settings.delivery_pipeline


@dataclass(frozen=True, kw_only=True)
class DeliveryFailure(DeliveryChange):
    """An execution of the delivery pipeline failed; `attempt` counts the retries of its stages."""

    attempt: int
    started_by: str | None

    detail_type: ClassVar = "CodePipeline Pipeline Execution State Change"

    @classmethod
    def parse(cls, envelope: Envelope) -> DeliveryFailure | Ignored:
        """Read the event's detail; every other state than FAILED is ignored."""
        detail = envelope.detail
        arn, execution = pipeline_arn(envelope), required_id(envelope, "execution-id")
        state = required_text(detail, "state", "the state of the execution")
        if state != "FAILED":
            return Ignored(reason=f"execution {execution} of {arn.pipeline} is {state}")
        return cls(
            envelope=envelope,
            arn=arn,
            execution=execution,
            attempt=_attempt(envelope),
            started_by=text_at(detail, "execution-trigger", "trigger-detail")
            or text_at(detail, "execution-trigger", "trigger-type"),
        )

    @property
    def identity(self) -> list[str]:
        """The execution and its attempt: a stage that was retried may fail again."""
        return [KIND, str(self.arn), self.execution, _FAILED, str(self.attempt)]

    def gather(self, clients: Clients, _settings: Settings, deadline: Deadline) -> DeliveryReport:
        """Ask CodePipeline for the actions of the execution; a failure is reported also where it can't be asked."""
        pipeline, execution = self.arn.pipeline, self.execution
        return DeliveryReport(
            failure=self,
            history=deadline.look_up(lambda: codepipeline.history(clients.codepipeline, pipeline, execution)),
        )


@dataclass(frozen=True, kw_only=True)
class DeliveryReport:
    """All that is known about a failed execution of the delivery pipeline."""

    failure: DeliveryFailure
    history: History | Missing

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Whether CodePipeline's history of the execution is missing."""
        return ("DetailsMissing",) if isinstance(self.history, Missing) else ()

    @property
    def action(self) -> ActionRun | None:
        """The action that failed; None where it is not known."""
        return None if isinstance(self.history, Missing) else self.history.failed

    @property
    def commit(self) -> Commit | None:
        """The commit that was not delivered; None where it is not known."""
        return None if isinstance(self.history, Missing) else self.history.commit

    def compose(self, settings: Settings) -> Content:
        """Write the message about a failed delivery."""
        failure, pipeline, environment = self.failure, settings.delivery_pipeline, settings.environment
        where = f" in {self.action.stage}" if self.action else ""
        return Content(
            subject=subject(
                environment, pipeline, f"{commit_or_execution(self.commit, failure.execution)}: {_FAILED}{where}"
            ),
            headline=f"Execution {failure.execution} of pipeline {pipeline} failed{where} ({environment}).",
            facts=_facts(self, settings),
            notes=(*missing_history(self.history), "What to do, stage by stage: docs/operations.md, Delivery."),
            links=_links(self, pipeline),
            commands=_commands(self, pipeline),
            attributes=attributes(_FAILED, settings),
            thread=thread(pipeline, failure.execution),
        )

    def registry_event(self, settings: Settings) -> None:
        """Return nothing: a delivery is no event of the model registry."""


# What events and messages about the delivery pipeline have in common.


def pipeline_arn(envelope: Envelope) -> DeliveryPipelineArn:
    """Return the delivery pipeline's ARN; raise MalformedEventError unless the event names it twice and alike."""
    text = envelope.resources[0] if envelope.resources else None
    try:
        arn = DeliveryPipelineArn.parse(text or "")
    except ValueError as error:
        raise MalformedEventError(
            f"resources begins with {text!r:.300}; expected arn:PARTITION:codepipeline:REGION:ACCOUNT:PIPELINE"
        ) from error
    name = required_text(envelope.detail, "pipeline", "the name of the pipeline")
    if name != arn.pipeline:
        raise MalformedEventError(f"pipeline is {name!r:.200}; expected {arn.pipeline}, as in resources")
    return arn


def required_id(envelope: Envelope, name: str) -> str:
    """Return the id at `name`; raise MalformedEventError where it is none."""
    value = required_text(envelope.detail, name, "a UUID")
    if not _ID.fullmatch(value):
        raise MalformedEventError(f"{name} is {value!r:.200}; expected a UUID in lower case")
    return value


def required_name(envelope: Envelope, name: str) -> str:
    """Return the name of a stage or an action; raise MalformedEventError where CodePipeline takes no such name."""
    value = required_text(envelope.detail, name, "a name")
    if not codepipeline.is_name(value):
        raise MalformedEventError(f"{name} is {value!r:.200}; expected letters, digits and .@_-, at most 100")
    return value


def commit_or_execution(commit: Commit | None, execution: str) -> str:
    """Return what a delivery is about, for a subject: its commit, or where that is not known its execution."""
    return f"commit {commit.short}" if commit else f"execution {execution[:8]}"


def commit_fact(commit: Commit | None) -> tuple[str, str]:
    """Return the commit with the first line of its message."""
    if commit is None:
        return ("Commit", "not known")
    first_line = commit.message.strip().splitlines()[0] if commit.message else ""
    return ("Commit", f"{commit.id} {first_line}".strip())


def commit_page(commit: Commit | None) -> tuple[str, str | None]:
    """Return label and address of the commit's page; no address where the source names none."""
    return ("Commit", over_tls(commit.url if commit else None))


def missing_history(history: History | Missing) -> tuple[str, ...]:
    """Return the note on why an execution's history is missing, where it is."""
    return (f"Details of the execution are missing: {history.reason}.",) if isinstance(history, Missing) else ()


def attributes(status: str, settings: Settings) -> dict[str, str | int]:
    """Return what filter policies of subscriptions see of a delivery."""
    return {
        "environment": settings.environment,
        "kind": KIND,
        "status": status,
        "pipeline": settings.delivery_pipeline,
    }


def thread(pipeline: str, execution: str) -> str:
    """Return the name of the chat thread for all messages about an execution."""
    return f"delivery/{pipeline}/{execution}"


def _attempt(envelope: Envelope) -> int:
    value = envelope.detail.get("pipeline-execution-attempt", 1)
    # CodePipeline writes whole numbers as 1.0.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedEventError(f"pipeline-execution-attempt is {value!r:.200}; expected a whole number")
    return value


def _facts(report: DeliveryReport, settings: Settings) -> tuple[tuple[str, str], ...]:
    failure, action = report.failure, report.action
    facts = [
        ("Status", _FAILED),
        ("Environment", settings.environment),
        ("Pipeline", settings.delivery_pipeline),
        ("Execution", failure.execution if failure.attempt <= 1 else f"{failure.execution}, attempt {failure.attempt}"),
        commit_fact(report.commit),
        ("Started by", failure.started_by),
        ("Failed at", iso(failure.envelope.event_time)),
        ("Failed stage", action.stage if action else "not known"),
        ("Failed action", action.name if action else "not known"),
        ("Reason", (action.reason if action else None) or "not known"),
        ("Decided by", action.updated_by if action and action.category == APPROVAL else None),
    ]
    return tuple((label, value) for label, value in facts if value is not None)


def _links(report: DeliveryReport, pipeline: str) -> tuple[Link, ...]:
    action = report.action
    # An approval's address is the report that was read.
    label = "Report" if action and action.category == APPROVAL else f"Log of {action.name if action else ''}"
    return links(
        ("Execution", console.delivery_execution(report.failure.arn.region, pipeline, report.failure.execution)),
        (label, over_tls(action.url if action else None)),
        commit_page(report.commit),
    )


def _commands(report: DeliveryReport, pipeline: str) -> tuple[Command, ...]:
    failure, action = report.failure, report.action
    region = failure.arn.region
    commands: list[Command] = []
    # CodePipeline retries no source ("Retry a failed stage", user guide).
    if action and action.category != SOURCE and codepipeline.is_name(action.stage):
        retry = (
            f"aws codepipeline retry-stage-execution --pipeline-name {pipeline} --stage-name {action.stage} "
            f"--pipeline-execution-id {failure.execution} --retry-mode FAILED_ACTIONS --region {region}"
        )
        commands.append(Command(purpose=f"To retry {action.stage}, where the cause was not the commit", line=retry))
    start = f"aws codepipeline start-pipeline-execution --name {pipeline} --region {region}"
    if report.commit is None:
        commands.append(Command(purpose="To deliver the newest commit from the start", line=start))
    else:
        revision = f"actionName={report.commit.source},revisionType=COMMIT_ID,revisionValue={report.commit.id}"
        commands.append(
            Command(purpose="To release the commit again from the start", line=f"{start} --source-revisions {revision}")
        )
    return tuple(commands)
