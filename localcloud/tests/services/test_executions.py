"""Pipeline executions: parameters, the execution role, the runner's lines, stopping."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud, Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import Deployment

pytestmark = pytest.mark.local

RUNNER = """
import json, os, subprocess, sys, time
from datetime import UTC, datetime
import boto3

request = json.load(open(sys.argv[1]))

def say(**line):
    print(json.dumps({**line, "time": datetime.now(UTC).isoformat()}), flush=True)

say(step="Look", type="Processing", status="Starting")
say(step="Look", type="Processing", status="Executing")
mode = request["parameters"]["Mode"]
if mode == "crash":
    sys.exit(3)
if mode == "wait":
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    open(os.path.join(request["workdir"], "child"), "w").write(str(child.pid))
    time.sleep(600)
if mode == "fail":
    say(step="Look", type="Processing", status="Failed", failure_reason="no data")
    say(execution="Failed", failure_reason="Step failure: Look")
    sys.exit(0)
seen = {"arn": boto3.client("sts").get_caller_identity()["Arn"], "request": request,
        "variables": sorted(name for name in os.environ if name.startswith("AWS_"))}
json.dump(seen, open(os.path.join(request["workdir"], "seen.json"), "w"))
say(step="Look", type="Processing", status="Succeeded", metadata={"ProcessingJob": {"Arn": "arn:aws:sagemaker:job"}})
say(execution="Succeeded")
"""
DEFINITION = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": "Mode", "Type": "String", "DefaultValue": "ok", "EnumValues": ["ok", "fail", "crash", "wait"]},
        {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
    ],
    "Steps": [{"Name": "Look", "Type": "Processing", "Arguments": {}}],
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A cloud whose runner does what the parameter Mode says."""
    folder = tmp_path_factory.mktemp("executions")
    script = folder / "runner.py"
    script.write_text(RUNNER, encoding="utf-8")
    with LocalCloud(folder / "cloud", Options(runner=f"{sys.executable} {script}")) as started:
        yield started


@pytest.fixture
def pipeline(deployment: Deployment) -> str:
    """The name of a pipeline with an execution role that SageMaker can assume."""
    role = deployment.role("execution", "sagemaker.amazonaws.com")
    name = f"{deployment.prefix}-pipeline"
    deployment.root("sagemaker").create_pipeline(
        PipelineName=name, RoleArn=role, PipelineDefinition=json.dumps(DEFINITION), ClientRequestToken="t" * 32
    )
    return name


def start(deployment: Deployment, pipeline: str, **parameters: str) -> str:
    pipeline_parameters = [{"Name": name, "Value": value} for name, value in parameters.items()]
    answer = deployment.root("sagemaker").start_pipeline_execution(
        PipelineName=pipeline, PipelineParameters=pipeline_parameters
    )
    return str(answer["PipelineExecutionArn"])


def end(deployment: Deployment, execution: str) -> dict[str, Any]:
    sagemaker = deployment.root("sagemaker")

    def ended() -> dict[str, Any] | None:
        description = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)
        return description if description["PipelineExecutionStatus"] not in {"Executing", "Stopping"} else None

    return dict(deployment.eventually(ended))


def statuses(deployment: Deployment, execution: str) -> list[tuple[str | None, str]]:
    """The status changes that became events."""
    details = [entry["event"]["detail"] for entry in deployment.cloud.internal("GET", "/_local/events")]
    return [
        (detail.get("previousPipelineExecutionStatus"), detail["currentPipelineExecutionStatus"])
        for detail in details
        if detail.get("pipelineExecutionArn") == execution
    ]


def test_an_execution_runs_as_the_pipelines_role_and_ends_as_its_runner_says(
    deployment: Deployment, pipeline: str
) -> None:
    execution = start(deployment, pipeline, Count="3")
    description = end(deployment, execution)
    identifier = execution.rsplit("/", 1)[-1]
    workdir = deployment.cloud.layout.executions / identifier
    seen = json.loads((workdir / "seen.json").read_text())

    assert description["PipelineExecutionStatus"] == "Succeeded"
    role = f"assumed-role/{deployment.prefix}-execution/SageMaker-{identifier}"
    assert seen["arn"] == f"arn:aws:sts::123456789012:{role}"
    assert seen["request"]["parameters"] == {"Mode": "ok", "Count": "3"}
    assert seen["request"]["definition"] == DEFINITION
    assert "AWS_SESSION_TOKEN" in seen["variables"]
    (step,) = deployment.root("sagemaker").list_pipeline_execution_steps(PipelineExecutionArn=execution)[
        "PipelineExecutionSteps"
    ]
    assert (step["StepName"], step["StepStatus"]) == ("Look", "Succeeded")
    assert step["Metadata"] == {"ProcessingJob": {"Arn": "arn:aws:sagemaker:job"}}
    assert statuses(deployment, execution) == [(None, "Executing"), ("Executing", "Succeeded")]


