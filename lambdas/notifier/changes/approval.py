"""A deployment waits for approval: the event and the message.

The message stands in for the one that an approval action can publish itself, which AWS Chatbot drops. The event's
shape: CodePipeline user guide, "Monitoring CodePipeline events".
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

from contract import console
from lambdas.notifier import codepipeline
from lambdas.notifier.changes import delivery
from lambdas.notifier.codepipeline import APPROVAL, IN_PROGRESS, ApprovalState, Commit, History
from lambdas.notifier.deadline import Missing
from lambdas.notifier.events import Ignored, required_text
from lambdas.notifier.fields import iso, mapping_at
from messages.content import Command, Content, Link, links, subject

if TYPE_CHECKING:
    from lambdas.notifier.changes import Gap
    from lambdas.notifier.clients import Clients
    from lambdas.notifier.deadline import Deadline
    from lambdas.notifier.events import Envelope
    from lambdas.notifier.review import Review
    from lambdas.notifier.settings import Settings

_STATUS = "PendingApproval"
# "Quotas in AWS CodePipeline": how long an approval waits before its action fails.
_EXPIRES_AFTER = timedelta(days=7)
_ANOTHER = "Another execution is under way, and may deploy before this one: what it changes is not compared."
_WHO_SAYS_WHAT = (
    "Files and report are the notifier's words. What the commit announces is said by its own code, which may be wrong, "
    "or lie: the files decide."
)
# CodePipeline sends the event as the approval begins, and may have its token a moment later.
_TOKEN_LOOKS = 4
_TOKEN_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class ApprovalRequest(delivery.DeliveryChange):
    """A deployment waits for a person."""

    stage: str
    action: str
    action_execution: str

    detail_type: ClassVar = "CodePipeline Action Execution State Change"

    @classmethod
    def parse(cls, envelope: Envelope) -> ApprovalRequest | Ignored:
        """Read the event's detail; other actions than approvals and other states than STARTED are ignored."""
        detail = envelope.detail
        arn, execution = delivery.pipeline_arn(envelope), delivery.required_id(envelope, "execution-id")
        state = required_text(detail, "state", "the state of the action")
        category = required_text(mapping_at(detail, "type"), "category", "the action's category")
        action = delivery.required_name(envelope, "action")
        if (category, state) != (APPROVAL, "STARTED"):
            return Ignored(reason=f"{category} {action} in execution {execution} of {arn.pipeline} is {state}")
        return cls(
            envelope=envelope,
            arn=arn,
            execution=execution,
            stage=delivery.required_name(envelope, "stage"),
            action=action,
            action_execution=delivery.required_id(envelope, "action-execution-id"),
        )

    @property
    def identity(self) -> list[str]:
        """The execution and the action's own: after a rejection, a retry may ask again."""
        return [delivery.KIND, str(self.arn), self.execution, _STATUS, self.action_execution]

    def gather(self, clients: Clients, settings: Settings, deadline: Deadline) -> ApprovalReport:
        """Ask CodePipeline for the approval's token, and write the report on what would be deployed."""
        # Not before it is needed: Lambda compiles each module that a cold start imports.
        from lambdas.notifier import review

        client, pipeline, execution = clients.codepipeline, self.arn.pipeline, self.execution
        history = deadline.look_up(lambda: codepipeline.history(client, pipeline, execution))
        return ApprovalReport(
            request=self,
            history=history,
            state=_settled_state(self, clients, deadline),
            review=review.look(clients, settings, deadline, execution, history),
            is_another_under_way=deadline.look_up(
                lambda: codepipeline.is_another_under_way(client, pipeline, execution)
            ),
        )


