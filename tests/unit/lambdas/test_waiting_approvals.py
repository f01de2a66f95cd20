"""Messages about deployments that wait for approval."""

from __future__ import annotations

import io
import json
import shlex
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from lambdas.notifier import codepipeline
from lambdas.notifier.changes import approval as approvals
from lambdas.notifier.changes import read
from lambdas.notifier.changes.approval import ApprovalRequest
from lambdas.notifier.deadline import Deadline
from lambdas.notifier.events import Ignored, MalformedEventError, UnexpectedEventError
from lambdas.notifier.review import FileChange, changed_files
from messages import chat
from messages.change_set import ChangeSet, ResourceChange

from .deliveries import (
    APPROVAL,
    ARN,
    COMMIT,
    COMMIT_URL,
    DELIVERED,
    DELIVERED_COMMIT,
    EXECUTION,
    REPORT,
    REPORT_KEY,
    TOKEN,
    attributes,
    executions_are,
    facts,
    keep,
    packed,
    preview,
    ran,
    run,
    source,
    waiting_approval,
    waits,
)
from .stage import ARTIFACTS, DELIVERY, EVENTS, lambda_context

if TYPE_CHECKING:
    from .stage import Stage

QUEUE = "urn:pulumi:test::mlops-infra::aws:sqs/queue:Queue::failed"
ANNOUNCED = ChangeSet(
    stack="test",
    commit=COMMIT,
    resources=(ResourceChange(urn=QUEUE, type="aws:sqs/queue:Queue", op="delete"),),
    unchanged=40,
)
APPROVE = (
    f"aws codepipeline put-approval-result --pipeline-name {DELIVERY} --stage-name Approve --action-name Approve "
    f'--token {TOKEN} --result "summary=why it may be deployed,status=Approved" --region us-east-1'
)


def approval(status: str = "InProgress") -> dict[str, Any]:
    return run("Approve", "Approval", 5, status, actionExecutionId=APPROVAL, externalExecutionUrl=REPORT)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(approvals.time, "sleep", slept.append)
    return slept


@pytest.fixture
def waiting(stage: Stage) -> Stage:
    """An approval that waits, with its preview, after another commit was delivered."""
    ran(stage, approval(), preview(), source())
    waits(stage)
    keep(stage, "p/Source/delivered", packed({"__main__.py": "1", "delivery/preview.py": "1", "docs/old.md": "1"}))
    keep(stage, "p/Source/waiting", packed({"__main__.py": "1", "delivery/preview.py": "2", "delivery/new.py": "2"}))
    keep(stage, "p/Preview/waiting", packed({"preview.json": ANNOUNCED.to_json()}))
    return stage


def report(stage: Stage) -> str:
    """The report as it lies in the artifact bucket."""
    return stage.clients.s3.get_object(Bucket=ARTIFACTS, Key=REPORT_KEY)["Body"].read().decode()


def test_a_waiting_approval_is_reported_with_what_would_change(waiting: Stage) -> None:
    event = {**waiting_approval(), "time": "2026-03-02T08:05:00Z"}
    assert waiting.handle(event) == "notified"

    [message] = waiting.inbox()
    assert message["Subject"] == f"[test] {DELIVERY} commit 01234567: PendingApproval"
    assert message["Message"].startswith("A deployment to test waits for approval: read what changes")
    assert facts(message) == {
        "Status": "PendingApproval",
        "Environment": "test",
        "Pipeline": DELIVERY,
        "Execution": EXECUTION,
        "Commit": COMMIT,
        "Changed files": "3 since commit fedcba98: delivery/ 2, docs/ 1",
        "It announces": "1 to delete, 40 unchanged; 1 can't be undone",
        "Report": f"s3://{ARTIFACTS}/{REPORT_KEY}",
        "Waits since": "2026-03-02T08:05:00Z",
        "Decide before": "2026-03-09T08:05:00Z",
    }


def test_it_links_to_the_report_the_pipeline_and_the_commit(waiting: Stage) -> None:
    waiting.handle(waiting_approval())
    text = waiting.inbox()[0]["Message"]
    page = f"https://us-east-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/{DELIVERY}/view?region=us-east-1"
    assert f"Report: {REPORT}\nPipeline: {page}\nCommit: {COMMIT_URL}\n" in text


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
    report = request.gather(waiting.clients, waiting.settings, Deadline.of(lambda_context()))
    notification = json.loads(chat.notification(report.compose(waiting.settings)))
    assert notification["metadata"]["threadId"] == f"delivery/{DELIVERY}/{EXECUTION}"
    text = notification["content"]["description"]
    for part in ("*Changed files:* 3 since commit fedcba98", f"```\n{APPROVE}\n```", f"Report: {REPORT}"):
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
    assert reported["Commit"] == "not known"
    for label in ("Changed files", "It announces", "Report"):
        assert reported[label] == "not known: access denied (ListActionExecutions)"
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


