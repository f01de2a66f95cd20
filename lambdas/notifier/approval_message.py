"""The message about a deployment that waits for approval.

It stands in for the one that an approval action can publish itself, which AWS Chatbot drops.
"""

from dataclasses import dataclass
from datetime import timedelta

from lambdas.notifier.console_links import Console, page_over_tls
from lambdas.notifier.deadline import Missing
from lambdas.notifier.deliveries import ApprovalRequest
from lambdas.notifier.delivery_history import IN_PROGRESS, ApprovalState, Commit, DeliveryHistory
from lambdas.notifier.delivery_message import attributes_of, commit_fact, commit_link, notes_of, thread_of, what
from lambdas.notifier.fields import iso
from lambdas.notifier.settings import Settings
from messages.content import Command, Content, Link, subject

# What the pipeline's preview leaves for the approver (its exported variables).
_CHANGES = "CHANGES"
_PREVIEW = "PREVIEW_URL"
# "Quotas in AWS CodePipeline": how long an approval waits before its action fails.
_EXPIRES_AFTER = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class ApprovalReport:
    """All that was found out about a deployment that waits."""

    request: ApprovalRequest
    history: DeliveryHistory | Missing
    state: ApprovalState | Missing

    @property
    def commit(self) -> Commit | None:
        """The commit that is to be deployed."""
        return None if isinstance(self.history, Missing) else self.history.commit

    def output(self, variable: str) -> str | None:
        """What the preview exported."""
        return None if isinstance(self.history, Missing) else self.history.output(variable)

    @property
    def status(self) -> str | None:
        """How the approval stands by now: as the pipeline shows it, else as the execution's history has it."""
        shown = None if isinstance(self.state, Missing) else self.state.status
        past = None if isinstance(self.history, Missing) else self.history.status_of(self.request.action_execution)
        return shown or past

    @property
    def is_over(self) -> bool:
        """Whether the approval is known not to wait any more."""
        return self.status not in {None, IN_PROGRESS}


def compose(report: ApprovalReport, settings: Settings) -> Content:
    """Writes the message about a deployment that waits for approval."""
    request, pipeline, environment = report.request, settings.delivery_pipeline, settings.environment
    return Content(
        subject=subject(environment, pipeline, f"{what(report.commit, request.execution)}: {request.status}"),
        headline=f"A deployment to {environment} waits for approval: read its preview, then approve or reject it.",
        facts=_facts(report, settings),
        notes=_notes(report),
        links=_links(report, pipeline),
        commands=() if report.is_over else _commands(report, pipeline),
        attributes=attributes_of(request.kind, request.status, settings),
        thread=thread_of(pipeline, request.execution),
    )


def _facts(report: ApprovalReport, settings: Settings) -> tuple[tuple[str, str], ...]:
    request = report.request
    since = request.envelope.event_time
    facts = [
        ("Status", request.status),
        ("Environment", settings.environment),
        ("Pipeline", settings.delivery_pipeline),
        ("Execution", request.execution),
        commit_fact(report.commit),
        ("Changes", report.output(_CHANGES) or "not known"),
        # Where the console of the region's partition is not public, the preview has no page.
        ("Preview", None if _preview(report) else report.output(_PREVIEW) or "not known"),
        ("Waits since", iso(since)),
        ("Decide before", iso(since + _EXPIRES_AFTER)),
    ]
    return tuple((label, value) for label, value in facts if value is not None)


def _notes(report: ApprovalReport) -> tuple[str, ...]:
    notes = [*notes_of(report.history)]
    state = report.state
    if report.is_over:
        notes.append(f"Since then it was decided or abandoned: it is {report.status}.")
    elif isinstance(state, Missing):
        notes.append(f"The token of the approval is missing: {state.reason}.")
    elif state.token is None:
        notes.append("The token of the approval is missing: CodePipeline does not show it yet.")
    notes.append("Who may decide, and how: docs/operations.md, Delivery.")
    return tuple(notes)


def _links(report: ApprovalReport, pipeline: str) -> tuple[Link, ...]:
    return (
        *_preview(report),
        *Console(report.request.arn).delivery(pipeline),
        *commit_link(report.commit),
    )


def _preview(report: ApprovalReport) -> list[Link]:
    return page_over_tls("Preview", report.output(_PREVIEW))


def _commands(report: ApprovalReport, pipeline: str) -> tuple[Command, ...]:
    request, state = report.request, report.state
    token = None if isinstance(state, Missing) else state.token
    commands = [
        Command(purpose=purpose, line=_decision(request, pipeline, status, why, token or "TOKEN"))
        for purpose, status, why in (
            ("To approve", "Approved", "why it may be deployed"),
            ("To reject", "Rejected", "why it may not be deployed"),
        )
    ]
    return tuple(commands) if token else (_see_token(request, pipeline), *commands)


def _decision(request: ApprovalRequest, pipeline: str, status: str, why: str, token: str) -> str:
    return (
        f"aws codepipeline put-approval-result --pipeline-name {pipeline} --stage-name {request.stage} "
        f'--action-name {request.action} --token {token} --result "summary={why},status={status}" '
        f"--region {request.arn.region}"
    )


def _see_token(request: ApprovalRequest, pipeline: str) -> Command:
    query = f"stageStates[?stageName=='{request.stage}'].actionStates[].latestExecution.token"
    return Command(
        purpose="To see the token",
        line=f"aws codepipeline get-pipeline-state --name {pipeline} --region {request.arn.region} "
        f'--query "{query}" --output text',
    )