@dataclass(frozen=True, kw_only=True)
class ApprovalReport:
    """All that is known about a deployment that waits."""

    request: ApprovalRequest
    history: History | Missing
    state: ApprovalState | Missing
    review: Review
    is_another_under_way: bool | Missing

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Whether one of the questions has no answer."""
        is_known = Missing not in map(type, (self.history, self.state)) and self.review.is_complete
        return () if is_known else ("DetailsMissing",)

    @property
    def commit(self) -> Commit | None:
        """The commit that is to be deployed."""
        return None if isinstance(self.history, Missing) else self.history.commit

    @property
    def delivered(self) -> Commit | None:
        """The commit that was delivered last."""
        return None if isinstance(self.review.delivered, Missing) else self.review.delivered

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

    def compose(self, settings: Settings) -> Content:
        """Write the message about a deployment that waits for approval."""
        request, pipeline, environment = self.request, settings.delivery_pipeline, settings.environment
        return Content(
            subject=subject(
                environment, pipeline, f"{delivery.commit_or_execution(self.commit, request.execution)}: {_STATUS}"
            ),
            headline=f"A deployment to {environment} waits for approval: read what changes, then approve or reject it.",
            facts=_facts(self, settings),
            notes=_notes(self),
            links=_links(self, pipeline),
            commands=(*_comparison(self), *(() if self.is_over else _decisions(self, pipeline))),
            attributes=delivery.attributes(_STATUS, settings),
            thread=delivery.thread(pipeline, request.execution),
        )

    def registry_event(self, settings: Settings) -> None:
        """Return nothing: an approval of a deployment is no event of the model registry."""


def _settled_state(request: ApprovalRequest, clients: Clients, deadline: Deadline) -> ApprovalState | Missing:
    """Ask for the approval's state until it has a token or an answer, a few times."""

    def look_up() -> ApprovalState | Missing:
        return deadline.look_up(
            lambda: codepipeline.approval_state(clients.codepipeline, request.arn.pipeline, request.action_execution)
        )

    state = look_up()
    for _ in range(_TOKEN_LOOKS - 1):
        if isinstance(state, Missing) or state.is_settled:
            break
        time.sleep(_TOKEN_SECONDS)
        state = look_up()
    return state


def _facts(report: ApprovalReport, settings: Settings) -> tuple[tuple[str, str], ...]:
    request = report.request
    since = request.envelope.event_time
    facts = [
        ("Status", _STATUS),
        ("Environment", settings.environment),
        ("Pipeline", settings.delivery_pipeline),
        ("Execution", request.execution),
        # Without its message, which the commit's author may word like one of ours.
        ("Commit", report.commit.id if report.commit else "not known"),
        ("Changed files", report.review.files_in_one_line),
        ("It announces", report.review.announced_in_one_line),
        ("Report", f"not known: {uri.reason}" if isinstance(uri := report.review.uri, Missing) else uri),
        ("Waits since", iso(since)),
        ("Decide before", iso(since + _EXPIRES_AFTER)),
    ]
    return tuple(facts)


def _notes(report: ApprovalReport) -> tuple[str, ...]:
    notes = [*delivery.missing_history(report.history), _WHO_SAYS_WHAT]
    if report.is_another_under_way is True:
        notes.append(_ANOTHER)
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
    region, uri, commit = report.request.arn.region, report.review.uri, report.commit
    return links(
        ("Report", None if isinstance(uri, Missing) else console.s3_object(region, uri)),
        ("Changed files", _comparison_page(commit, report.delivered)),
        ("Pipeline", console.delivery_pipeline(region, pipeline)),
        delivery.commit_page(commit),
    )


def _comparison_page(commit: Commit | None, delivered: Commit | None) -> str | None:
    """Return GitHub's page of the two commits ("Comparing commits", GitHub Docs); None for CodeCommit."""
    if commit is None or delivered is None or not commit.repository:
        return None
    return f"https://github.com/{quote(commit.repository)}/compare/{delivered.id}..{commit.id}"


def _comparison(report: ApprovalReport) -> tuple[Command, ...]:
    if report.commit is None or report.delivered is None:
        return ()
    line = f"git fetch && git diff {report.delivered.id} {report.commit.id}"
    return (Command(purpose="To see what differs from the commit that was delivered last", line=line),)


def _decisions(report: ApprovalReport, pipeline: str) -> tuple[Command, ...]:
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