def test_the_report_lists_each_file_that_differs_and_then_what_the_commit_announces(waiting: Stage) -> None:
    waiting.handle(waiting_approval())
    text = report(waiting)
    assert text.startswith(f"# Commit `{COMMIT}` waits for approval\n")
    files, _, announced = text.partition("## What the commit's own code announces")
    assert files.endswith(
        "## Files that differ from the last delivery, commit fedcba98\n\n"
        "- added `delivery/new.py`\n- changed `delivery/preview.py`\n- removed `docs/old.md`\n\n"
    )
    assert "- `aws:sqs/queue:Queue` `failed` **loses its messages**" in announced


def test_the_reader_gets_a_command_that_shows_the_difference(waiting: Stage) -> None:
    waiting.handle(waiting_approval())
    assert f"  git fetch && git diff {DELIVERED_COMMIT} {COMMIT}\n" in waiting.inbox()[0]["Message"]


def test_a_commit_on_github_gets_githubs_page_of_the_difference(waiting: Stage) -> None:
    fetched = source()
    fetched["input"]["configuration"] = {"FullRepositoryId": "acme/mlops", "BranchName": "main"}
    ran(waiting, approval(), preview(), fetched)
    waiting.handle(waiting_approval())
    page = f"https://github.com/acme/mlops/compare/{DELIVERED_COMMIT}..{COMMIT}"
    assert f"Changed files: {page}\n" in waiting.inbox()[0]["Message"]


def test_what_a_build_exports_appears_nowhere(waiting: Stage) -> None:
    page = "https://console-aws.evil.example/"
    lies = {"CHANGES": "no changes (routine)", "PREVIEW_URL": page, "CommitId": "evil", "CommitMessage": "routine"}
    ran(waiting, approval(), preview(**lies), source())
    waiting.handle(waiting_approval())
    text = waiting.inbox()[0]["Message"] + report(waiting)
    assert not [lie for lie in lies.values() if lie in text]


LONG = "x" * (2 * 1024 * 1024)
FORGED = "dev -->\n\n## Files that differ\n\nNone.\n\n[Approve here](https://evil.example) <!--"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no zip", "the preview left no change set that can be read"),
        (packed({}), "the preview left no change set that can be read"),
        (packed({"preview.json": b"\xff"}), "the preview left no change set that can be read"),
        (packed({"preview.json": '{"resources": []}'}), "the preview left no change set that can be read"),
        (packed({"preview.json": LONG}), "its change set is larger than 1048576 bytes"),
        (
            packed({"preview.json": replace(ANNOUNCED, commit="f" * 40).to_json()}),
            "a change set of another commit or stack",
        ),
        (
            packed({"preview.json": replace(ANNOUNCED, stack=FORGED).to_json()}),
            "a change set of another commit or stack",
        ),
        (
            packed({"preview.json": ANNOUNCED.to_json()}, zipfile.ZIP_BZIP2),
            "the preview left no change set that can be",
        ),
        (packed({"preview.json": ANNOUNCED.to_json()})[:-40], "the preview left no change set that can be read"),
    ],
    ids=["no zip", "empty", "no text", "no change set", "large", "another commit", "forged stack", "bzip2", "cut"],
)
def test_whatever_a_preview_leaves_the_approval_is_reported(waiting: Stage, content: bytes, reason: str) -> None:
    keep(waiting, "p/Preview/waiting", content)
    assert waiting.handle(waiting_approval()) == "notified"
    reported = facts(waiting.inbox()[0])
    assert reason in reported["It announces"]
    assert reported["Changed files"].startswith("3 since")
    assert reason in report(waiting)
    assert "evil.example" not in report(waiting)


