"""Events: the documented shapes are understood, everything else is refused with a reason."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from contract.names import Deployment
from contract.notification_rules import notification_rules
from lambdas.notifier.changes import KINDS, read
from lambdas.notifier.changes.execution import ExecutionFailure
from lambdas.notifier.changes.model_version import ModelVersionChange
from lambdas.notifier.events import Ignored, MalformedEventError, UnexpectedEventError

from .stage import EVENTS, METRICS, PIPELINE, failed_execution

if TYPE_CHECKING:
    from .stage import Event, Stage

REMOVED = object()


def example(name: str, path: str = "", value: object = REMOVED) -> Event:
    """AWS's example event, with one field changed or removed."""
    event: Event = json.loads((EVENTS / f"{name}.json").read_text())
    *parents, field = path.split(".")
    target: dict[str, Any] = event
    for parent in parents:
        target = target[parent]
    if path and value is REMOVED:
        del target[field]
    elif path:
        target[field] = value
    return event


def test_every_kind_of_change_has_its_rule_and_every_rule_its_kind() -> None:
    deployment = Deployment(
        project="abalone",
        environment="test",
        account_id="123456789012",
        region="us-east-1",
        log_retention_days=1,
        removal_protection=False,
    )
    rules = [rule.pattern["detail-type"] for rule in notification_rules(deployment, PIPELINE)]
    assert len(rules) == len(KINDS) + 1, "crawls have two rules: for those that failed and those that succeeded"
    assert {str(rule) for rule in rules} == {str([kind.detail_type]) for kind in KINDS}


def test_the_documented_event_of_a_model_version_is_understood() -> None:
    change = read(example("model_package"))

    assert isinstance(change, ModelVersionChange)
    assert (change.group, change.arn.version, change.status) == ("versionedmp-p-idy6c3e1fiqj", 2, "Rejected")
    assert change.changed_at == change.created_at == datetime(2021, 2, 24, 17, 0, 14, tzinfo=UTC)
    assert (change.arn.partition, change.arn.region, change.arn.account_id) == ("aws", "us-east-2", "123456789012")


def test_the_documented_event_of_an_execution_is_understood() -> None:
    event = example("pipeline_execution", "detail.currentPipelineExecutionStatus", "Failed")
    failure = read(event)

    assert isinstance(failure, ExecutionFailure)
    assert (failure.arn.pipeline, failure.arn.execution) == ("myPipeline-123", "p4jn9xou8a8s")
    assert failure.ended_at == datetime(2021, 3, 15, 16, 10, 10, tzinfo=UTC)


def test_the_documented_execution_succeeded_and_is_ignored() -> None:
    assert read(example("pipeline_execution")) == Ignored(
        reason="execution p4jn9xou8a8s of myPipeline-123 is Succeeded"
    )


def test_an_event_is_not_changed_by_reading_it() -> None:
    event = example("model_package")
    before = copy.deepcopy(event)
    read(event)

    assert event == before


