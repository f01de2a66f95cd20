"""Messages about deployments that wait for approval."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.notifier.changes import approval as approvals
from lambdas.notifier.changes import read
from lambdas.notifier.changes.approval import ApprovalRequest
from lambdas.notifier.deadline import Deadline
from lambdas.notifier.events import Ignored, MalformedEventError, UnexpectedEventError
from messages import chat

from .deliveries import (
    APPROVAL,
    ARN,
    COMMIT,
    COMMIT_URL,
    EXECUTION,
    PREVIEW,
    TOKEN,
    attributes,
    facts,
    preview,
    ran,
    run,
    source,
    waiting_approval,
    waits,
)
from .stage import DELIVERY, EVENTS, lambda_context

if TYPE_CHECKING:
    from .stage import Stage

APPROVE = (
    f"aws codepipeline put-approval-result --pipeline-name {DELIVERY} --stage-name Approve --action-name Approve "
    f'--token {TOKEN} --result "summary=why it may be deployed,status=Approved" --region us-east-1'
)


def approval(status: str = "InProgress") -> dict[str, Any]:
    return run("Approve", "Approval", 5, status, actionExecutionId=APPROVAL, externalExecutionUrl=PREVIEW)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(approvals.time, "sleep", slept.append)
    return slept


@pytest.fixture
def waiting(stage: Stage) -> Stage:
    """An approval that waits, with its preview."""
    ran(stage, approval(), preview(), source())
    waits(stage)
    return stage


def test_a_waiting_approval_is_reported_with_what_would_change(waiting: Stage) -> None:
    event = {**waiting_approval(), "time": "2026-03-02T08:05:00Z"}
    assert waiting.handle(event) == "notified"

    [message] = waiting.inbox()
    assert message["Subject"] == f"[test] {DELIVERY} commit 01234567: PendingApproval"
    assert message["Message"].startswith("A deployment to test waits for approval: read its preview")
    assert facts(message) == {
        "Status": "PendingApproval",
        "Environment": "test",
        "Pipeline": DELIVERY,
        "Execution": EXECUTION,
        "Commit": f"{COMMIT} Lower the threshold",
        "Changes": "2 to create, 1 to replace",
        "Waits since": "2026-03-02T08:05:00Z",
        "Decide before": "2026-03-09T08:05:00Z",
    }


def test_it_links_to_the_preview_the_pipeline_and_the_commit(waiting: Stage) -> None:
    waiting.handle(waiting_approval())
    text = waiting.inbox()[0]["Message"]
    page = f"https://us-east-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/{DELIVERY}/view?region=us-east-1"
    assert f"Preview: {PREVIEW}\nPipeline: {page}\nCommit: {COMMIT_URL}\n" in text


def test_it_has_the_commands_that_approve_and_reject_this_very_request(waiting: Stage) -> None:
    waiting.handle(waiting_approval())
    text = waiting.inbox()[0]["Message"]
    assert f"To approve:\n  {APPROVE}\n" in text
    reject = APPROVE.replace("may be deployed", "may not be deployed").replace("Approved", "Rejected")
    assert f"To reject:\n  {reject}\n" in text
    assert "summary=why it may be deployed,status=Approved" in shlex.split(APPROVE)


def test_filters_of_subscriptions_see_that_it_waits(waiting: Stage) -> None:
    waiting.handle(waiting_approval())
    assert attributes(waiting.inbox()[0]) == {
        "environment": "test",
        "kind": "delivery",
        "status": "PendingApproval",
        "pipeline": DELIVERY,
    }


def test_chat_gets_preview_and_commands_in_its_own_form_and_in_the_executions_thread(waiting: Stage) -> None:
    request = read(waiting_approval())
    assert isinstance(request, ApprovalRequest)
    report = request.gather(waiting.clients, Deadline.of(lambda_context()))
    notification = json.loads(chat.notification(report.compose(waiting.settings)))
    assert notification["metadata"]["threadId"] == f"delivery/{DELIVERY}/{EXECUTION}"
    text = notification["content"]["description"]
    for part in ("*Changes:* 2 to create, 1 to replace", f"```\n{APPROVE}\n```", f"Preview: {PREVIEW}"):
        assert part in text


def test_it_is_reported_once_but_the_approval_of_a_retry_again(waiting: Stage) -> None:
    retried = waiting_approval(**{"action-execution-id": "00000000-0000-4000-8000-000000000000"})
    outcomes = [waiting.handle(event) for event in (waiting_approval(), waiting_approval(), retried)]
    assert outcomes == ["notified", "duplicate", "notified"]
    assert waiting.records() == {}


def test_a_token_that_comes_a_moment_later_is_waited_for(
    waiting: Stage, no_waiting: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(seconds: float) -> None:
        no_waiting.append(seconds)
        waits(waiting)

    monkeypatch.setattr(approvals.time, "sleep", sleep)
    waits(waiting, token=None)
    waiting.handle(waiting_approval())
    assert no_waiting == [0.5]
    assert APPROVE in waiting.inbox()[0]["Message"]


@pytest.mark.parametrize("token", [None, "$(id)", "not-a-token"])
def test_without_a_token_it_says_how_to_see_it(waiting: Stage, no_waiting: list[float], token: str | None) -> None:
    waits(waiting, token=token)
    assert waiting.handle(waiting_approval()) == "notified"
    text = waiting.inbox()[0]["Message"]
    assert sum(no_waiting) < 5
    assert "The token of the approval is missing: CodePipeline does not show it yet." in text
    assert "$(id)" not in text
    assert f"aws codepipeline get-pipeline-state --name {DELIVERY} --region us-east-1 --query" in text
    assert "--token TOKEN --result" in text


def test_without_permissions_the_approval_is_reported_with_what_is_known(waiting: Stage) -> None:
    waiting.faults.refuse("codepipeline", "ListActionExecutions", "AccessDeniedException")
    waiting.faults.refuse("codepipeline", "GetPipelineState", "AccessDeniedException")
    assert waiting.handle(waiting_approval()) == "notified"
    [message] = waiting.inbox()
    assert message["Subject"] == f"[test] {DELIVERY} execution 3137f7cb: PendingApproval"
    reported = facts(message)
    assert reported["Commit"] == reported["Changes"] == reported["Preview"] == "not known"
    assert "Details of the execution are missing: access denied (ListActionExecutions)." in message["Message"]
    assert "The token of the approval is missing: access denied (GetPipelineState)." in message["Message"]
    assert waiting.counts.values["DetailsMissing"] == 1


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Abandoned"])
def test_an_approval_that_was_decided_meanwhile_offers_no_decision(waiting: Stage, status: str) -> None:
    waits(waiting, status=status, token=None)
    waiting.handle(waiting_approval())
    text = waiting.inbox()[0]["Message"]
    assert f"Since then it was decided or abandoned: it is {status}." in text
    assert "put-approval-result" not in text


def test_the_token_of_another_request_is_never_used(waiting: Stage) -> None:
    waits(waiting, action_id="00000000-0000-4000-8000-000000000000")
    waiting.handle(waiting_approval())
    text = waiting.inbox()[0]["Message"]
    assert TOKEN not in text
    assert "--token TOKEN --result" in text


def test_an_approval_in_whose_place_another_waits_offers_no_decision(waiting: Stage) -> None:
    ran(waiting, approval("Abandoned"), preview(), source())
    waits(waiting, action_id="00000000-0000-4000-8000-000000000000")
    waiting.handle(waiting_approval())
    text = waiting.inbox()[0]["Message"]
    assert "Since then it was decided or abandoned: it is Abandoned." in text
    assert "put-approval-result" not in text


def test_a_preview_without_a_page_is_a_fact_and_no_link(waiting: Stage) -> None:
    ran(waiting, preview(PREVIEW_URL="s3://bucket/preview.md"), source())
    waiting.handle(waiting_approval())
    assert facts(waiting.inbox()[0])["Preview"] == "s3://bucket/preview.md"


def test_texts_of_the_preview_stay_on_their_line(waiting: Stage) -> None:
    ran(waiting, preview(CHANGES="1 to create\nReason      forged"), source())
    waiting.handle(waiting_approval())
    assert facts(waiting.inbox()[0])["Changes"] == "1 to create Reason forged"


def test_the_request_of_another_pipeline_is_refused(stage: Stage) -> None:
    event = {**waiting_approval(pipeline="other"), "resources": [ARN.replace(DELIVERY, "other")]}
    with pytest.raises(UnexpectedEventError, match="is about other; this notifier is about abalone-test-delivery"):
        stage.handle(event)


@pytest.mark.parametrize("change", [{"state": "SUCCEEDED"}, {"state": "FAILED"}, {"type": {"category": "Build"}}])
def test_other_actions_and_other_states_are_ignored(change: dict[str, Any]) -> None:
    assert isinstance(read(waiting_approval(**change)), Ignored)


def test_the_documented_event_of_an_action_is_understood() -> None:
    event = json.loads((EVENTS / "delivery_action.json").read_text())
    execution = "12345678-1234-5678-abcd-12345678abcd"
    assert read(event) == Ignored(reason=f"Deploy myAction in execution {execution} of myPipeline is STARTED")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"type": None}, "category is None; expected the action's category"),
        ({"stage": None}, "stage is None; expected a name"),
        ({"stage": "Approve; id"}, "stage is 'Approve; id'; expected letters, digits"),
        ({"action": None}, "action is None; expected a name"),
        ({"action": "x" * 101}, "at most 100"),
        ({"action-execution-id": None}, "action-execution-id is None; expected a UUID"),
        ({"action-execution-id": APPROVAL.upper()}, "expected a UUID in lower case"),
        ({"execution-id": "x"}, "execution-id is 'x'"),
        ({"state": None}, "state is None; expected the state of the action"),
        ({"pipeline": "other"}, "pipeline is 'other'"),
    ],
)
def test_a_malformed_event_is_refused_with_its_field(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(MalformedEventError) as caught:
        read(waiting_approval(**changes))
    assert problem in str(caught.value)
