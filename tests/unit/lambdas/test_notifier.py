"""Messages about model versions, from the event to a subscriber's queue."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ReadTimeoutError

from .stage import ARTIFACTS, EXECUTION, GROUP, METRICS, Context

if TYPE_CHECKING:
    from .stage import Event, Stage


@pytest.mark.parametrize("status", ["PendingManualApproval", "Approved", "Rejected"])
def test_every_approval_status_is_reported_with_group_version_and_environment(stage: Stage, status: str) -> None:
    arn = stage.register(METRICS)
    stage.decide(arn, status, "looks good on the hold-out set")

    assert stage.handle(stage.event(arn)) == "notified"

    [message] = stage.inbox()
    assert message["Subject"] == f"[test] {GROUP} v1: {status}"
    assert f"Status       {status}" in message["Message"]
    assert "By           fake-user-profile-name (Studio domain fake-domain-id)" in message["Message"]
    assert "Why          looks good on the hold-out set" in message["Message"]
    assert {name: (a["Type"], a["Value"]) for name, a in message["MessageAttributes"].items()} == {
        "environment": ("String", "test"),
        "kind": ("String", "model-package"),
        "status": ("String", status),
        "model_package_group": ("String", GROUP),
        "version": ("Number", "1"),
    }


def test_the_message_says_where_a_version_comes_from(stage: Stage) -> None:
    arn = stage.register(METRICS)
    stage.handle(stage.event(arn))

    text = stage.inbox()[0]["Message"]
    assert f"Execution    {EXECUTION}" in text
    assert "Image        683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0" in text
    assert f"Artifact     s3://{ARTIFACTS}/abalone-test/models/model.tar.gz" in text
    assert "Commit       0123abc" in text
    assert "https://us-east-1.console.aws.amazon.com/s3/object/abalone-test-artifacts?region=us-east-1&prefix=" in text


def test_commit_and_execution_are_also_found_in_the_customer_metadata(stage: Stage) -> None:
    recorded = {"commit_id": "feedbee", "execution_arn": EXECUTION}
    arn = stage.register(METRICS, MetadataProperties={}, CustomerMetadataProperties=recorded)
    stage.handle(stage.event(arn))

    text = stage.inbox()[0]["Message"]
    assert "Commit       feedbee" in text
    assert f"Execution    {EXECUTION}" in text


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Deleting"])
def test_a_version_that_is_not_complete_yet_is_not_reported(stage: Stage, status: str) -> None:
    arn = stage.register(METRICS)

    assert stage.handle(stage.event(arn, ModelPackageStatus=status)) == "ignored"
    assert stage.inbox() == []
    assert stage.records() == {}


def test_a_failed_version_is_reported_with_the_reasons(stage: Stage) -> None:
    arn = stage.register(METRICS)
    validation = {"Name": "validation", "Status": "Failed", "FailureReason": "the container never answered /ping"}
    details = {"ValidationStatuses": [validation], "ImageScanStatuses": [{"Name": "scan", "Status": "Failed"}]}
    event = stage.event(arn, ModelPackageStatus="Failed", ModelPackageStatusDetails=details)
    stage.faults.refuse("sagemaker", "DescribeModelPackage", "ValidationException")

    stage.handle(event)

    [message] = stage.inbox()
    assert message["Subject"] == f"[test] {GROUP} v1: Failed"
    assert "Why          the container never answered /ping; scan failed" in message["Message"]
    assert "update-model-package" not in message["Message"]


def test_a_pending_version_comes_with_commands_that_a_shell_understands(stage: Stage) -> None:
    arn = stage.register(METRICS)
    stage.handle(stage.event(arn))

    lines = [line for line in stage.inbox()[0]["Message"].splitlines() if "update-model-package" in line]
    approve, reject = (shlex.split(line) for line in lines)
    assert approve[:3] == ["aws", "sagemaker", "update-model-package"]
    assert dict(zip(approve[3::2], approve[4::2], strict=True)) == {
        "--model-package-arn": arn,
        "--model-approval-status": "Approved",
        "--approval-description": "why it is good enough",
        "--region": "us-east-1",
    }
    assert reject[6] == "Rejected"


def test_a_decided_version_comes_without_commands(stage: Stage) -> None:
    arn = stage.register(METRICS, status="Approved")
    stage.handle(stage.event(arn))

    assert "update-model-package" not in stage.inbox()[0]["Message"]


def test_a_status_that_changed_since_is_reported_as_it_was_and_not_pinned_on_who_changed_it_again(
    stage: Stage,
) -> None:
    arn = stage.register(METRICS)
    stage.decide(arn, "Approved", "good")
    approved = stage.event(arn)
    stage.decide(arn, "Rejected", "leaks the target")

    stage.handle(approved)

    [message] = stage.inbox()
    assert message["Subject"].endswith("v1: Approved")
    assert "By           not known" in message["Message"]
    assert "Why          no reason given" in message["Message"]
    assert "Since then the version became Rejected, by fake-user-profile-name" in message["Message"]


def test_a_version_that_was_decided_before_its_first_message_needs_no_commands(stage: Stage) -> None:
    arn = stage.register(METRICS)
    pending = stage.event(arn)
    stage.decide(arn, "Approved")

    stage.handle(pending)

    text = stage.inbox()[0]["Message"]
    assert "By           fake-user-profile-name" in text
    assert "Why " not in text
    assert "update-model-package" not in text


@pytest.mark.parametrize(
    ("context", "who"),
    [
        ({"IamIdentity": {"Arn": "arn:aws:iam::1:role/ci", "PrincipalId": "AROA"}}, "arn:aws:iam::1:role/ci"),
        (
            {"IamIdentity": {"Arn": "arn:aws:sts::1:assumed-role/x/y", "PrincipalId": "A", "SourceIdentity": "ana"}},
            "ana (arn:aws:sts::1:assumed-role/x/y)",
        ),
        ({}, "not known"),
    ],
)
def test_who_is_also_reported_outside_of_studio(stage: Stage, context: dict[str, object], who: str) -> None:
    arn = stage.register(METRICS)
    event = stage.event(arn)
    answer = {
        "ModelPackageName": GROUP,
        "ModelPackageArn": arn,
        "CreationTime": 1_700_000_000,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        "ModelApprovalStatus": "PendingManualApproval",
        "CreatedBy": context,
    }
    stage.faults.answer("sagemaker", "DescribeModelPackage", answer)
    stage.handle(event)

    assert f"By           {who}\n" in stage.inbox()[0]["Message"]


def test_metrics_are_compared_with_the_last_approved_version(stage: Stage) -> None:
    stage.register({"mse": 9.0}, status="Approved")
    stage.register({"mse": 5.0, "rmse": 2.2, "mae": 1.55, "r2": 0.6, "bias": 0.1, "zero": 0}, status="Approved")
    stage.register({"mse": 1.0}, status="Rejected")
    arn = stage.register({"mse": 4.8, "rmse": 2.3, "mae": 1.55, "r2": 0.61, "bias": 0.2, "zero": 1, "new": 3})

    stage.handle(stage.event(arn))

    table = [line.split() for line in stage.inbox()[0]["Message"].split("\n\n")[2].splitlines()]
    assert table == [
        ["metric", "value", "version", "2", "change"],
        ["mse", "4.8", "5", "-0.2", "(-4.0", "%)", "better"],
        ["rmse", "2.3", "2.2", "+0.1", "(+4.5", "%)", "worse"],
        ["mae", "1.55", "1.55", "+0", "(+0.0", "%)", "same"],
        ["r2", "0.61", "0.6", "+0.01", "(+1.7", "%)", "better"],
        ["bias", "0.2", "0.1", "+0.1", "(+100.0", "%)"],
        ["new", "3"],
        ["zero", "1", "0", "+1"],
    ]


def test_an_approved_version_is_not_compared_with_itself(stage: Stage) -> None:
    arn = stage.register(METRICS, status="Approved")
    stage.handle(stage.event(arn))

    text = stage.inbox()[0]["Message"]
    assert "No other version is approved" in text
    assert "mse     4.8\n" in text


def in_capitals(event: Event) -> Event:
    """The event with its group in the ARN in other letters than SageMaker answers."""
    written: Event = json.loads(json.dumps(event).replace(f"model-package/{GROUP}", f"model-package/{GROUP.title()}"))
    return written


def test_an_approved_version_is_not_compared_with_itself_in_other_letters(stage: Stage) -> None:
    stage.handle(in_capitals(stage.event(stage.register(METRICS, status="Approved"))))

    assert "No other version is approved" in stage.inbox()[0]["Message"]


def test_one_change_in_other_letters_is_one_message(stage: Stage) -> None:
    event = stage.event(stage.register(METRICS))
    stage.handle(event)
    stage.handle(in_capitals(event))

    assert len(stage.inbox()) == 1


def test_the_last_approved_version_is_the_highest_number_of_many_pages(stage: Stage) -> None:
    versions = [stage.register(status="Approved", uri=None) for _ in range(103)]
    stage.decide(versions[-1], "Rejected")
    arn = stage.register(METRICS)
    stage.handle(stage.event(arn))

    assert "Metrics of the last approved version, 102, are missing" in stage.inbox()[0]["Message"]


def test_a_previous_version_without_metrics_leaves_only_the_comparison_out(stage: Stage) -> None:
    stage.register(uri=None, status="Approved")
    arn = stage.register(METRICS)
    stage.handle(stage.event(arn))

    text = stage.inbox()[0]["Message"]
    assert (
        "Metrics of the last approved version, 1, are missing: the version names no model-quality statistics." in text
    )
    assert "mse     4.8\n" in text


def test_a_message_without_any_detail_still_arrives(stage: Stage) -> None:
    stage.register(METRICS, status="Approved")
    event = stage.event(stage.register(METRICS))
    for service, operation in (
        ("sagemaker", "DescribeModelPackage"),
        ("sagemaker", "ListModelPackages"),
        ("s3", "GetObject"),
    ):
        stage.faults.refuse(service, operation, "AccessDeniedException")

    assert stage.handle(event) == "notified"

    text = stage.inbox()[0]["Message"]
    assert "Details from the registry are missing: access denied (DescribeModelPackage)." in text
    assert "access denied (GetObject), or there is no such object" in text
    assert "Image        683313688378" in text
    assert "assumed-role" not in text
    assert stage.counts.values == {
        "NotificationsSent": 1,
        "MetricsMissing": 1,
        "DetailsMissing": 1,
        "RegistryEventsWritten": 1,
    }


@pytest.mark.parametrize(
    ("service", "operation", "note"),
    [
        ("sagemaker", "DescribeModelPackage", "Details from the registry are missing: ReadTimeoutError."),
        ("sagemaker", "ListModelPackages", "The last approved version could not be looked up: ReadTimeoutError."),
        ("s3", "GetObject", "evaluation.json: ReadTimeoutError."),
    ],
)
def test_a_service_that_does_not_answer_does_not_stop_the_message(
    stage: Stage, service: str, operation: str, note: str
) -> None:
    event = stage.event(stage.register(METRICS))
    stage.faults.raising(service, operation, ReadTimeoutError(endpoint_url="https://example.invalid"))
    stage.handle(event)

    assert note in stage.inbox()[0]["Message"]


def test_an_invocation_that_runs_out_of_time_publishes_what_it_knows(stage: Stage) -> None:
    event = stage.event(stage.register(METRICS))
    times = iter([30_000, 19_000])
    stage.handle(event, Context(lambda: next(times, 18_000)))

    text = stage.inbox()[0]["Message"]
    assert "Details from the registry are missing: no time left to look it up." in text


def test_chat_gets_a_custom_notification_and_everybody_else_text(stage: Stage) -> None:
    published = stage.faults.watch("sns", "Publish")
    arn = stage.register(METRICS)
    stage.decide(arn, "Approved", "see <!channel> & `rm`")
    stage.handle(stage.event(arn))

    message = json.loads(str(published[0]["Message"]))
    chat = json.loads(message["https"])
    assert (chat["version"], chat["source"]) == ("1.0", "custom")
    assert chat["content"]["title"] == f"[test] {GROUP} v1: Approved"
    assert "*Why:* see &lt;!channel&gt; &amp; 'rm'" in chat["content"]["description"]
    assert "```\nmetric" in chat["content"]["description"]
    assert chat["metadata"]["threadId"] == arn
    assert stage.inbox()[0]["Message"] == message["default"]