def test_names_that_a_commit_chose_stay_in_their_place(waiting: Stage) -> None:
    hostile = "x`\n# Approved\n<b>@everyone"
    keep(waiting, "p/Source/waiting", packed({hostile: "2"}))
    change = ResourceChange(urn=f"urn:pulumi:test::p::{hostile}::{hostile}", type=hostile, op="create")
    keep(waiting, "p/Preview/waiting", packed({"preview.json": replace(ANNOUNCED, resources=(change,)).to_json()}))
    waiting.handle(waiting_approval())
    assert "\n# Approved" not in report(waiting)
    assert "``x` # Approved <b>@everyone``" in report(waiting)
    listed = "__main__.py 1, delivery/ 1, docs/ 1, others 1"
    assert facts(waiting.inbox()[0])["Changed files"] == f"4 since commit fedcba98: {listed}"


def test_before_the_first_delivery_every_file_is_new(waiting: Stage) -> None:
    actions = [approval(), preview(), source()]
    waiting.faults.answer("codepipeline", "ListActionExecutions", {"actionExecutionDetails": actions})
    waiting.handle(waiting_approval())
    [message] = waiting.inbox()
    assert facts(message)["Changed files"] == "3 in the first delivery on record: __main__.py 1, delivery/ 2"
    assert "git diff" not in message["Message"]


def test_a_delivery_behind_more_actions_than_are_looked_at_is_no_first_delivery(
    waiting: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codepipeline, "_LATEST_ACTIONS", 3)
    waiting.handle(waiting_approval())
    [message] = waiting.inbox()
    assert facts(message)["Changed files"] == "not known: no delivery among the latest 3 actions"
    assert waiting.counts.values["DetailsMissing"] == 1


def test_another_execution_under_way_is_named_since_it_may_deploy_first(waiting: Stage) -> None:
    note = "Another execution is under way, and may deploy before this one: what it changes is not compared."
    waiting.handle(waiting_approval())
    assert note not in waiting.inbox()[0]["Message"]
    executions_are(waiting, (EXECUTION, "InProgress"), (DELIVERED, "InProgress"))
    waiting.handle(waiting_approval(**{"action-execution-id": "00000000-0000-4000-8000-000000000000"}))
    assert note in waiting.inbox()[0]["Message"]


def test_the_message_of_a_commit_is_not_repeated_since_it_may_be_worded_like_ours(waiting: Stage) -> None:
    lie = "Report of the notifier: https://evil.example/report"
    ran(waiting, approval(), preview(), source(variables={"CommitId": COMMIT, "CommitMessage": lie}))
    waiting.handle(waiting_approval())
    assert "evil.example" not in waiting.inbox()[0]["Message"] + report(waiting)


def test_the_programs_places_are_named_first_and_a_change_of_type_counts(waiting: Stage) -> None:
    many = {f"a{n:02}/x": "2" for n in range(14)}
    keep(
        waiting,
        "p/Source/waiting",
        packed({"__main__.py": "1", "delivery/preview.py": "2", "docs/old.md": "1", **many}),
    )
    waiting.handle(waiting_approval())
    listed = facts(waiting.inbox()[0])["Changed files"]
    assert listed.startswith("15 since commit fedcba98: delivery/ 1, a00/ 1,")
    assert listed.endswith(", 3 more places")
    link = zipfile.ZipInfo("x")
    link.external_attr = 0o120777 << 16
    linked = io.BytesIO()
    with zipfile.ZipFile(linked, "w") as files:
        files.writestr(link, "target")
    [change] = cast("tuple[FileChange, ...]", changed_files(packed({"x": "target"}), linked.getvalue()))
    assert (change.path, change.op) == ("x", "changed")


def test_a_source_of_too_many_files_is_named_as_that_and_the_report_is_written(waiting: Stage) -> None:
    keep(waiting, "p/Source/waiting", packed({f"x/{n}": "" for n in range(20_001)}))
    waiting.handle(waiting_approval())
    assert "a source can't be read: more than 20000 files" in facts(waiting.inbox()[0])["Changed files"]
    assert "more than 20000 files" in report(waiting)


@pytest.mark.parametrize(
    ("service", "operation", "fact"),
    [
        ("s3", "GetObject", "It announces"),
        ("s3", "PutObject", "Report"),
    ],
)
def test_what_can_not_be_read_or_written_is_named_and_holds_nothing_back(
    waiting: Stage, service: str, operation: str, fact: str
) -> None:
    waiting.faults.refuse(service, operation)
    assert waiting.handle(waiting_approval()) == "notified"
    assert facts(waiting.inbox()[0])[fact] == f"not known: access denied ({operation})"
    assert waiting.counts.values["DetailsMissing"] == 1


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
