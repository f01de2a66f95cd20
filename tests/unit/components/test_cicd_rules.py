"""The rules of the delivery pipeline: which events start something, and with which input."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from .conftest import TOPIC_ARN


@pytest.fixture(scope="module")
def stack(cicd_stack: Any) -> Any:
    return cicd_stack


def filled(stack: Any, short_name: str, event: dict[str, Any]) -> Any:
    """What the target gets of an event, as EventBridge fills a template."""
    transformer = stack.inputs(f"delivery-{short_name}-target")["inputTransformer"]
    text = transformer["inputTemplate"]
    for name, path in transformer["inputPaths"].items():
        value: Any = event
        for part in path.removeprefix("$.").split("."):
            value = value[part]
        text = text.replace(f"<{name}>", value)
    return json.loads(text)


# "Monitoring CodeCommit events" (user guide).
PULL_REQUEST = {
    "source": "aws.codecommit",
    "detail-type": "CodeCommit Pull Request State Change",
    "resources": ["arn:aws:codecommit:us-east-1:123456789012:mlops-infra"],
    "detail": {
        "event": "pullRequestSourceBranchUpdated",
        "pullRequestId": "12",
        "sourceCommit": "a" * 40,
        "sourceReference": "refs/heads/feature",
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
]


@pytest.mark.parametrize(("short_name", "event", "expected"), EVENTS)
def test_a_rule_matches_its_events_and_no_others(stack: Any, short_name: str, event: Any, expected: bool) -> None:
    pattern = stack.inputs(f"delivery-{short_name}")["eventPattern"]
    full: Any = {"id": "1", "account": "123456789012", "region": "us-east-1", "resources": [], **event}
    assert EventPattern.load(pattern).matches_event(full) is expected


def test_a_pull_request_is_built_at_its_commit_with_what_the_job_needs(stack: Any) -> None:
    build_input = filled(stack, "pull-request", PULL_REQUEST)
    assert build_input["sourceVersion"] == f"refs/heads/feature^{{{'a' * 40}}}"
    assert {item["name"]: item["value"] for item in build_input["environmentVariablesOverride"]} == {
        "PULL_REQUEST_ID": "12",
        "SOURCE_COMMIT": "a" * 40,
        "DESTINATION_COMMIT": "b" * 40,
    }


def test_the_check_for_drift_runs_on_its_schedule(stack: Any) -> None:
    assert stack.inputs("delivery-drift")["scheduleExpression"] == "cron(0 5 ? * MON-FRI *)"
    target = stack.inputs("delivery-drift-target")
    assert target["arn"] == "arn:mock:delivery-drift-project"
    assert target["roleArn"] == "arn:mock:delivery-delivery-events-role"


def test_no_rule_goes_to_the_topic_which_takes_nothing_of_eventbridge(stack: Any) -> None:
    targets = stack.names_of("aws:cloudwatch/eventTarget:EventTarget")
    assert targets
    assert TOPIC_ARN not in [stack.inputs(name)["arn"] for name in targets]
