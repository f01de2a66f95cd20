"""Messages about failed executions of the pipeline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from .stage import EXECUTION, PIPELINE, failed_execution

if TYPE_CHECKING:
    from .stage import Stage

OPERATIONS = ("DescribePipelineExecution", "ListPipelineExecutionSteps", "ListPipelineParametersForExecution")
JOB = "arn:aws:sagemaker:us-east-1:123456789012:processing-job/pipelines-p4jn9xou8a8s-Evaluate-tmgxry49ug"
STEPS: list[dict[str, object]] = [
    {
        "StepName": "RegisterOrFail",
        "StepStatus": "Failed",
        "EndTime": datetime(2021, 3, 15, 16, 9, tzinfo=UTC),
        "Metadata": {"Fail": {"ErrorMessage": "mse 9.1 is above the threshold 6.0"}},
    },
    {"StepName": "Preprocess", "StepStatus": "Succeeded", "EndTime": datetime(2021, 3, 15, 16, 4, tzinfo=UTC)},
    {
        "StepName": "Evaluate",
        "StepStatus": "Failed",
        "EndTime": datetime(2021, 3, 15, 16, 8, tzinfo=UTC),
        "FailureReason": "AlgorithmError: exit code 1\nFileNotFoundError: model.tar.gz",
        "Metadata": {"ProcessingJob": {"Arn": JOB}},
    },
]


@pytest.fixture
def described(stage: Stage) -> Stage:
    """A stage on which SageMaker knows all of the execution."""
    started_by = {"UserProfileName": "ana", "DomainId": "d-1"}
    parameters = [{"Name": "MseThreshold", "Value": "6.0"}, {"Name": "InputDataUri", "Value": "s3://data/abalone.csv"}]
    stage.faults.answer("sagemaker", OPERATIONS[0], {"FailureReason": "Step failure", "CreatedBy": started_by})
    stage.faults.answer("sagemaker", OPERATIONS[1], {"PipelineExecutionSteps": STEPS})
    stage.faults.answer("sagemaker", OPERATIONS[2], {"PipelineParameters": parameters})
    return stage


def test_a_failed_execution_is_reported_with_the_step_that_failed_first_and_why(described: Stage) -> None:
    assert described.handle(failed_execution()) == "notified"

    [message] = described.inbox()
    assert message["Subject"] == f"[test] {PIPELINE} execution p4jn9xou8a8s: Failed"
    facts = {line[:29].strip(): line[29:] for line in message["Message"].split("\n\n")[1].splitlines()}
    assert facts == {
        "Status": "Failed",
        "Environment": "test",
        "Pipeline": PIPELINE,
        "Execution": "SomeDisplayName",
        "Started at": "2021-03-15T16:03:13Z",
        "Ended at": "2021-03-15T16:10:10Z",
        "Started by": "ana (Studio domain d-1)",
        "Failed step": "Evaluate",
        "Reason": "AlgorithmError: exit code 1 FileNotFoundError: model.tar.gz",
        "Also failed: RegisterOrFail": "mse 9.1 is above the threshold 6.0",
        "ARN": EXECUTION,
        "Parameter InputDataUri": "s3://data/abalone.csv",
        "Parameter MseThreshold": "6.0",
    }


def test_the_message_links_to_the_failed_job_and_says_how_to_retry(described: Stage) -> None:
    described.handle(failed_execution())

    text = described.inbox()[0]["Message"]
    job = "pipelines-p4jn9xou8a8s-Evaluate-tmgxry49ug"
    page = "https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1#/processing-jobs"
    assert f"Job of step Evaluate: {page}/{job}\n" in text
    assert f"$252Faws$252Fsagemaker$252FProcessingJobs$3FlogStreamNameFilter$3D{job}" in text
    retry = f"aws sagemaker retry-pipeline-execution --pipeline-execution-arn {EXECUTION} --region us-east-1"
    assert f"To retry, from the failed step on:\n  {retry}\n" in text


def test_the_attributes_name_the_pipeline(described: Stage) -> None:
    described.handle(failed_execution())

    attributes = described.inbox()[0]["MessageAttributes"]
    assert {name: attribute["Value"] for name, attribute in attributes.items()} == {
        "environment": "test",
        "kind": "pipeline-execution",
        "status": "Failed",
        "pipeline": PIPELINE,
    }


def test_the_failure_is_recorded(described: Stage) -> None:
    event = failed_execution()
    described.handle(event)

    [record] = described.records().values()
    assert {name: value for name, value in record.items() if value is not None} == {
        "event_id": event["id"],
        "event_time": event["time"],
        "kind": "pipeline-execution",
        "environment": "test",
        "account": "123456789012",
        "region": "us-east-1",
        "pipeline": PIPELINE,
        "arn": EXECUTION,
        "status": "Failed",
        "changed_at": "2021-03-15T16:10:10Z",
        "changed_by": "ana (Studio domain d-1)",
        "reason": "AlgorithmError: exit code 1\nFileNotFoundError: model.tar.gz",
        "failed_step": "Evaluate",
        "execution_arn": EXECUTION,
        "created_at": "2021-03-15T16:03:13Z",
    }


@pytest.mark.parametrize("denied", OPERATIONS)
def test_a_failure_is_reported_even_where_a_part_cannot_be_looked_up(described: Stage, denied: str) -> None:
    described.faults.refuse("sagemaker", denied, "AccessDeniedException")

    assert described.handle(failed_execution()) == "notified"
    assert f"are missing: access denied ({denied})." in described.inbox()[0]["Message"]


def test_a_failure_of_which_nothing_is_known_is_reported(stage: Stage) -> None:
    for operation in OPERATIONS:
        stage.faults.refuse("sagemaker", operation, "ResourceNotFound")
    event = failed_execution(pipelineExecutionDisplayName=None, executionStartTime=None, executionEndTime=None)

    stage.handle(event)

    text = stage.inbox()[0]["Message"]
    assert "Execution    p4jn9xou8a8s" in text
    assert "Reason       not known" in text
    assert "retry-pipeline-execution" in text


def test_an_execution_without_failed_steps_fails_for_its_own_reason(described: Stage) -> None:
    described.faults.answer("sagemaker", OPERATIONS[1], {"PipelineExecutionSteps": []})
    described.handle(failed_execution())

    assert "Reason                  Step failure" in described.inbox()[0]["Message"]


@pytest.mark.parametrize("status", ["Executing", "Stopping", "Stopped", "Succeeded"])
def test_executions_that_did_not_fail_are_not_reported(stage: Stage, status: str) -> None:
    assert stage.handle(failed_execution(currentPipelineExecutionStatus=status)) == "ignored"
    assert stage.inbox() == []


def test_an_execution_that_is_retried_and_fails_again_is_reported_again(described: Stage) -> None:
    described.handle(failed_execution())
    described.handle(failed_execution())
    described.handle(failed_execution(executionEndTime="2021-03-15T17:00:00Z"))

    assert len(described.inbox()) == 2
