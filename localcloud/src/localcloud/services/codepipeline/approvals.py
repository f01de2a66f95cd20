"""Manual approvals: the request, its notification, and the answer.

Source: CodePipeline user guide, "Add a manual approval action to a pipeline" and "JSON data format for manual approval
notifications".
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from localcloud.iam.roles import RoleSession
from localcloud.services.codepipeline import errors
from localcloud.services.codepipeline.executions import ActionExecution, History
from localcloud.services.codepipeline.providers import Outcome

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.type_defs import ApprovalResultTypeDef

TIMEOUT_MINUTES = 7 * 24 * 60
"""How long an approval waits where the action sets no other time."""

_LONGEST_SUBJECT = 100


class RejectedError(Exception):
    """An approval that was rejected, or that nobody answered in time."""


class ApprovalNotification(TypedDict):
    """The approval in a notification's message."""

    pipelineName: str
    stageName: str
    actionName: str
    token: str
    expires: str
    externalEntityLink: str | None
    approvalReviewLink: str
    customData: str | None


@dataclass
class _Answer:
    result: ApprovalResultTypeDef
    caller_arn: str


@dataclass(eq=False)
class _Request:
    action_execution: ActionExecution
    token: str
    expires: datetime
    answer: _Answer | None = None


class Approvals:
    """Approvals that wait, by token: in mode PARALLEL one action may wait for several executions."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._requests: dict[str, _Request] = {}

    def run(self, action_execution: ActionExecution, session: RoleSession) -> Outcome:
        """Wait for the answer.

        Raises:
            ClientError: when the role may not publish the notification.
            RejectedError: when it was rejected or not answered.
        """
        execution = action_execution.execution
        minutes = action_execution.action.timeout_in_minutes or TIMEOUT_MINUTES
        expires = datetime.now(UTC) + timedelta(minutes=minutes)
        request = _Request(action_execution, str(uuid.uuid4()), expires)
        # Before the notification goes out: whoever reads it can answer at once.
        with self._history.changed:
            self._requests[request.token] = request
        try:
            _notify(request, session)
            with self._history.changing(action_execution):
                action_execution.token = request.token
                action_execution.external_url = action_execution.configuration.get("ExternalEntityLink")
            with self._history.changed:
                seconds = (expires - datetime.now(UTC)).total_seconds()
                self._history.changed.wait_for(lambda: request.answer or execution.abandoned.is_set(), seconds)
        finally:
            with self._history.changed:
                del self._requests[request.token]
        with self._history.changing(action_execution):
            action_execution.token = None
        if request.answer:
            return self._conclude(action_execution, request.answer)
        if execution.abandoned.is_set():
            return Outcome()
        raise RejectedError(f"The approval was not answered within {minutes} minutes")

    def answer(
        self, place: tuple[str, str, str], token: str, result: ApprovalResultTypeDef, caller_arn: str
    ) -> datetime:
        """Answer an approval that waits; return when. The place is pipeline, stage and action by name.

        Raises:
            AwsError: InvalidApprovalTokenException, ApprovalAlreadyCompletedException.
        """
        with self._history.changed:
            request = self._requests.get(token)
            if request is None or _place(request.action_execution) != place:
                raise errors.invalid_token()
            if request.answer:
                raise errors.answered_already()
            request.answer = _Answer(result, caller_arn)
            self._history.changed.notify_all()
            return datetime.now(UTC)

    def _conclude(self, action_execution: ActionExecution, answer: _Answer) -> Outcome:
        summary = answer.result["summary"]
        with self._history.changing(action_execution):
            action_execution.updated_by = answer.caller_arn
            action_execution.summary = summary
        if answer.result["status"] == "Rejected":
            raise RejectedError(f"Rejected by {answer.caller_arn}: {summary}")
        return Outcome()


def _place(action_execution: ActionExecution) -> tuple[str, str, str]:
    return action_execution.execution.name, action_execution.stage, action_execution.action.name


def _notify(request: _Request, session: RoleSession) -> None:
    configuration = request.action_execution.configuration
    topic = configuration.get("NotificationArn")
    if not topic:
        return
    pipeline, stage, action = _place(request.action_execution)
    region = request.action_execution.execution.pipeline.region
    console = f"https://console.aws.amazon.com/codepipeline/home?region={region}#/view/{pipeline}"
    approval: ApprovalNotification = {
        "pipelineName": pipeline,
        "stageName": stage,
        "actionName": action,
        "token": request.token,
        "expires": request.expires.strftime("%Y-%m-%dT%H:%MZ"),
        "externalEntityLink": configuration.get("ExternalEntityLink"),
        "approvalReviewLink": f"{console}/{stage}/{action}/approve/{request.token}",
        "customData": configuration.get("CustomData"),
    }
    message = {"region": region, "consoleLink": console, "approval": approval}
    subject = f"APPROVAL NEEDED: AWS CodePipeline {pipeline} for action {action}"[:_LONGEST_SUBJECT]
    session.client("sns").publish(TopicArn=topic, Subject=subject, Message=json.dumps(message, indent=4))