def test_a_failed_step_gives_the_execution_its_reason(deployment: Deployment, pipeline: str) -> None:
    description = end(deployment, execution := start(deployment, pipeline, Mode="fail"))
    assert (description["PipelineExecutionStatus"], description["FailureReason"]) == ("Failed", "Step failure: Look")
    (step,) = deployment.root("sagemaker").list_pipeline_execution_steps(PipelineExecutionArn=execution)[
        "PipelineExecutionSteps"
    ]
    assert (step["StepStatus"], step["FailureReason"]) == ("Failed", "no data")


def test_a_runner_that_dies_fails_the_execution(deployment: Deployment, pipeline: str) -> None:
    description = end(deployment, start(deployment, pipeline, Mode="crash"))
    assert description["PipelineExecutionStatus"] == "Failed"
    assert "exit code 3" in description["FailureReason"]


def test_stopping_an_execution_ends_its_processes(deployment: Deployment, pipeline: str) -> None:
    execution = start(deployment, pipeline, Mode="wait")
    child = child_of(deployment, execution)
    deployment.root("sagemaker").stop_pipeline_execution(PipelineExecutionArn=execution, ClientRequestToken="stop-" * 8)
    assert end(deployment, execution)["PipelineExecutionStatus"] == "Stopped"
    assert gone(child)
    assert statuses(deployment, execution)[1:] == [("Executing", "Stopping"), ("Stopping", "Stopped")]


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has asked for its exit code yet has."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def child_of(deployment: Deployment, execution: str) -> int:
    """The process id of the process that the runner started."""
    file: Path = deployment.cloud.layout.executions / execution.rsplit("/", 1)[-1] / "child"
    return int(deployment.eventually(lambda: file.exists() and file.read_text()))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"Nonsense": "1"}, "Unknown parameters ['Nonsense']"),
        ({"Count": "many"}, "Parameter Count must be of type Integer"),
        ({"Mode": "sideways"}, "Parameter Mode must be one of"),
    ],
)
def test_wrong_parameters_are_refused(
    deployment: Deployment, pipeline: str, parameters: dict[str, str], message: str
) -> None:
    with pytest.raises(ClientError, match="ValidationException") as caught:
        start(deployment, pipeline, **parameters)
    assert message in str(caught.value)


def test_a_repeated_request_token_starts_one_execution(deployment: Deployment, pipeline: str) -> None:
    sagemaker = deployment.root("sagemaker")
    request = {"PipelineName": pipeline, "ClientRequestToken": "again-" * 6}
    arns = {sagemaker.start_pipeline_execution(**request)["PipelineExecutionArn"] for _ in range(2)}
    assert len(arns) == 1
    end(deployment, arns.pop())


def test_a_role_that_does_not_trust_sagemaker_runs_nothing(deployment: Deployment) -> None:
    role = deployment.role("execution", "lambda.amazonaws.com")
    name = f"{deployment.prefix}-pipeline"
    sagemaker = deployment.root("sagemaker")
    sagemaker.create_pipeline(
        PipelineName=name, RoleArn=role, PipelineDefinition=json.dumps(DEFINITION), ClientRequestToken="t" * 32
    )
    with pytest.raises(ClientError, match="Could not assume role"):
        start(deployment, name)
    assert sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"] == []


def test_a_trust_policys_source_condition_is_checked(deployment: Deployment) -> None:
    elsewhere = {"ArnEquals": {"aws:SourceArn": deployment.arn("sagemaker", "pipeline/another")}}
    role = deployment.role("execution", "sagemaker.amazonaws.com", Condition=elsewhere)
    name = f"{deployment.prefix}-pipeline"
    deployment.root("sagemaker").create_pipeline(
        PipelineName=name, RoleArn=role, PipelineDefinition=json.dumps(DEFINITION), ClientRequestToken="t" * 32
    )
    with pytest.raises(ClientError, match="Could not assume role"):
        start(deployment, name)


def test_an_execution_does_not_outlive_a_killed_server(
    new_cloud: Callable[..., LocalCloud], deployment_on: Callable[[LocalCloud], Deployment], tmp_path: Path
) -> None:
    (tmp_path / "runner.py").write_text(RUNNER, encoding="utf-8")
    deployment = deployment_on(new_cloud(runner=f"{sys.executable} {tmp_path / 'runner.py'}"))
    role = deployment.role("execution", "sagemaker.amazonaws.com")
    name = f"{deployment.prefix}-pipeline"
    deployment.root("sagemaker").create_pipeline(
        PipelineName=name, RoleArn=role, PipelineDefinition=json.dumps(DEFINITION), ClientRequestToken="t" * 32
    )
    child = child_of(deployment, start(deployment, name, Mode="wait"))
    os.kill(deployment.cloud.pid, signal.SIGKILL)
    deployment.eventually(lambda: gone(child))
