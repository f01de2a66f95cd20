"""The buildspecs and the workflow, checked as the services that read them would."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[3]
BUILDSPECS = sorted([*(ROOT / "delivery" / "buildspecs").glob("*.yaml"), ROOT / "pipeline_def" / "buildspec.yaml"])
JOBS = ("self_update", "preview", "deploy", "verify", "drift", "pull_request")
WORKFLOW = ROOT / ".github" / "workflows" / "preview.yml"
SCHEMA = json.loads((Path(__file__).parent / "buildspec.schema.json").read_text())


def buildspec(job: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "delivery" / "buildspecs" / f"{job}.yaml").read_text())


def problems(specification: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(specification)]


@pytest.mark.parametrize("file", BUILDSPECS, ids=lambda file: file.stem)
def test_every_buildspec_follows_the_reference(file: Path) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert problems(yaml.safe_load(file.read_text())) == []


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0.1},
        {"phases": {"deploy": {"commands": ["x"]}}},
        {"phases": {"build": {"commands": []}}},
        {"phases": {"build": {"commands": [{"echo": "a"}]}}},
        {"phases": {"build": {"commands": ["x"], "on-failure": "abort"}}},
        {"phases": {"install": {"runtime-versions": {"pythn": "3.13"}}}},
        {"env": {"variables": {"CODEBUILD_X": "1"}}},
        {"env": {"variables": {"A": 1}}},
        {"artefacts": {"files": ["x"]}},
    ],
)
def test_the_check_finds_what_codebuild_would_refuse(change: dict[str, Any]) -> None:
    assert problems({**buildspec("preview"), **change})


@pytest.mark.parametrize("job", JOBS)
def test_every_job_has_a_buildspec_that_runs_its_module_after_the_installation(job: str) -> None:
    phases = buildspec(job)["phases"]
    assert phases["install"]["commands"] == ["python -m delivery.install"]
    assert phases["build"]["commands"][0] == f".venv/bin/python -m delivery.{job}"
    assert importlib.util.find_spec(f"delivery.{job}")
    assert all(phase["on-failure"] == "ABORT" for phase in phases.values())


def test_no_buildspec_is_without_a_job() -> None:
    assert {file.stem for file in (ROOT / "delivery" / "buildspecs").iterdir()} == set(JOBS)


def test_the_preview_s_commands_export_what_the_job_wrote(tmp_path: Path) -> None:
    specification = buildspec("preview")
    output = tmp_path / specification["env"]["variables"]["DELIVERY_OUTPUT"]
    output.mkdir()
    for name in specification["env"]["exported-variables"]:
        (output / name).write_text(f"{name} with 'quotes' and $signs")
    exports = [line for line in specification["phases"]["build"]["commands"] if line.startswith("export ")]
    script = "\n".join([*exports, "env"])
    printed = subprocess.check_output(
        ["bash", "-eu", "-c", script], cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "DELIVERY_OUTPUT": output.name}
    )
    for name in specification["env"]["exported-variables"]:
        assert f"{name}={name} with 'quotes' and $signs" in printed.decode()
    assert specification["artifacts"] == {"base-directory": output.name, "files": ["preview.md", "preview.json"]}


@pytest.mark.parametrize("job", JOBS)
def test_a_job_that_lacks_its_environment_names_what_it_needs(job: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"delivery.{job}"], cwd=ROOT, env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "STACK: not given, expected a stack's name" in done.stderr
    assert "Traceback" not in done.stderr


def tool(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found, f"{name} is not installed"
    return found


def test_the_workflow_follows_github_s_schema_and_has_timeouts() -> None:
    for schema in ("vendor.github-workflows", "custom.github-workflows-require-timeout"):
        command = [tool("check-jsonschema"), "--builtin-schema", schema, str(WORKFLOW)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_has_no_finding_of_a_security_linter() -> None:
    command = [tool("zizmor"), "--offline", "--no-config", "--persona", "pedantic", str(WORKFLOW)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def workflow() -> dict[Any, Any]:
    return yaml.safe_load(WORKFLOW.read_text())


def test_every_action_is_pinned_to_a_commit_with_its_version() -> None:
    uses = re.findall(r"uses: (\S+)(.*)", WORKFLOW.read_text())
    assert len(uses) == 3
    for action, comment in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


def test_only_pull_requests_of_the_repository_itself_get_credentials() -> None:
    found = workflow()
    # YAML 1.1 reads the key `on` as true.
    assert set(found[True]) == {"pull_request"}
    assert found["permissions"] == {}
    own = "github.event.pull_request.head.repo.full_name == github.repository"
    with_identity = {name for name, job in found["jobs"].items() if "id-token" in job.get("permissions", {})}
    assert with_identity == {"preview"}
    assert found["jobs"]["preview"]["if"] == own
    assert found["jobs"]["comment"]["needs"] == "preview"
    assert found["jobs"]["fork"]["if"] == own.replace("==", "!=")
    assert "permissions" not in found["jobs"]["fork"]


def test_the_job_that_runs_the_pull_request_s_code_can_not_write_and_the_one_that_writes_runs_none() -> None:
    jobs = workflow()["jobs"]
    assert "write" not in {value for name, value in jobs["preview"]["permissions"].items() if name != "id-token"}
    assert jobs["comment"]["permissions"] == {"pull-requests": "write"}
    assert all("uses" not in step for step in jobs["comment"]["steps"])
