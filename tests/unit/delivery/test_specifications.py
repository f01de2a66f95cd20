"""The buildspecs and the workflow, checked as the services that read them would."""

from __future__ import annotations

import functools
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

from components.cicd.jobs import JOBS, Job
from components.cicd.projects import buildspec
from localcloud.runners.builds.buildspec import parse
from pipeline_def.environment import VARIABLES

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").iterdir())
WORKFLOW = ROOT / ".github" / "workflows" / "preview.yml"
SCHEMA = json.loads((Path(__file__).parent / "buildspec.schema.json").read_text())


def specification(job: Job) -> dict[str, Any]:
    return yaml.safe_load(buildspec(job))


def job(name: str) -> Job:
    return next(job for job in JOBS if job.name == name)


@functools.cache
def validator() -> Any:
    # With its formats it is slow to import.
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(SCHEMA)
    return Draft202012Validator(SCHEMA)


def problems(specification: Any) -> list[str]:
    return [error.message for error in validator().iter_errors(specification)]


each_job = pytest.mark.parametrize("each", JOBS, ids=lambda job: job.name)


@each_job
def test_every_buildspec_follows_the_reference(each: Job) -> None:
    assert problems(specification(each)) == []


@each_job
def test_the_local_cloud_can_read_every_buildspec(each: Job) -> None:
    assert parse(buildspec(each)).phases


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
    assert problems({**specification(job("preview")), **change})


@each_job
def test_every_buildspec_runs_its_job_s_module_after_the_installation(each: Job) -> None:
    phases = specification(each)["phases"]
    assert phases["install"]["commands"][0].startswith("python -m delivery.install")
    assert phases["build"]["commands"][0].startswith(f".venv/bin/python -m {each.module}")
    assert importlib.util.find_spec(each.module)
    assert all(phase["on-failure"] == "ABORT" for phase in phases.values())


def test_the_upsert_installs_its_own_requirements_and_hard_codes_no_variable_of_the_project() -> None:
    upsert = specification(job("upsert"))
    assert "--require-hashes --only-binary :all: --requirement pipeline_def/requirements.lock" in "\n".join(
        upsert["phases"]["install"]["commands"]
    )
    assert not set(upsert["env"].get("variables", {})) & set(VARIABLES)


def test_the_upsert_exports_what_its_module_printed(tmp_path: Path) -> None:
    result = {"action": "updated", "pipeline_arn": "arn:aws:sagemaker:us-east-1:123456789012:pipeline/abalone"}
    (tmp_path / "upsert.json").write_text(json.dumps(result))
    assert exported(specification(job("upsert")), tmp_path) == {
        "PIPELINE_ACTION": result["action"],
        "PIPELINE_ARN": result["pipeline_arn"],
    }


def exported(specification: dict[str, Any], folder: Path) -> dict[str, str]:
    """Run the export commands of a buildspec in a folder; return the exported variables."""
    exports = [line for line in specification["phases"]["build"]["commands"] if line.startswith("export ")]
    environment = {"PATH": os.environ["PATH"], **specification["env"].get("variables", {})}
    printed = subprocess.check_output(
        ["bash", "-eu", "-c", "\n".join([*exports, "env -0"])], cwd=folder, env=environment, text=True
    )
    variables = dict(line.split("=", 1) for line in printed.split("\0") if line)
    return {name: variables[name] for name in specification["env"]["exported-variables"]}


def test_the_preview_keeps_its_change_set_and_exports_nothing() -> None:
    preview = specification(job("preview"))
    folder = preview["env"]["variables"]["DELIVERY_OUTPUT"]
    assert preview["artifacts"] == {"base-directory": folder, "files": ["preview.json"]}
    assert "exported-variables" not in preview["env"]


MODULES = [job.module for job in JOBS if job.module.startswith("delivery.")]


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_a_job_that_lacks_its_environment_names_what_it_needs(module: str) -> None:
    done = subprocess.run([sys.executable, "-m", module], cwd=ROOT, env={}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "STACK: not given, expected a stack's name" in done.stderr
    assert "Traceback" not in done.stderr


def tool(name: str) -> str:
    path = shutil.which(name, path=str(Path(sys.executable).parent))
    assert path, f"{name} is not installed"
    return path


@pytest.mark.slow
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
    content = workflow()
    # YAML 1.1 reads the key `on` as true.
    assert set(content[True]) == {"pull_request"}
    assert content["permissions"] == {}
    same_repository = "github.event.pull_request.head.repo.full_name == github.repository"
    with_identity = {name for name, job in content["jobs"].items() if "id-token" in job.get("permissions", {})}
    assert with_identity == {"preview"}
    assert content["jobs"]["preview"]["if"] == same_repository
    assert content["jobs"]["comment"]["needs"] == "preview"
    assert content["jobs"]["fork"]["if"] == same_repository.replace("==", "!=")
    assert "permissions" not in content["jobs"]["fork"]


def test_the_job_that_runs_the_pull_request_s_code_can_not_write_and_the_one_that_writes_runs_none() -> None:
    jobs = workflow()["jobs"]
    assert "write" not in {value for name, value in jobs["preview"]["permissions"].items() if name != "id-token"}
    assert jobs["comment"]["permissions"] == {"pull-requests": "write"}
    assert all("uses" not in step for step in jobs["comment"]["steps"])


GH = """#!/usr/bin/env bash
printf '%s\\n' "$MARKER" > marker
case "$*" in *POST*) printf '%s' "${@: -1}" > posted ;; esac
"""


@pytest.mark.parametrize("text", ["", "\nempty", "<!-- pulumi preview of stack prod -->\nother"])
def test_a_pull_request_can_not_choose_which_comment_is_edited(text: str, tmp_path: Path) -> None:
    [step] = [step for step in workflow()["jobs"]["comment"]["steps"] if step["name"].startswith("Edit the comment")]
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "COMMENT": text,
        "STACK": "dev",
        "REPOSITORY": "r",
        "NUMBER": "1",
    }
    subprocess.run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=environment, check=True)
    marker = "<!-- pulumi preview of stack dev -->"
    assert (tmp_path / "marker").read_text() == f"{marker}\n"
    assert (tmp_path / "posted").read_text() == f"body={marker}\n{text}"
