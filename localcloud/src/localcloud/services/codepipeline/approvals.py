"""Manual approvals: the request, its notification, and the answer.

Source: CodePipeline user guide, "Add a manual approval action to a pipeline" and "JSON data format for manual approval
notifications".
"""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.service import Call
from localcloud.iam.roles import RoleSession
from localcloud.services.codepipeline.execution import Execution
from localcloud.services.codepipeline.history import History

Record = dict[str, Any]

TIMEOUT_MINUTES = 7 * 24 * 60
"""How long an approval waits where the action sets no other time."""
_SUBJECT = 100


class RejectedError(Exception):
    """An approval that was rejected, or that nobody answered in time."""


class Approvals:
    """Approvals that wait, by token: in mode PARALLEL one action may wait for several executions."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._waiting: dict[str, Record] = {}

    def run(
        self, execution: Execution, action: Record, settings: dict[str, str], session: RoleSession, record: Record
    ) -> Record:
        """Waits for the answer; {variables, summary}.

        Raises:
            ClientError: when the role may not publish the notification.
            RejectedError: when it was rejected or not answered.
        """
        minutes = action.get("timeoutInMinutes", TIMEOUT_MINUTES)
        expires = datetime.now(UTC) + timedelta(minutes=minutes)
        key = (execution.name, record["stageName"], action["name"])
        request: Record = {"token": str(uuid.uuid4()), "key": key, "result": None}
        # Before the notification goes out: whoever reads it can answer at once.
        with self._history.changed:
            self._waiting[request["token"]] = request
        try:
            self._notify(execution, record, settings, session, request["token"], expires)
            url = {"externalExecutionUrl": link} if (link := settings.get("ExternalEntityLink")) else {}
            self._history.update_action(record, token=request["token"], result=url)
            with self._history.changed:
                seconds = (expires - datetime.now(UTC)).total_seconds()
                self._history.changed.wait_for(lambda: request["result"] or execution.abandoned.is_set(), seconds)
        finally:
            with self._history.changed:
                del self._waiting[request["token"]]
        self._history.update_action(record, token=None)
        return self._concluded(execution, record, request["result"], minutes)

    @staticmethod
    def _notify(
        execution: Execution,
        record: Record,
        settings: dict[str, str],
        session: RoleSession,
        token: str,
        expires: datetime,
    ) -> None:
        if topic := settings.get("NotificationArn"):
            text = notification(execution, record, settings, token, expires)
            subject = f"APPROVAL NEEDED: AWS CodePipeline {execution.name} for action {record['actionName']}"[:_SUBJECT]
            session.client("sns").publish(TopicArn=topic, Subject=subject, Message=json.dumps(text, indent=4))

    def answer(self, call: Call) -> Record:
        """PutApprovalResult.

        Raises:
            AwsError: InvalidApprovalTokenException, ApprovalAlreadyCompletedException.
        """
        key = (call.input["pipelineName"], call.input["stageName"], call.input["actionName"])
        with self._history.changed:
            request = self._waiting.get(call.input["token"])
            if request is None or request["key"] != key:
                raise AwsError(
                    "InvalidApprovalTokenException", "The approval request already received a response or has expired"
                )
            if request["result"]:
                raise AwsError(
                    "ApprovalAlreadyCompletedException", "The approval action has already been approved or rejected"
                )
            now = datetime.now(UTC)
            request["result"] = {**call.input["result"], "by": call.caller.arn}
            self._history.changed.notify_all()
        return {"approvedAt": now}

    def _concluded(self, execution: Execution, record: Record, result: Record | None, minutes: int) -> Record:
        if result is None:
            if execution.abandoned.is_set():
                return {"variables": {}}
            raise RejectedError(f"The approval was not answered within {minutes} minutes")
        self._history.update_action(
            record, updatedBy=result["by"], result={"externalExecutionSummary": result["summary"]}
        )
        if result["status"] == "Rejected":
            raise RejectedError(f"Rejected by {result['by']}: {result['summary']}")
        return {"variables": {}, "summary": result["summary"]}


def notification(
    execution: Execution, record: Record, settings: dict[str, str], token: str, expires: datetime
) -> Record:
    """The message of an approval that waits."""
    console = f"https://console.aws.amazon.com/codepipeline/home?region={execution.region}#/view/{execution.name}"
    stage, action = record["stageName"], record["actionName"]
    approval = {
        "pipelineName": execution.name,
        "stageName": stage,
        "actionName": action,
        "token": token,
        "expires": expires.strftime("%Y-%m-%dT%H:%MZ"),
        "externalEntityLink": settings.get("ExternalEntityLink"),
        "approvalReviewLink": f"{console}/{stage}/{action}/approve/{token}",
        "customData": settings.get("CustomData"),
    }
    return {"region": execution.region, "consoleLink": console, "approval": approval}
