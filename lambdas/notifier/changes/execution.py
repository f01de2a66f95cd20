"""An execution of the ML pipeline failed: the event, the message, and the registry event.

The event's shape: SageMaker developer guide, "Automating Amazon SageMaker with Amazon EventBridge", section "Pipeline
execution state change".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from contract import console
from lambdas.notifier import sagemaker
from lambdas.notifier.arns import ExecutionArn
from lambdas.notifier.deadline import Missing
from lambdas.notifier.events import Envelope, Ignored, MalformedEventError, required_text
from lambdas.notifier.fields import iso, text_at, timestamp
from lambdas.notifier.registry_event import RegistryEvent
from lambdas.notifier.sagemaker import FAILED, Execution, FailedStep
from messages.content import Command, Content, Link, links, subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from lambdas.notifier.changes import Gap
    from lambdas.notifier.clients import Clients
    from lambdas.notifier.deadline import Deadline
    from lambdas.notifier.settings import Settings

_KIND = "pipeline-execution"
_PARAMETERS = 50
_PARAMETER_CHARACTERS = 256


@dataclass(frozen=True, kw_only=True)
class ExecutionFailure:
    """An execution of the ML pipeline failed."""

    envelope: Envelope
    arn: ExecutionArn
    display_name: str | None
    started_at: datetime | None
    ended_at: datetime | None

    detail_type: ClassVar = "SageMaker Model Building Pipeline Execution Status Change"

    @classmethod
    def parse(cls, envelope: Envelope) -> ExecutionFailure | Ignored:
        """Read the event's detail; every other status than Failed is ignored."""
        detail = envelope.detail
        text = required_text(detail, "pipelineExecutionArn", "the ARN of a pipeline execution")
        try:
            arn = ExecutionArn.parse(text)
        except ValueError as error:
            raise MalformedEventError(
                f"pipelineExecutionArn is {text!r:.300}; "
                "expected arn:PARTITION:sagemaker:REGION:ACCOUNT:pipeline/NAME/execution/ID"
            ) from error
        status = required_text(detail, "currentPipelineExecutionStatus", "the status of the execution")
        if status != FAILED:
            return Ignored(reason=f"execution {arn.execution} of {arn.pipeline} is {status}")
        return cls(
            envelope=envelope,
            arn=arn,
            display_name=text_at(detail, "pipelineExecutionDisplayName"),
            started_at=timestamp(detail.get("executionStartTime")),
            ended_at=timestamp(detail.get("executionEndTime")),
        )

    @property
    def identity(self) -> list[str]:
        """The execution and its end, which tells a retried execution's failures apart."""
        return [_KIND, self.arn.identity, FAILED, iso(self.ended_at) if self.ended_at else ""]

    @property
    def about(self) -> str:
        """The ML pipeline."""
        return self.arn.pipeline

    @staticmethod
    def expected(settings: Settings) -> str:
        """Return the stack's ML pipeline."""
        return settings.pipeline_name

    def gather(self, clients: Clients, _settings: Settings, deadline: Deadline) -> ExecutionReport:
        """Ask SageMaker for the execution, its failed steps and its parameters."""
        client, arn = clients.sagemaker, str(self.arn)
        return ExecutionReport(
            failure=self,
            details=deadline.look_up(lambda: sagemaker.execution(client, arn)),
            steps=deadline.look_up(lambda: sagemaker.failed_steps(client, arn)),
            parameters=deadline.look_up(lambda: sagemaker.parameters(client, arn)),
        )


