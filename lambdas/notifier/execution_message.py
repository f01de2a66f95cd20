"""The message about a failed execution of a pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lambdas.notifier.console_links import Console
from lambdas.notifier.deadline import Missing
from lambdas.notifier.events import ExecutionFailure
from lambdas.notifier.failures import ExecutionDetails, FailedStep
from lambdas.notifier.fields import iso
from lambdas.notifier.settings import Settings
from messages.content import Command, Content, Link, subject

_PARAMETERS = 50
_PARAMETER_CHARACTERS = 256


@dataclass(frozen=True, kw_only=True)
class ExecutionReport:
    """All that was found out about a failed execution."""

    failure: ExecutionFailure
    details: ExecutionDetails | Missing
    steps: Sequence[FailedStep] | Missing
    parameters: Mapping[str, str] | Missing

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


def compose(report: ExecutionReport, settings: Settings) -> Content:
    """Writes the message about a failed execution."""
    failure, environment = report.failure, settings.environment
    # Not the ARN's: SageMaker may write names in ARNs in lower case.
    pipeline, execution = settings.pipeline_name, failure.arn.execution
    console = Console(failure.arn)
    step_links = console.job(report.first_step.job_arn) if report.first_step else []
    return Content(
        subject=subject(environment, pipeline, f"execution {execution}: {failure.status}"),
        headline=f"Execution {execution} of pipeline {pipeline} failed ({environment}).",
        facts=_facts(report, settings),
        notes=_notes(report),
        links=(*console.studio(), *_labelled(report, step_links)),
        commands=(Command(purpose="To retry, from the failed step on", line=_retry(failure)),),
        attributes={
            "environment": environment,
            "kind": failure.kind,
            "status": failure.status,
            "pipeline": pipeline,
        },
        thread=failure.arn.text,
    )


def _facts(report: ExecutionReport, settings: Settings) -> tuple[tuple[str, str], ...]:
    failure = report.failure
    facts = [
        ("Status", failure.status),
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
    facts.append(("ARN", failure.arn.text))
    if not isinstance(report.parameters, Missing):
        chosen = sorted(report.parameters.items())[:_PARAMETERS]
        facts += [(f"Parameter {name}", value[:_PARAMETER_CHARACTERS]) for name, value in chosen]
    return tuple(facts)


def _notes(report: ExecutionReport) -> tuple[str, ...]:
    sources = {"the execution": report.details, "its steps": report.steps, "its parameters": report.parameters}
    return tuple(
        f"Details of {name} are missing: {source.reason}."
        for name, source in sources.items()
        if isinstance(source, Missing)
    )


def _labelled(report: ExecutionReport, links: Sequence[Link]) -> list[Link]:
    step = report.first_step.name if report.first_step else ""
    return [Link(f"{link.label} of step {step}", link.url) for link in links]


def _retry(failure: ExecutionFailure) -> str:
    arn = failure.arn
    return f"aws sagemaker retry-pipeline-execution --pipeline-execution-arn {arn.text} --region {arn.region}"
