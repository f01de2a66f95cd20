"""Messages about failed executions of the delivery pipeline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError

from lambdas.notifier.changes import read
from lambdas.notifier.changes.delivery import DeliveryFailure
from lambdas.notifier.deadline import Deadline
from lambdas.notifier.events import Ignored, MalformedEventError, UnexpectedEventError
from messages import chat

from .deliveries import (
    ARN,
    COMMIT,
    COMMIT_URL,
    EXECUTION,
    LOG,
    REPORT,
    attributes,
    facts,
    failed_build,
    failed_delivery,
    preview,
    ran,
    run,
    source,
)
from .stage import DELIVERY, EVENTS, Context, lambda_context

if TYPE_CHECKING:
    from .stage import Stage

RETRY = (
    f"  aws codepipeline retry-stage-execution --pipeline-name {DELIVERY} --stage-name Deploy "
    f"--pipeline-execution-id {EXECUTION} --retry-mode FAILED_ACTIONS --region us-east-1\n"
)
START = f"  aws codepipeline start-pipeline-execution --name {DELIVERY} --region us-east-1"


def test_a_failed_delivery_is_reported_with_the_action_its_reason_and_the_commit(stage: Stage) -> None:
    ran(stage, failed_build(), preview(), source())
    event = failed_delivery()
    assert stage.handle(event) == "notified"

    [message] = stage.inbox()
    assert message["Subject"] == f"[test] {DELIVERY} commit 01234567: Failed in Deploy"
    assert message["Message"].startswith(f"Execution {EXECUTION} of pipeline {DELIVERY} failed in Deploy (test).\n")
    assert facts(message) == {
        "Status": "Failed",
        "Environment": "test",
        "Pipeline": DELIVERY,
        "Execution": EXECUTION,
        "Commit": f"{COMMIT} Lower the threshold",
        "Failed at": event["time"],
        "Failed stage": "Deploy",
        "Failed action": "Deploy",
        "Reason": "Build terminated with state: FAILED. Phase: BUILD",
    }
    assert "docs/operations.md, Delivery" in message["Message"]


def test_it_links_to_the_execution_the_log_and_the_commit(stage: Stage) -> None:
    ran(stage, failed_build(), preview(), source())
    stage.handle(failed_delivery())
    text = stage.inbox()[0]["Message"]
    page = f"codesuite/codepipeline/pipelines/{DELIVERY}/executions/{EXECUTION}/timeline?region=us-east-1"
    assert f"Execution: https://us-east-1.console.aws.amazon.com/{page}\n" in text
    assert f"Log of Deploy: {LOG}\n" in text
    assert f"Commit: {COMMIT_URL}\n" in text


def test_it_has_the_commands_to_retry_and_to_release_the_commit_again(stage: Stage) -> None:
    ran(stage, failed_build(), preview(), source())
    stage.handle(failed_delivery())
    text = stage.inbox()[0]["Message"]
    assert RETRY in text
    revision = f"actionName=Source,revisionType=COMMIT_ID,revisionValue={COMMIT}"
    assert f"{START} --source-revisions {revision}\n" in text


def test_filters_of_subscriptions_see_what_it_is_about(stage: Stage) -> None:
    ran(stage, failed_build(), source())
    stage.handle(failed_delivery())
    assert attributes(stage.inbox()[0]) == {
        "environment": "test",
        "kind": "delivery",
        "status": "Failed",
        "pipeline": DELIVERY,
    }


def test_chat_gets_all_of_it_in_its_own_form(stage: Stage) -> None:
    ran(stage, failed_build(), preview(), source())
    failure = read(failed_delivery())
    assert isinstance(failure, DeliveryFailure)
    report = failure.gather(stage.clients, stage.settings, Deadline.of(lambda_context()))
    notification = json.loads(chat.notification(report.compose(stage.settings)))
    assert notification["metadata"]["threadId"] == f"delivery/{DELIVERY}/{EXECUTION}"
    text = notification["content"]["description"]
    for part in ("*Failed stage:* Deploy", RETRY.strip(), LOG, COMMIT_URL):
        assert part in text


def test_a_rejected_deployment_names_who_rejected_it_and_why(stage: Stage) -> None:
    reviewer = "arn:aws:sts::123456789012:assumed-role/abalone-test-approve/ada"
    rejected = run(
        *("Approve", "Approval", 5, "Failed"),
        externalExecutionSummary="the table would be replaced",
        externalExecutionUrl=REPORT,
        updatedBy=reviewer,
    )
    ran(stage, rejected, preview(), source())
    stage.handle(failed_delivery())
    [message] = stage.inbox()
    assert facts(message)["Decided by"] == reviewer
    assert facts(message)["Reason"] == "the table would be replaced"
    assert f"Report: {REPORT}\n" in message["Message"]


def test_of_a_retried_execution_the_last_failure_is_reported_whatever_the_order(stage: Stage) -> None:
    ran(stage, failed_build("Preview", 2), source(), failed_build("Verify", 20), run("Preview", "Build", 4))
    stage.handle(failed_delivery(**{"pipeline-execution-attempt": 2.0}))
    reported = facts(stage.inbox()[0])
    assert reported["Failed stage"] == "Verify"
    assert reported["Execution"] == f"{EXECUTION}, attempt 2"


def test_a_second_delivery_of_the_event_is_not_reported_again_but_a_retry_that_fails_is(stage: Stage) -> None:
    ran(stage, failed_build(), source())
    again = failed_delivery(**{"pipeline-execution-attempt": 2.0})
    outcomes = [stage.handle(event) for event in (failed_delivery(), failed_delivery(), again, again)]
    assert outcomes == ["notified", "duplicate", "notified", "duplicate"]
    assert len(stage.inbox()) == 2


def test_a_delivery_is_no_event_of_the_registry(stage: Stage) -> None:
    ran(stage, failed_build(), source())
    stage.handle(failed_delivery())
    assert stage.records() == {}


def test_without_permission_the_failure_is_reported_with_what_is_known(stage: Stage) -> None:
    stage.faults.refuse("codepipeline", "ListActionExecutions", "AccessDeniedException")
    assert stage.handle(failed_delivery()) == "notified"
    [message] = stage.inbox()
    assert message["Subject"] == f"[test] {DELIVERY} execution 3137f7cb: Failed"
    assert facts(message)["Reason"] == facts(message)["Failed stage"] == facts(message)["Commit"] == "not known"
    assert "Details of the execution are missing: access denied (ListActionExecutions)." in message["Message"]
    assert "retry-stage-execution" not in message["Message"]
    assert f"{START}\n" in message["Message"]
    assert f"/executions/{EXECUTION}/timeline" in message["Message"]
    assert stage.counts.values["DetailsMissing"] == 1
    assert "assumed-role" not in message["Message"]


def test_a_slow_answer_does_not_hold_the_message_back(stage: Stage) -> None:
    stage.faults.raising("codepipeline", "ListActionExecutions", ReadTimeoutError(endpoint_url="https://x"))
    assert stage.handle(failed_delivery()) == "notified"
    assert "are missing: ReadTimeoutError." in stage.inbox()[0]["Message"]


def test_with_no_time_left_nothing_is_looked_up(stage: Stage) -> None:
    calls = stage.faults.watch("codepipeline", "ListActionExecutions")
    left = iter([30_000, *([15_000] * 50)])
    assert stage.handle(failed_delivery(), Context(lambda: next(left))) == "notified"
    assert calls == []


def test_only_actions_of_this_execution_are_asked_for(stage: Stage) -> None:
    ran(stage, failed_build(), source())
    calls = stage.faults.watch("codepipeline", "ListActionExecutions")
    stage.handle(failed_delivery())
    assert calls == [{"pipelineName": DELIVERY, "filter": {"pipelineExecutionId": EXECUTION}}]


def test_a_source_that_fails_is_not_retried_but_started_again(stage: Stage) -> None:
    error = {"code": "PermissionError", "message": "The branch does not exist"}
    ran(stage, run("Source", "Source", 0, "Failed", errorDetails=error))
    stage.handle(failed_delivery())
    text = stage.inbox()[0]["Message"]
    assert "The branch does not exist" in text
    assert "retry-stage-execution" not in text
    assert f"{START}\n" in text


def test_a_commit_from_a_connection_is_reported_by_its_message(stage: Stage) -> None:
    summary = json.dumps({"ProviderType": "GitHub", "CommitMessage": "Merge the branch"})
    ran(stage, failed_build(), source(variables={"CommitId": COMMIT}, externalExecutionSummary=summary))
    stage.handle(failed_delivery())
    assert facts(stage.inbox()[0])["Commit"] == f"{COMMIT} Merge the branch"


def test_a_message_of_thousands_of_brackets_is_a_message_like_others(stage: Stage) -> None:
    summary = "[" * 100_000
    ran(stage, failed_build(), source(variables={"CommitId": COMMIT}, externalExecutionSummary=summary))
    stage.handle(failed_delivery())
    assert facts(stage.inbox()[0])["Commit"].startswith(f"{COMMIT} [[[")


def test_an_execution_that_git_started_is_reported_with_who_started_it(stage: Stage) -> None:
    ran(stage, failed_build(), source())
    trigger = {"trigger-type": "StartPipelineExecution", "trigger-detail": "arn:aws:sts::123456789012:user/ada"}
    stage.handle(failed_delivery(**{"execution-trigger": trigger}))
    assert facts(stage.inbox()[0])["Started by"] == "arn:aws:sts::123456789012:user/ada"


@pytest.mark.parametrize("odd", ["Deploy; rm -rf ~", "Deploy $(id)", "--help me"])
def test_odd_names_get_into_no_command(stage: Stage, odd: str) -> None:
    ran(
        stage,
        {**failed_build(), "stageName": odd},
        source(variables={"CommitId": "0123abc; id"}, externalExecutionId="x"),
    )
    stage.handle(failed_delivery())
    commands = [line for line in stage.inbox()[0]["Message"].splitlines() if line.startswith("  aws ")]
    assert commands == [START]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://example.com/log", "see the log"])
def test_only_a_log_over_tls_is_linked(stage: Stage, link: str) -> None:
    failed = failed_build()
    failed["output"]["executionResult"]["externalExecutionUrl"] = link
    ran(stage, failed, source())
    stage.handle(failed_delivery())
    assert link not in json.dumps(stage.inbox())


def test_the_execution_of_another_pipeline_is_refused(stage: Stage) -> None:
    event = {**failed_delivery(pipeline="other"), "resources": [ARN.replace(DELIVERY, "other")]}
    with pytest.raises(UnexpectedEventError, match="is about other; this notifier is about abalone-test-delivery"):
        stage.handle(event)
    assert stage.inbox() == []


@pytest.mark.parametrize("state", ["STARTED", "SUCCEEDED", "SUPERSEDED", "STOPPED", "CANCELED", "RESUMED", "STOPPING"])
def test_an_execution_that_did_not_fail_is_ignored(state: str) -> None:
    assert read(failed_delivery(state=state)) == Ignored(reason=f"execution {EXECUTION} of {DELIVERY} is {state}")


def test_the_documented_event_is_understood() -> None:
    failure = read(json.loads((EVENTS / "delivery_execution.json").read_text()))
    assert isinstance(failure, DeliveryFailure)
    assert (failure.arn.pipeline, failure.arn.region, failure.attempt) == ("myPipeline", "us-west-2", 1)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"pipeline": None}, "pipeline is None; expected the name of the pipeline"),
        ({"pipeline": "other"}, "pipeline is 'other'; expected abalone-test-delivery, as in resources"),
        ({"execution-id": None}, "execution-id is None; expected a UUID"),
        ({"execution-id": "1; rm -rf ~"}, "execution-id is '1; rm -rf ~'; expected a UUID in lower case"),
        ({"state": None}, "state is None; expected the state of the execution"),
        ({"state": 3}, "state is 3"),
        ({"pipeline-execution-attempt": "2"}, "pipeline-execution-attempt is '2'; expected a whole number"),
        ({"pipeline-execution-attempt": 1.5}, "pipeline-execution-attempt is 1.5"),
        ({"pipeline-execution-attempt": True}, "pipeline-execution-attempt is True"),
        ({"pipeline-execution-attempt": float("inf")}, "pipeline-execution-attempt is inf"),
    ],
)
def test_a_malformed_event_is_refused_with_its_field(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(MalformedEventError) as caught:
        read(failed_delivery(**changes))
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "resources", [None, [], "text", [7], ["arn:aws:sns:us-east-1:123456789012:x"], [f"{ARN}/Deploy"]]
)
def test_an_event_without_the_pipelines_arn_is_malformed(resources: Any) -> None:
    with pytest.raises(MalformedEventError, match=r"resources begins with .*expected arn:PARTITION:codepipeline"):
        read({**failed_delivery(), "resources": resources})


def test_an_event_without_an_attempt_is_the_first(stage: Stage) -> None:
    ran(stage, failed_build(), source())
    events = [failed_delivery(**{"pipeline-execution-attempt": None}), failed_delivery()]
    assert [stage.handle(event) for event in events] == ["notified", "duplicate"]
