import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pipeline_def import upsert
from pipeline_def.definition import PipelineDefinition

ROOT = Path(__file__).parents[3]

WITHOUT_NETWORK = textwrap.dedent(
    """
    import runpy, socket, sys

    def refuse(*arguments, **named):
        raise AssertionError(f"something reached for the network: {arguments}")

    socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refuse
    sys.argv[1:] = ["--dry-run"]
    runpy.run_module("pipeline_def.upsert", run_name="__main__")
    """
)
OFFLINE = textwrap.dedent(
    """
    import gc, runpy, sys
    from botocore.credentials import CredentialResolver

    def refuse(resolver):
        raise AssertionError("something looked for the machine's credentials")

    CredentialResolver.load_credentials = refuse
    sys.argv[1:] = ["--dry-run"]
    try:
        runpy.run_module("pipeline_def.upsert", run_name="__main__")
    finally:
        print(gc.isenabled(), file=sys.stderr)
    """
)


@pytest.mark.slow
def test_a_dry_run_needs_neither_credentials_nor_network_and_prints_the_same_bytes_on_any_machine(
    variables: dict[str, str], definition: PipelineDefinition, tmp_path: Path
):
    config = tmp_path / ".config" / "sagemaker" / "config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text(
        "SchemaVersion: '1.0'\nSageMaker: {TrainingJob: {VpcConfig: {Subnets: [subnet-1], SecurityGroupIds: [sg-1]}}}"
    )
    environment = {
        **variables,
        "PYTHONPATH": str(ROOT),
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / ".config"),
        "TZ": "Pacific/Auckland",
        "PYTHONHASHSEED": "12345",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NETWORK],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout == definition.text + "\n"


@pytest.mark.slow
def test_a_dry_run_creates_no_client_of_its_own_session_and_does_no_work_that_only_takes_time(
    variables: dict[str, str], definition: PipelineDefinition
):
    environment = {**variables, "PYTHONPATH": str(ROOT), "PATH": os.defpath}
    command = [sys.executable, "-c", OFFLINE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == "False\n"
    assert done.stdout == definition.text + "\n"


def test_wrong_settings_end_with_one_message_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variables: dict[str, str]
):
    for name, value in {**variables, "MSE_THRESHOLD": "six"}.items():
        monkeypatch.setenv(name, value)
    assert upsert.main(["--dry-run", "--target-column", "age"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "The ML pipeline's settings can't be used, 1 error:",
        "  - MSE_THRESHOLD: given 'six', expected a number above 0: the largest mean squared error that registers",
    ]


def test_a_flag_wins_over_the_variable_of_its_name(variables: dict[str, str]):
    settings = upsert.read_environment(variables, {"use_case_id": "shells", "mse_threshold": None})
    assert settings.use_case_id == "shells"
    assert settings.mse_threshold == 6


def test_the_sdk_is_not_imported_before_it_is_needed():
    command = "import sys, pipeline_def.upsert; print('sagemaker' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
