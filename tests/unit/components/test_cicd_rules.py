"""The rules of the delivery pipeline: which events start something, and what is told in which words."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from moto.events.models import EventPattern

from components import Cicd
from settings import Settings
from settings.models import Subscribers


@pytest.fixture(scope="module")
def stack(build: Any, cicd: Callable[..., Cicd], delivered: Callable[..., Settings]) -> Any:
    channels = [{"workspaceId": "T07EA123LEP", "channelId": "C07EZ1ABC23"}]
    subscribers = Subscribers.model_validate_json(json.dumps({"slackChannels": channels}))
    return build(lambda: cicd(delivered().model_copy(update={"notifications": subscribers})))


def filled(stack: Any, noun: str, event: dict[str, Any]) -> Any:
    """What the target gets of an event, as EventBridge fills a template."""
    transformer = stack.inputs(f"delivery-{noun}-target")["inputTransformer"]
    text = transformer["inputTemplate"]
    for name, path in transformer["inputPaths"].items():
        value: Any = event
        for part in path.removeprefix("$.").split("."):
            value = value[part]
        text = text.replace(f"<{name}>", value)
    return json.loads(text)


# "Monitoring CodePipeline events", "Monitoring CodeCommit events" (user guides).
FAILED = {
    "time": "2026-11-25T08:00:00Z",
    "source": "aws.codepipeline",
    "detail-type": "CodePipeline Pipeline Execution State Change",
    "detail": {
        "pipeline": "abalone-local-delivery",
        "execution-id": "01234567-0123-0123-0123-012345678901",
        "state": "FAILED",
    },
}
WAITING = {
    **FAILED,
    "detail-type": "CodePipeline Action Execution State Change",
    "detail": {**FAILED["detail"], "state": "STARTED", "type": {"owner": "AWS", "category": "Approval"}},  # type: ignore[dict-item]
}
PULL_REQUEST = {
    "source": "aws.codecommit",
    "detail-type": "CodeCommit Pull Request State Change",
    "resources": ["arn:aws:codecommit:us-east-1:123456789012:mlops-infra"],
    "detail": {
        "event": "pullRequestSourceBranchUpdated",
        "pullRequestId": "12",
        "sourceCommit": "a" * 40,
        "destinationCommit": "b" * 40,
        "destinationReference": "refs/heads/main",
    },
}
PUSH = {
    "source": "aws.codecommit",
    "detail-type": "CodeCommit Repository State Change",
    "resources": ["arn:aws:codecommit:us-east-1:123456789012:mlops-infra"],
    "detail": {"event": "referenceUpdated", "referenceType": "branch", "referenceName": "main"},
}


def changed(event: dict[str, Any], /, **detail: Any) -> dict[str, Any]:
    return {**event, "detail": {**event["detail"], **detail}}


EVENTS = [
    ("source", PUSH, True),
    ("source", changed(PUSH, referenceName="feature"), False),
    ("source", changed(PUSH, event="referenceDeleted"), False),
    ("source", {**PUSH, "resources": ["arn:aws:codecommit:us-east-1:123456789012:other"]}, False),
    ("pull-request", PULL_REQUEST, True),
    ("pull-request", changed(PULL_REQUEST, event="pullRequestStatusChanged"), False),
    ("pull-request", changed(PULL_REQUEST, destinationReference="refs/heads/release"), False),
    ("failed", FAILED, True),
    ("failed", changed(FAILED, state="SUPERSEDED"), False),
    ("failed", changed(FAILED, pipeline="another"), False),
    ("waiting", WAITING, True),
    ("waiting", changed(WAITING, type={"owner": "AWS", "category": "Build"}), False),
]


@pytest.mark.parametrize(("noun", "event", "expected"), EVENTS)
def test_a_rule_matches_its_events_and_no_others(stack: Any, noun: str, event: Any, expected: bool) -> None:
    pattern = stack.inputs(f"delivery-{noun}")["eventPattern"]
    full: Any = {"id": "1", "account": "123456789012", "region": "us-east-1", "resources": [], **event}
    assert EventPattern.load(pattern).matches_event(full) is expected


def test_a_pull_request_is_built_at_its_commit_with_what_the_job_needs(stack: Any) -> None:
    given = filled(stack, "pull-request", PULL_REQUEST)
    assert given["sourceVersion"] == "a" * 40
    assert {item["name"]: item["value"] for item in given["environmentVariablesOverride"]} == {
        "PULL_REQUEST_ID": "12",
        "SOURCE_COMMIT": "a" * 40,
        "DESTINATION_COMMIT": "b" * 40,
    }


@pytest.mark.parametrize(("noun", "event"), [("failed", FAILED), ("waiting", WAITING)])
def test_messages_name_the_execution_and_link_to_it_in_the_form_that_chat_shows(
    stack: Any, noun: str, event: Any
) -> None:
    message = filled(stack, noun, event)
    assert (message["version"], message["source"]) == ("1.0", "custom")
    content = message["content"]
    assert content["title"].startswith("local: ")
    assert "01234567-0123-0123-0123-012345678901" in content["description"]
    assert (
        "https://us-east-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/abalone-local-delivery"
        in (content["description"])
    )


def test_without_chat_an_approval_is_told_once_by_its_own_message(build: Any, cicd: Callable[..., Cicd]) -> None:
    assert "delivery-waiting" not in build(cicd).names_of("aws:cloudwatch/eventRule:EventRule")


def test_the_check_for_drift_runs_on_its_schedule(stack: Any) -> None:
    assert stack.inputs("delivery-drift")["scheduleExpression"] == "cron(0 5 ? * MON-FRI *)"
    target = stack.inputs("delivery-drift-target")
    assert target["arn"] == "arn:mock:delivery-drift-project"
    assert target["roleArn"] == "arn:mock:delivery-delivery-events-role"
