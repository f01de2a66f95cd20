"""The ML pipeline in the demo: upserted as a build would, executed as a data scientist would."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contract.layout import EVALUATION_FILE, PipelineArtifacts
from demo import ROOT, DemoError, Patience
from demo.report.model import Execution, Measurement, Step

_PATIENCE = Patience(poll_seconds=0.25, longest_seconds=600)
_OVER = ("Succeeded", "Failed", "Stopped")


class PipelineError(DemoError):
    """The upsert or an execution did not do what it should; the message is its own."""


@dataclass(frozen=True)
class EndedExecution:
    """An execution that is over: its steps by name with their statuses, and how long it was waited for."""

    arn: str
    status: str
    failure_reason: str
    steps: Mapping[str, str]
    seconds: float

    @property
    def execution_id(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]


def upsert(environment: Mapping[str, str], pipeline_environment: Mapping[str, str]) -> dict[str, Any]:
    """Run the upsert with the stack's output as its environment; return what it prints.

    Raises:
        PipelineError: it fails.
    """
    command = [sys.executable, "-m", "pipeline_def.upsert"]
    variables = {**environment, **pipeline_environment}
    result = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    if result.returncode:
        raise PipelineError(result.stderr.strip())
    return json.loads(result.stdout.strip().splitlines()[-1])


def start(sagemaker: Any, name: str, display_name: str, parameters: Mapping[str, str]) -> str:
    """Start an execution; return its ARN."""
    return sagemaker.start_pipeline_execution(
        PipelineName=name,
        PipelineExecutionDisplayName=display_name,
        PipelineParameters=[{"Name": key, "Value": value} for key, value in parameters.items()],
    )["PipelineExecutionArn"]


def wait(sagemaker: Any, arn: str, progress: Callable[[str], None], patience: Patience = _PATIENCE) -> EndedExecution:
    """Wait until an execution is over, and report which steps are under way.

    Raises:
        PipelineError: it takes too long, by default longer than ten minutes.
    """
    began = time.monotonic()
    while time.monotonic() - began < patience.longest_seconds:
        execution = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        steps = _steps(sagemaker, arn)
        progress(", ".join(name for name, status in steps.items() if status in ("Starting", "Executing")))
        if execution["PipelineExecutionStatus"] in _OVER:
            return EndedExecution(
                arn=arn,
                status=execution["PipelineExecutionStatus"],
                failure_reason=execution.get("FailureReason", ""),
                steps=steps,
                seconds=time.monotonic() - began,
            )
        time.sleep(patience.poll_seconds)
    raise PipelineError(f"{arn} is not over after {patience.longest_seconds:.0f} s")


def evaluation(s3: Any, pipeline_environment: Mapping[str, str], execution: EndedExecution) -> dict[str, Any]:
    """Return the regression metrics that an execution wrote, by name."""
    artifacts = PipelineArtifacts(pipeline_environment["SAGEMAKER_PIPELINE_NAME"])
    prefix = f"{artifacts.executions}/{execution.execution_id}/"
    bucket = pipeline_environment["ARTIFACT_BUCKET"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = (entry["Key"] for page in pages for entry in page.get("Contents", []))
    key = next(key for key in keys if key.endswith(f"/{EVALUATION_FILE}"))
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return json.loads(body)["regression_metrics"]


def _steps(sagemaker: Any, arn: str) -> dict[str, str]:
    """Return the steps' statuses in the order they began."""
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=arn, SortOrder="Ascending"
    )
    return {step["StepName"]: step["StepStatus"] for page in pages for step in page["PipelineExecutionSteps"]}


def described(sagemaker: Any, arn: str, measurement: Measurement | None = None) -> Execution:
    """Return an execution that is over, its steps in the order they began; `measurement` judged its model."""
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
        steps=tuple(_described_step(step, began) for page in pages for step in page["PipelineExecutionSteps"]),
        measurement=measurement,
        failure_reason=execution.get("FailureReason", ""),
    )


def _described_step(step: dict[str, Any], execution_began: datetime) -> Step:
    start, end = step.get("StartTime"), step.get("EndTime")
    return Step(
        name=step["StepName"],
        kind=next(iter(step.get("Metadata", {})), ""),
        status=step["StepStatus"],
        start=max((start - execution_began).total_seconds(), 0.0) if start else None,
        seconds=(end - start).total_seconds() if start and end else 0.0,
    )
