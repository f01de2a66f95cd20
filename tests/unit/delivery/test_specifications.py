"""The buildspecs and the workflow, checked as the services that read them would."""

from __future__ import annotations

import importlib.util
import json
import os
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
JOBS = ("self_update", "preview", "deploy", "verify", "drift", "pull_request")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").iterdir())
WORKFLOW = ROOT / ".github" / "workflows" / "preview.yml"
SCHEMA = json.loads((Path(__file__).parent / "buildspec.schema.json").read_text())


def buildspecs(root: Path) -> list[Path]:
    """The YAML files under a directory that are buildspecs by name or by content; hidden directories are left out."""
    found: list[Path] = []
    for directory, names, files in os.walk(root):
        names[:] = [name for name in names if not name.startswith(".") and name != "node_modules"]
        found += [Path(directory, file) for file in files if file.endswith((".yaml", ".yml"))]
    return sorted(file for file in found if is_buildspec(file, root))


def is_buildspec(file: Path, root: Path) -> bool:
    content = yaml.safe_load(file.read_text())
    return "buildspec" in str(file.relative_to(root)) or (isinstance(content, dict) and "phases" in content)


BUILDSPECS = buildspecs(ROOT)


def buildspec(job: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "delivery" / "buildspecs" / f"{job}.yaml").read_text())


def problems(specification: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(specification)]


@pytest.mark.parametrize("file", BUILDSPECS, ids=lambda file: str(file.relative_to(ROOT)))
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


def test_every_buildspec_is_found_and_has_a_job() -> None:
    of_jobs = {f"delivery/buildspecs/{job}.yaml" for job in JOBS}
    assert {str(file.relative_to(ROOT)) for file in BUILDSPECS} == {*of_jobs, "pipeline_def/buildspec.yaml"}
    assert {file.stem for file in (ROOT / "delivery" / "buildspecs").iterdir()} == set(JOBS)


def test_a_new_buildspec_is_found_wherever_it_lies(tmp_path: Path) -> None:
    content = {"team/ci.yml": "phases: {}", "buildspec.yml": "", "team/values.yaml": "a: 1", ".venv/buildspec.yml": ""}
    for name, text in content.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert buildspecs(tmp_path) == [tmp_path / "buildspec.yml", tmp_path / "team" / "ci.yml"]


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


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_workflow_follows_github_s_schema_and_has_timeouts(file: Path) -> None:
    for schema in ("vendor.github-workflows", "custom.github-workflows-require-timeout"):
        command = [tool("check-jsonschema"), "--builtin-schema", schema, str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_no_workflow_has_a_finding_of_a_security_linter(file: Path) -> None:
    command = [tool("zizmor"), "--offline", "--no-config", "--persona", "pedantic", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def workflow() -> dict[Any, Any]:
    return yaml.safe_load(WORKFLOW.read_text())


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_action_is_pinned_to_a_commit_with_its_version(file: Path) -> None:
    uses = re.findall(r"uses: (\S+)(.*)", file.read_text())
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
