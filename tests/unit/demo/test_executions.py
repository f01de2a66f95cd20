from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.stub import Stubber

from demo import ml_pipeline
from demo.report.model import Measurement, Step

ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/abalone-local/execution/k2v9x0q1m3ab"
BEGAN = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def client() -> Any:
    return boto3.client("sagemaker", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def test_an_execution_is_told_with_all_pages_of_its_steps() -> None:
    sagemaker = client()
    judged = Measurement(metric="MSE", value=2932.5, threshold=1.0)
    with Stubber(sagemaker) as stub:
        described = {
            "PipelineExecutionDisplayName": "above-threshold",
            "PipelineExecutionStatus": "Failed",
            "FailureReason": "Step failure",
            "CreationTime": BEGAN,
            "LastModifiedTime": after(12),
        }
        stub.add_response("describe_pipeline_execution", described, {"PipelineExecutionArn": ARN})
        train = {"StepName": "Train", "StepStatus": "Succeeded", "StartTime": after(1), "EndTime": after(8.5)}
        fail = {"StepName": "TooFarOff", "StepStatus": "Failed", "StartTime": after(9), "EndTime": after(9.5)}
        asked = {"PipelineExecutionArn": ARN, "SortOrder": "Ascending"}
        stub.add_response(
            "list_pipeline_execution_steps",
            {"PipelineExecutionSteps": [train | {"Metadata": {"TrainingJob": {"Arn": "a"}}}], "NextToken": "more"},
            asked,
        )
        stub.add_response(
            "list_pipeline_execution_steps",
            {"PipelineExecutionSteps": [fail | {"Metadata": {"Fail": {"ErrorMessage": "m"}}}]},
            asked | {"NextToken": "more"},
        )
        execution = ml_pipeline.described(sagemaker, ARN, judged)

    assert (execution.name, execution.execution_id, execution.status) == ("above-threshold", "k2v9x0q1m3ab", "Failed")
    assert (execution.seconds, execution.failure_reason, execution.measurement) == (12.0, "Step failure", judged)
    assert execution.steps == (
        Step(name="Train", kind="TrainingJob", status="Succeeded", start=1.0, seconds=7.5),
        Step(name="TooFarOff", kind="Fail", status="Failed", start=9.0, seconds=0.5),
    )


def test_a_step_that_is_not_over_has_no_length_and_an_execution_without_a_name_its_id() -> None:
    sagemaker = client()
    with Stubber(sagemaker) as stub:
        described = {"PipelineExecutionStatus": "Stopped", "CreationTime": BEGAN, "LastModifiedTime": after(2)}
        stub.add_response("describe_pipeline_execution", described)
        steps = [{"StepName": "Train", "StepStatus": "Stopped"}]
        stub.add_response("list_pipeline_execution_steps", {"PipelineExecutionSteps": steps})
        execution = ml_pipeline.described(sagemaker, ARN)
    assert execution.name == "k2v9x0q1m3ab"
    assert execution.steps == (Step(name="Train", kind="", status="Stopped"),)
