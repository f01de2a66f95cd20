"""Whole executions; the steps' programs really run."""

import io
import json
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

import psutil
import pytest

from localcloud.runners.executions.definition import Step
from localcloud.runners.executions.errors import ExecutionError
from localcloud.runners.executions.protocol import Execution
from localcloud.runners.executions.run import STEP_FAILURE, check
from localcloud.runners.executions.stop import Stop

from .definitions import BUCKET, client, condition, fail, processing, register, training

Runs = Callable[..., tuple[str, list[dict[str, Any]]]]
Make = Callable[..., Execution]

UNKNOWN_SURPRISE = "CreateProcessingJobRequest has no member Surprise"
COPY = (
    "import pathlib, sys; out = pathlib.Path(sys.argv[1]); (out / 'copy.json').write_text(sys.argv[2]); print(sys.argv)"
)


def read(s3: Any, key: str) -> bytes:
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(check: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether `check` comes true within some seconds: a signal has been sent before the process is gone."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def reason(lines: list[dict[str, Any]]) -> str:
    return next(line["failure_reason"] for line in lines if line.get("status") == "Failed")


def test_a_processing_step_takes_its_input_from_s3_and_puts_its_output_there(execution: Make, outcome: Runs, s3: Any):
    program = (
        "import os, pathlib, sys; folder = pathlib.Path(os.environ['INPUT']);"
        "pathlib.Path(sys.argv[1], 'sub').mkdir();"
        "pathlib.Path(sys.argv[1], 'sub', 'out.txt').write_text((folder / 'data.csv').read_text() + sys.argv[2])"
    )
    count = {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Count"}]}}
    step = processing("Prepare", program, count, Environment={"INPUT": "/opt/ml/processing/input"})
    counting = execution(step, parameters=[{"Name": "Count", "Type": "Integer", "DefaultValue": 1}], Count="7")
    status, lines = outcome(counting)
    assert status == "Succeeded"
    assert read(s3, "Prepare/out/sub/out.txt") == b"1,2\n7"
    assert [line.get("status") for line in lines] == ["Starting", "Executing", "Succeeded", None]
    assert lines[2]["type"] == "Processing"
    assert lines[2]["metadata"]["ProcessingJob"]["Arn"].startswith(
        "arn:aws:sagemaker:us-east-1:123456789012:processing-job/pipelines-abc123-Prepare-"
    )
    assert lines[-1]["execution"] == "Succeeded"


def test_a_training_step_gives_channels_and_hyperparameters_and_stores_the_model(
    execution: Make, outcome: Runs, s3: Any
):
    program = (
        "from os import environ as e; p = e['SM_INPUT_DIR'] + '/config/hyperparameters.json';"
        "w = open(e['SM_MODEL_DIR'] + '/m', 'w');"
        "w.write(open(p).read() + open(e['SM_CHANNEL_TRAIN'] + '/data.csv').read());"
        "print('loss=0.5\\nloss=0.25')"
    )
    steps = [training("Train", program), fail("Stop", {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"})]
    _, lines = outcome(execution(*steps))
    assert [line.get("status") for line in lines[:3]] == ["Starting", "Executing", "Succeeded"], lines
    trained = lines[2]
    job = trained["metadata"]["TrainingJob"]["Arn"].partition("/")[2]
    assert trained["message"] == "loss=0.25"
    assert reason(lines) == f"s3://bucket/models/{job}/output/model.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(read(s3, f"models/{job}/output/model.tar.gz"))) as archive:
        model = archive.extractfile("m")
        assert model
        assert model.read() == b'{"depth": "3"}1,2\n'


@pytest.mark.parametrize(("limit", "taken"), [("5", "register"), ("4", "fail")])
def test_a_condition_on_a_property_file_decides_between_registering_and_failing(
    execution: Make, outcome: Runs, limit: str, taken: str
):
    sagemaker = client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="models")
    evaluate = processing("Evaluate", COPY, '{"mse": 4.5}')
    evaluate["PropertyFiles"] = [{"PropertyFileName": "Report", "OutputName": "out", "FilePath": "copy.json"}]
    measured = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": "mse"}}
    threshold = {"Get": "Parameters.Limit"}
    check = condition(
        "Check",
        {"Type": "LessThanOrEqualTo", "LeftValue": measured, "RightValue": threshold},
        yes=[register("Register", "models", "s3://bucket/model.tar.gz")],
        no=[fail("TooHigh", {"Std:Join": {"On": " ", "Values": ["mse", measured, "above", threshold]}})],
    )
    parameters = [{"Name": "Limit", "Type": "Float", "DefaultValue": 1.0}]
    status, lines = outcome(execution(evaluate, check, parameters=parameters, Limit=limit))
    decided = next(line for line in lines if line.get("step") == "Check" and line["status"] == "Succeeded")
    registered = sagemaker.list_model_packages(ModelPackageGroupName="models")["ModelPackageSummaryList"]
    if taken == "register":
        assert status == "Succeeded"
        assert decided["metadata"] == {"Condition": {"Outcome": "True"}}
        assert [lines[-2]["metadata"]["RegisterModel"]["Arn"]] == [package["ModelPackageArn"] for package in registered]
    else:
        assert status == "Failed"
        assert decided["metadata"] == {"Condition": {"Outcome": "False"}}
        assert decided["message"] == "4.5 <= 4.0"
        assert reason(lines) == "mse 4.5 above 4.0"
        assert lines[-2]["metadata"] == {"Fail": {"ErrorMessage": "mse 4.5 above 4.0"}}
        assert lines[-1]["failure_reason"] == STEP_FAILURE
        assert registered == []


def test_a_failing_program_ends_the_execution_with_the_end_of_its_log(execution: Make, outcome: Runs, s3: Any):
    program = "import sys; print('reading'); sys.exit('the column rings is missing')"
    failing = execution(processing("Prepare", program), processing("Never", "pass"))
    status, lines = outcome(failing)
    assert status == "Failed"
    assert reason(lines).startswith("AlgorithmError: ")
    assert reason(lines).endswith("the column rings is missing, exit code: 1")
    assert not [line for line in lines if line.get("step") == "Never"]
    assert (failing.workdir / "Prepare.log").read_text() == "reading\nthe column rings is missing\n"
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="Prepare")["KeyCount"] == 0


def test_what_a_training_job_writes_about_its_failure_is_the_reason(execution: Make, outcome: Runs):
    program = (
        "import os, pathlib, sys; print('noise');"
        "pathlib.Path(os.environ['SM_OUTPUT_DIR'], 'failure').write_text('no convergence'); sys.exit(3)"
    )
    _, lines = outcome(execution(training("Train", program)))
    assert reason(lines) == "AlgorithmError: no convergence, exit code: 3"


def test_an_input_that_does_not_exist_is_named_as_sagemaker_names_it(execution: Make, outcome: Runs):
    step = processing("Prepare", "pass")
    step["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"] = "s3://bucket/nothing/"
    _, lines = outcome(execution(step))
    assert reason(lines).startswith(
        'ClientError: No S3 objects found under S3 URL "s3://bucket/nothing/" given in input'
    )
    step["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"] = "s3://no-such-bucket/x"


def test_a_bucket_that_does_not_exist_is_the_reason(execution: Make, outcome: Runs):
    step = processing("Prepare", "pass")
    step["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"] = "s3://no-such-bucket/x"
    _, lines = outcome(execution(step))
    assert "Data download failed for s3://no-such-bucket/x: NoSuchBucket (404)" in reason(lines)


def test_registering_in_a_group_that_does_not_exist_fails_the_step(execution: Make, outcome: Runs):
    _, lines = outcome(execution(register("Register", "no-such-group", "s3://bucket/model.tar.gz")))
    assert reason(lines).startswith("ClientError: Failed to invoke sagemaker:CreateModelPackage. Error Details:")


def test_a_job_that_takes_too_long_is_ended(execution: Make, outcome: Runs):
    step = processing("Prepare", "import time; time.sleep(60)", StoppingCondition={"MaxRuntimeInSeconds": 1})
    started = time.monotonic()
    _, lines = outcome(execution(step))
    assert reason(lines) == "ClientError: the job ran longer than MaxRuntimeInSeconds, 1 seconds"
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("isolated", [True, False])
def test_an_isolated_job_has_no_credentials_and_no_job_has_the_callers_environment(
    execution: Make, outcome: Runs, s3: Any, isolated: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SECRET_OF_THE_CALLER", "x")
    program = (
        "import json, os, pathlib, sys; pathlib.Path(sys.argv[1], 'env.json').write_text(json.dumps(dict(os.environ)))"
    )
    network = {"EnableNetworkIsolation": isolated}
    assert outcome(execution(processing("Prepare", program, NetworkConfig=network)))[0] == "Succeeded"
    environment = json.loads(read(s3, "Prepare/out/env.json"))
    assert "SECRET_OF_THE_CALLER" not in environment
    assert ("AWS_SECRET_ACCESS_KEY" in environment) is not isolated
    assert environment["HOME"].startswith(str(execution().workdir))


def test_a_stop_ends_the_running_step_and_its_children_and_runs_no_other(
    execution: Make, outcome: Runs, tmp_path: Path
):
    file = tmp_path / "child"
    program = (
        "import pathlib, signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "pathlib.Path(sys.argv[2]).write_text(str(child.pid)); time.sleep(60)"
    )
    stop = Stop()

    def ask_once_it_runs() -> None:
        while not file.exists() or not file.read_text():
            time.sleep(0.02)
        stop.ask()

    timer = Timer(0, ask_once_it_runs)
    timer.start()
    status, lines = outcome(execution(processing("Prepare", program, str(file)), processing("Never", "pass")), stop)
    timer.join()
    assert status == "Stopped"
    assert [line.get("status") for line in lines] == ["Starting", "Executing", "Stopped", None]
    assert lines[-1]["execution"] == "Stopped"
    assert eventually(lambda: not runs(int(file.read_text())))


def test_what_a_step_leaves_running_ends_with_it(execution: Make, outcome: Runs, s3: Any):
    program = (
        "import pathlib, subprocess, sys;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "pathlib.Path(sys.argv[1], 'child').write_text(str(child.pid))"
    )
    assert outcome(execution(processing("Prepare", program)))[0] == "Succeeded"
    child = int(read(s3, "Prepare/out/child"))
    assert eventually(lambda: not runs(child))


def lambda_step() -> Step:
    return {"Name": "Call", "Type": "Lambda", "Arguments": {}}


def changed(step: Step, path: str, value: Any) -> Step:
    *parents, last = path.split(".")
    place: Any = step["Arguments"]
    for parent in parents:
        place = place[int(parent) if parent.isdigit() else parent]
    place[last] = value
    return step


def without_entry_point(step: Step, member: str) -> Step:
    del step["Arguments"][member]["ContainerEntrypoint"]
    return step


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (lambda_step(), "Call: step type 'Lambda' is not supported"),
        (
            changed(processing("P", ""), "ProcessingInputs.0.S3Input.S3InputMode", "Pipe"),
            "S3InputMode 'Pipe' is not supported",
        ),
        (
            changed(processing("P", ""), "ProcessingOutputConfig.Outputs.0.S3Output.S3UploadMode", "Continuous"),
            "'EndOfJob'",
        ),
        (without_entry_point(processing("P", ""), "AppSpecification"), "needs a ContainerEntrypoint"),
        (without_entry_point(training("T", ""), "AlgorithmSpecification"), "needs a ContainerEntrypoint"),
        (changed(training("T", ""), "InputDataConfig.0.InputMode", "Pipe"), "only the input modes File and FastFile"),
        (changed(training("T", ""), "OutputDataConfig.CompressionType", "NONE"), "only CompressionType 'GZIP'"),
        (condition("C", {"Type": "Like"}), "condition type 'Like' is not supported"),
        (
            processing("P", "", Surprise=1),
            f"P: 1 validation error detected: Value '1' at 'surprise' failed to satisfy constraint: {UNKNOWN_SURPRISE}",
        ),
        (fail("F", {"Get": "Parameters.Nothing"}), "Parameters.Nothing refers to nothing"),
    ],
)
def test_what_cannot_be_run_is_named(execution: Make, step: Step, expected: str):
    with pytest.raises(ExecutionError) as error:
        check(execution(step).definition)
    assert expected in str(error.value)


def test_nothing_runs_where_one_step_cannot(execution: Make, outcome: Runs):
    status, lines = outcome(execution(processing("First", "raise SystemExit('this must not run')"), lambda_step()))
    assert status == "Failed"
    assert len(lines) == 1
    assert "The local runner can't run this pipeline: Call: step type 'Lambda'" in lines[0]["failure_reason"]


def test_a_parameter_that_does_not_fit_is_the_executions_failure(execution: Make, outcome: Runs):
    _, lines = outcome(execution(fail("F", "x"), Nothing="1"))
    assert len(lines) == 1
    assert lines[0]["failure_reason"] == "Unknown parameters ['Nothing']; the pipeline declares []."
