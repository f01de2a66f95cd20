"""Executions of the SageMaker pipeline for the report, as the API tells them once they are over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from demo.report.model import Execution, Measurement, Step


def told(sagemaker: Any, arn: str, measurement: Measurement | None = None) -> Execution:
    """An execution with its steps in the order they began; `measurement` is what its model was judged by."""
    execution = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    began: datetime = execution["CreationTime"]
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=arn, SortOrder="Ascending"
    )
    return Execution(
        name=execution.get("PipelineExecutionDisplayName") or arn.rpartition("/")[2],
        execution_id=arn.rpartition("/")[2],
        status=execution["PipelineExecutionStatus"],
        seconds=(execution["LastModifiedTime"] - began).total_seconds(),
        steps=tuple(_step(step, began) for page in pages for step in page["PipelineExecutionSteps"]),
        measurement=measurement,
        failure_reason=execution.get("FailureReason", ""),
    )


def _step(step: dict[str, Any], execution_began: datetime) -> Step:
    start, end = step.get("StartTime"), step.get("EndTime")
    return Step(
        name=step["StepName"],
        kind=next(iter(step.get("Metadata", {})), ""),
        status=step["StepStatus"],
        start=max((start - execution_began).total_seconds(), 0.0) if start else None,
        seconds=(end - start).total_seconds() if start and end else 0.0,
    )
