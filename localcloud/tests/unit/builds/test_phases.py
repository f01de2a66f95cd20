"""A whole build in a process of its own, without AWS: phases, their transitions and what is reported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from localcloud.runners.builds.protocol import BuildRequest, EndReport
from localcloud.services.codebuild.container import Container
from localcloud.services.codebuild.process import BuildProcesses, Stop


def request(folder: Path, buildspec: str) -> BuildRequest:
    return {
        "build_arn": "arn",
        "role_arn": "role",
        "source_directory": str(folder / "src"),
        "scratch_directory": str(folder / "scratch"),
        "source_error": "",
        "inputs": [],
        "buildspec": buildspec,
        "log_file": str(folder / "log"),
        "log_stream": None,
        "encryption_key": "key",
        "outputs": [],
        "variables": {"GIVEN": "project"},
        "parameters": {},
        "secrets": {},
    }


ENVIRONMENT = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "us-east-1"}


def run(folder: Path, **sections: Any) -> tuple[dict[str, str], EndReport, str]:
    """The phases' statuses, the last report and the log of a build."""
    text = json.dumps({"version": 0.2, **sections}, indent=1)
    file = folder / "build.json"
    file.write_text(json.dumps(request(folder, text)))
    command = [sys.executable, "-m", "localcloud.runners.builds", str(file)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines, done.stderr
    phases = {line["phase"]: line["status"] for line in lines if "phase" in line and line["status"] != "IN_PROGRESS"}
    return phases, lines[-1], (folder / "log").read_text()


def commands(*texts: str, **members: Any) -> dict[str, Any]:
    return {"commands": list(texts), **members}


def test_a_failed_build_goes_on_with_post_build_which_knows_of_it(tmp_path: Path) -> None:
    phases, end, log = run(
        tmp_path,
        env={"exported-variables": ["OUT", "UNSET"]},
        phases={
            "build": commands("export OUT=value", "false", "echo never"),
            "post_build": commands('echo "succeeding: $CODEBUILD_BUILD_SUCCEEDING"'),
        },
    )
    assert (phases["BUILD"], phases["POST_BUILD"], phases["UPLOAD_ARTIFACTS"]) == ("FAILED", "SUCCEEDED", "SUCCEEDED")
    assert (end["outcome"], end["exported"]) == ("FAILED", {"OUT": "value", "UNSET": ""})
    assert "succeeding: 0" in log


@pytest.mark.parametrize(
    ("phase", "on_failure", "next_phase_runs"),
    [
        ("install", {}, False),
        ("pre_build", {}, False),
        ("pre_build", {"on-failure": "CONTINUE"}, True),
        ("build", {"on-failure": "ABORT"}, False),
    ],
)
def test_what_follows_a_failed_phase(
    tmp_path: Path, phase: str, on_failure: dict[str, str], next_phase_runs: bool
) -> None:
    following = {"install": "pre_build", "pre_build": "build", "build": "post_build"}[phase]
    phases, end, _ = run(tmp_path, phases={phase: commands("false", **on_failure), following: commands("true")})
    assert end["outcome"] == "FAILED"
    assert (following.upper() in phases) is next_phase_runs
    assert phases["FINALIZING"] == "SUCCEEDED"


def test_finally_runs_however_the_commands_ended(tmp_path: Path) -> None:
    _, _, log = run(tmp_path, phases={"build": commands("exit 4", **{"finally": ["echo swept"]})})
    assert "\nswept\n" in log


def test_a_failing_finally_fails_the_phase(tmp_path: Path) -> None:
    phases, _, _ = run(tmp_path, phases={"build": commands("true", **{"finally": ["false"]})})
    assert phases["BUILD"] == "FAILED"


def test_the_projects_variables_win_over_the_buildspecs(tmp_path: Path) -> None:
    variables = {"GIVEN": "buildspec", "OWN": "buildspec"}
    _, _, log = run(tmp_path, env={"variables": variables}, phases={"build": commands('echo "$GIVEN, $OWN"')})
    assert "\nproject, buildspec\n" in log


def test_an_unknown_runtime_is_refused(tmp_path: Path) -> None:
    install = {"runtime-versions": {"cobol": "1"}}
    phases, end, log = run(tmp_path, phases={"install": install, "build": commands("true")})
    assert (phases["DOWNLOAD_SOURCE"], end["outcome"]) == ("FAILED", "FAILED")
    assert "Unknown runtime named 'cobol'" in log
    assert "INSTALL" not in phases


def test_a_process_in_the_background_does_not_hold_the_build_up(tmp_path: Path) -> None:
    _, end, log = run(tmp_path, phases={"build": commands("sleep 30 &", "echo done")})
    assert end["outcome"] == "SUCCEEDED"
    assert "\ndone\n" in log


def test_a_build_that_takes_too_long_is_ended_as_timed_out(tmp_path: Path) -> None:
    ended, reasons = threading.Event(), list[Stop | None]()

    def end(_build_id: str, reason: Stop | None) -> None:
        reasons.append(reason)
        ended.set()

    processes = BuildProcesses(lambda _build_id, _report: None, end)
    spec = json.dumps({"version": 0.2, "phases": {"build": commands("sleep 60")}}, indent=1)
    container = Container(request=request(tmp_path, spec), environment=ENVIRONMENT)
    processes.start("p:1", container, tmp_path, seconds=2)
    assert ended.wait(20)
    assert reasons == ["TIMED_OUT"]