@dataclass(frozen=True, kw_only=True)
class ExecutionReport:
    """All that is known about a failed execution of the ML pipeline."""

    failure: ExecutionFailure
    details: Execution | Missing
    steps: Sequence[FailedStep] | Missing
    parameters: Mapping[str, str] | Missing

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Whether SageMaker did not answer one of the questions."""
        return ("DetailsMissing",) if Missing in map(type, (self.details, self.steps, self.parameters)) else ()

    @property
    def first_step(self) -> FailedStep | None:
        """The step that failed first; None where none is known."""
        return None if isinstance(self.steps, Missing) or not self.steps else self.steps[0]

    @property
    def reason(self) -> str | None:
        """Why the execution failed: its first failed step's reason, else SageMaker's for the whole."""
        if self.first_step is not None:
            return self.first_step.reason
        return None if isinstance(self.details, Missing) else self.details.failure_reason

    @property
    def started_by(self) -> str | None:
        """Who started the execution."""
        return None if isinstance(self.details, Missing) else self.details.started_by

    def compose(self, settings: Settings) -> Content:
        """Write the message about a failed execution."""
        failure, environment = self.failure, settings.environment
        # Not the ARN's: SageMaker may write names in ARNs in lower case.
        pipeline, execution = settings.pipeline_name, failure.arn.execution
        return Content(
            subject=subject(environment, pipeline, f"execution {execution}: {FAILED}"),
            headline=f"Execution {execution} of pipeline {pipeline} failed ({environment}).",
            facts=_facts(self, settings),
            notes=_notes(self),
            links=_links(self),
            commands=(Command(purpose="To retry, from the failed step on", line=_retry(failure)),),
            attributes={"environment": environment, "kind": _KIND, "status": FAILED, "pipeline": pipeline},
            thread=failure.arn.identity,
        )

    def registry_event(self, settings: Settings) -> RegistryEvent:
        """Return the structured copy of a failed execution."""
        failure = self.failure
        return RegistryEvent(
            event_id=failure.envelope.event_id,
            event_time=iso(failure.envelope.event_time),
            kind=_KIND,
            environment=settings.environment,
            account=failure.arn.account_id,
            region=failure.arn.region,
            pipeline=settings.pipeline_name,
            arn=str(failure.arn),
            status=FAILED,
            changed_at=iso(failure.ended_at or failure.envelope.event_time),
            changed_by=self.started_by,
            reason=self.reason,
            failed_step=self.first_step.name if self.first_step else None,
            execution_arn=str(failure.arn),
            created_at=iso(failure.started_at) if failure.started_at else None,
        )


def _facts(report: ExecutionReport, settings: Settings) -> tuple[tuple[str, str], ...]:
    failure = report.failure
    facts = [
        ("Status", FAILED),
        ("Environment", settings.environment),
        ("Pipeline", settings.pipeline_name),
        ("Execution", failure.display_name or failure.arn.execution),
        ("Started at", iso(failure.started_at) if failure.started_at else "not known"),
        ("Ended at", iso(failure.ended_at or failure.envelope.event_time)),
        ("Started by", report.started_by or "not known"),
        ("Failed step", report.first_step.name if report.first_step else "not known"),
        ("Reason", report.reason or "not known"),
    ]
    if not isinstance(report.steps, Missing):
        facts += [(f"Also failed: {step.name}", step.reason) for step in report.steps[1:]]
    facts.append(("ARN", str(failure.arn)))
    if not isinstance(report.parameters, Missing):
        shown = sorted(report.parameters.items())[:_PARAMETERS]
        facts += [(f"Parameter {name}", value[:_PARAMETER_CHARACTERS]) for name, value in shown]
    return tuple(facts)


def _notes(report: ExecutionReport) -> tuple[str, ...]:
    sources = {"the execution": report.details, "its steps": report.steps, "its parameters": report.parameters}
    return tuple(
        f"Details of {name} are missing: {source.reason}."
        for name, source in sources.items()
        if isinstance(source, Missing)
    )


def _links(report: ExecutionReport) -> tuple[Link, ...]:
    region, step = report.failure.arn.region, report.first_step
    studio = ("SageMaker Studio", console.studio(region))
    if step is None:
        return links(studio)
    return links(
        studio,
        (f"Job of step {step.name}", console.job(region, step.job_arn)),
        (f"Logs of step {step.name}", console.job_logs(region, step.job_arn)),
    )


def _retry(failure: ExecutionFailure) -> str:
    arn = failure.arn
    return f"aws sagemaker retry-pipeline-execution --pipeline-execution-arn {arn} --region {arn.region}"