MALFORMED: list[tuple[str, str, object, str]] = [
    ("model_package", "id", REMOVED, "id is None; expected the event's id"),
    ("model_package", "id", 7, "id is 7"),
    ("model_package", "id", "../../kpi/forged", "expected letters, digits and hyphens"),
    ("model_package", "id", "a" * 65, "at most 64"),
    ("model_package", "time", REMOVED, "time is None; expected a time in ISO 8601"),
    ("model_package", "time", "yesterday", "time is 'yesterday'"),
    ("model_package", "time", "1e400", "time is '1e400'"),
    ("model_package", "detail-type", REMOVED, "detail-type is None"),
    (
        "model_package",
        "detail-type",
        "SageMaker Endpoint State Change",
        "expected 'SageMaker Model Package State Change'",
    ),
    ("model_package", "detail", REMOVED, "detail is None; expected the change as an object"),
    ("model_package", "detail", "text", "detail is 'text'"),
    ("model_package", "detail", [], "detail is []"),
    ("model_package", "detail.ModelPackageArn", REMOVED, "ModelPackageArn is None"),
    (
        "model_package",
        "detail.ModelPackageArn",
        "arn:aws:s3:::bucket",
        "expected arn:PARTITION:sagemaker:REGION:ACCOUNT",
    ),
    (
        "model_package",
        "detail.ModelPackageArn",
        "arn:aws:sagemaker:us-east-1:123456789012:model-package/alone",
        "GROUP/V",
    ),
    (
        "model_package",
        "detail.ModelPackageArn",
        "arn:aws:sagemaker:us-east-2:123456789012:model-package/versionedmp-p-idy6c3e1fiqj/2; rm -rf ~",
        "ModelPackageArn is",
    ),
    ("model_package", "detail.ModelPackageGroupName", REMOVED, "ModelPackageGroupName is None"),
    ("model_package", "detail.ModelPackageGroupName", " ", "ModelPackageGroupName is ' '"),
    ("model_package", "detail.ModelPackageGroupName", "other", "expected versionedmp-p-idy6c3e1fiqj, as in"),
    ("model_package", "detail.ModelPackageStatus", REMOVED, "ModelPackageStatus is None; expected Pending, InProgress"),
    ("model_package", "detail.ModelApprovalStatus", REMOVED, "ModelApprovalStatus is None; expected PendingManual"),
    ("model_package", "detail.ModelApprovalStatus", "Maybe", "ModelApprovalStatus is 'Maybe'"),
    ("model_package", "detail.LastModifiedTime", "soon", "LastModifiedTime is 'soon'"),
    ("pipeline_execution", "detail.pipelineExecutionArn", REMOVED, "pipelineExecutionArn is None"),
    ("pipeline_execution", "detail.pipelineExecutionArn", "arn:aws:sagemaker:x", "pipeline/NAME/execution/ID"),
    ("pipeline_execution", "detail.currentPipelineExecutionStatus", REMOVED, "currentPipelineExecutionStatus is None"),
]


@pytest.mark.parametrize(("name", "path", "value", "problem"), MALFORMED)
def test_a_malformed_event_is_refused_with_the_field_what_was_given_and_what_is_expected(
    name: str, path: str, value: object, problem: str
) -> None:
    with pytest.raises(MalformedEventError) as caught:
        read(example(name, path, value))
    assert problem in str(caught.value)


def test_a_refused_event_is_logged_and_counted_and_publishes_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(MalformedEventError):
        stage.handle(example("model_package", "detail.ModelPackageArn"))

    assert stage.counts.values == {"EventsRefused": 1}
    assert "event refused" in caplog.text
    assert stage.inbox() == []


def test_events_of_other_groups_and_pipelines_are_refused(stage: Stage) -> None:
    with pytest.raises(UnexpectedEventError, match="check its rule"):
        stage.handle(example("model_package"))
    with pytest.raises(UnexpectedEventError, match="this notifier is about abalone-test"):
        stage.handle(example("pipeline_execution", "detail.currentPipelineExecutionStatus", "Failed"))
    assert stage.inbox() == []


def test_names_in_arns_may_be_in_another_case(stage: Stage) -> None:
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:pipeline/{PIPELINE.upper()}/execution/x"
    for operation in ("DescribePipelineExecution", "ListPipelineExecutionSteps", "ListPipelineParametersForExecution"):
        stage.faults.refuse("sagemaker", operation)

    assert stage.handle(failed_execution(pipelineExecutionArn=arn)) == "notified"
    assert stage.inbox()[0]["Subject"] == f"[test] {PIPELINE} execution x: Failed"


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso-b", "aws-eusc"])
def test_versions_of_every_partition_are_understood(partition: str) -> None:
    arn = f"arn:{partition}:sagemaker:us-east-2:123456789012:model-package/versionedmp-p-idy6c3e1fiqj/2"
    change = read(example("model_package", "detail.ModelPackageArn", arn))

    assert isinstance(change, ModelVersionChange)
    assert change.arn.partition == partition


def test_a_version_without_a_time_of_its_last_change_is_reported(stage: Stage) -> None:
    arn = stage.register(METRICS)
    assert stage.handle(stage.event(arn, LastModifiedTime=None, CreationTime="never")) == "notified"
