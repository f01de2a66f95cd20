"""An execution from its first step to its last."""

from dataclasses import replace
from typing import TYPE_CHECKING

from localcloud.runners.executions import schedule
from localcloud.runners.executions.errors import ExecutionError, StepFailedError, StoppedError
from localcloud.runners.executions.execution import Execution, parameter_values
from localcloud.runners.executions.report import Report
from localcloud.runners.executions.retries import with_retries
from localcloud.runners.executions.steps import STEP_TYPES, Job, Result
from localcloud.runners.executions.stop import Stop
from localcloud.runners.executions.storage import Storage
from localcloud.runners.executions.validation import InvalidDefinitionError, require_valid
from localcloud.runners.executions.validation.steps import Step
from localcloud.runners.executions.variables import Variables

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

# What DescribePipelineExecution says, whichever step it was; the step's own reason says more.
STEP_FAILURE = "Step failure: One or multiple steps failed."


def run(execution: Execution, s3: "S3Client", sagemaker: "SageMakerClient", report: Report, stop: Stop) -> str:
    """Runs the execution, reporting as it goes; returns "Succeeded", "Failed" or "Stopped"."""
    try:
        check(execution)
        variables_of = parameter_values(execution)
    except ExecutionError as error:
        report.end("Failed", str(error))
        return "Failed"
    storage = Storage(s3, execution.region, execution.role_arn)
    variables = Variables(execution, variables_of, storage.read)
    steps = schedule.Schedule(execution.definition)
    for step in steps:
        job = Job(step=step, execution=execution, variables=variables, storage=storage, sagemaker=sagemaker, stop=stop)
        status, result = _step(job, report)
        if status != "Succeeded":
            report.end(status, STEP_FAILURE if status == "Failed" else None)
            return status
        variables.properties[step["Name"]] = result.properties
        variables.property_files[step["Name"]] = result.property_files
        if result.outcome is not None:
            steps.take(step, result.outcome)
    report.end("Succeeded")
    return "Succeeded"


def check(execution: Execution) -> None:
    """Raises ExecutionError for a definition that is not valid, or that has something in it that can't be run here."""
    try:
        require_valid(execution.definition)
    except InvalidDefinitionError as error:
        raise ExecutionError(str(error)) from error
    problems = [
        f"{step['Name']}: {problem}"
        for step in schedule.every_step(execution.definition)
        for problem in _unsupported(step)
    ]
    if problems:
        raise ExecutionError("The local runner can't run this pipeline: " + "; ".join(problems))


def _unsupported(step: Step) -> list[str]:
    if step["Type"] not in STEP_TYPES:
        return [f"step type {step['Type']!r} is not supported, only {', '.join(STEP_TYPES)}"]
    return list(STEP_TYPES[step["Type"]].unsupported(step))


def _step(job: Job, report: Report) -> tuple[str, Result]:
    step = job.step
    report.step(step, "Starting")

    def attempt() -> Result:
        job.stop.check()
        report.step(step, "Executing")
        return STEP_TYPES[step["Type"]].run(replace(job))

    try:
        result = with_retries(step.get("RetryPolicies", []), attempt, job.stop.pause)
    except StoppedError:
        report.step(step, "Stopped")
        return "Stopped", Result()
    except StepFailedError as error:
        report.step(step, "Failed", failure_reason=str(error), metadata=error.metadata)
        return "Failed", Result()
    report.step(step, "Succeeded", metadata=result.metadata, message=result.message)
    return "Succeeded", result
