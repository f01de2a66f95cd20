"""Builds: their environment, their processes, and where their sources come from."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from localcloud.lifecycle import LocalCloud

from .conftest import Deployment
from .small_pipelines import SmallPipeline, buildspec

pytestmark = pytest.mark.local

# What the container of a build has of its own, beside CODEBUILD_ and what the project sets; _ and PWD are the shell's.
CONTAINER = {
    *("AWS_ACCESS_KEY_ID", "AWS_CONFIG_FILE", "AWS_DEFAULT_REGION", "AWS_EC2_METADATA_DISABLED", "AWS_ENDPOINT_URL"),
    *("AWS_REGION", "AWS_RESPONSE_CHECKSUM_VALIDATION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("CI", "HOME", "LANG", "LOCALCLOUD", "PATH", "PULUMI_SKIP_UPDATE_CHECK", "TMPDIR", "VIRTUAL_ENV"),
    *("PWD", "OLDPWD", "_", "SHLVL"),
}
SECRET = "nobody-may-read-me"


@pytest.fixture
def pipeline(deployment: Deployment, tmp_path: Path) -> SmallPipeline:
    return SmallPipeline(deployment, tmp_path)


def build(pipeline: SmallPipeline, project: str, **members: Any) -> Any:
    """Start a build; return it when it has ended."""
    started = pipeline.deployment.root("codebuild").start_build(projectName=project, **members)["build"]
    return pipeline.deployment.eventually(lambda: _complete(pipeline, started["id"]), 60)


def log_of(pipeline: SmallPipeline, done: Any) -> str:
    return pipeline.log({"output": {"executionResult": {"externalExecutionId": done["id"]}}})


def test_a_builds_environment_holds_nothing_of_the_callers(
    new_cloud: Callable[..., LocalCloud],
    deployment_on: Callable[[LocalCloud], Deployment],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("MY_OWN_SECRET", "AWS_ACCESS_KEY_ID", "PULUMI_ACCESS_TOKEN", "GITHUB_TOKEN", "PYTHONPATH"):
        monkeypatch.setenv(name, SECRET)
    pipeline = SmallPipeline(deployment_on(new_cloud()), tmp_path)
    variables = [{"name": "OF_THE_PROJECT", "value": "1"}, {"name": "REPLACED", "value": "project"}]
    commands = ('printenv | tr "\\n" "\\n"', "whoami >/dev/null; python -c 'import boto3, os; print(boto3.__name__)'")
    caller = "python -c \"import boto3; print('caller', boto3.client('sts').get_caller_identity()['Arn'])\""
    project = pipeline.project("env", buildspec(*commands, caller), source="NO_SOURCE", variables=variables)
    done = build(pipeline, project, environmentVariablesOverride=[{"name": "REPLACED", "value": "start"}])
    log = log_of(pipeline, done)
    assert done["buildStatus"] == "SUCCEEDED", log
    assert SECRET not in log
    lines = [line.partition("=") for line in log.splitlines() if "=" in line and not line.startswith("[Container]")]
    environment = {name: value for name, _, value in lines}
    assert {name for name in environment if not name.startswith("CODEBUILD_")} <= {
        *CONTAINER,
        "OF_THE_PROJECT",
        "REPLACED",
    }
    assert environment["REPLACED"] == "start"
    assert environment["HOME"].startswith(str(pipeline.deployment.cloud.layout.builds))
    assert os.environ["PATH"] != environment["PATH"]
    session = f"caller arn:aws:sts::123456789012:assumed-role/{pipeline.name}-build/AWSCodeBuild-"
    assert session in log


def test_a_build_is_refused_what_its_role_may_not(pipeline: SmallPipeline) -> None:
    command = "python -c \"import boto3; boto3.client('iam').list_users()\""
    done = build(pipeline, pipeline.project("p", buildspec(command), source="NO_SOURCE"))
    assert done["buildStatus"] == "FAILED"
    assert "is not authorized to perform: iam:ListUsers" in log_of(pipeline, done)


def test_a_build_clones_a_repository_with_its_history(pipeline: SmallPipeline) -> None:
    pipeline.commit({"a": "1"}, "one")
    commit = pipeline.commit({"a": "2"}, "two", branch="topic")
    spec = "version: 0.2\nphases:\n  build:\n    commands:\n      - git log --format=%s\n      - cat a\n"
    spec_commit = pipeline.commit({"ci/spec.yml": spec}, "three", branch="topic")
    location = f"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/{pipeline.name}"
    project = pipeline.project("clone", "ci/spec.yml", source="CODECOMMIT", source_members={"location": location})
    done = build(pipeline, project, sourceVersion="topic")
    assert done["buildStatus"] == "SUCCEEDED", log_of(pipeline, done)
    assert {"one", "two", "three"} <= set(log_of(pipeline, done).splitlines())
    tip = build(pipeline, project, sourceVersion=f"refs/heads/topic^{{{spec_commit}}}")
    assert (tip["buildStatus"], tip["resolvedSourceVersion"]) == ("SUCCEEDED", spec_commit)
    elsewhere = build(pipeline, project, sourceVersion=f"refs/heads/main^{{{spec_commit}}}")
    assert elsewhere["buildStatus"] == "FAILED"
    assert "reference not found for primary source" in json.dumps(elsewhere["phases"], default=str)
    missing = build(pipeline, project, sourceVersion=commit)
    assert missing["buildStatus"] == "FAILED"
    assert "ci/spec.yml: no such file" in json.dumps(missing["phases"], default=str)


def test_without_git_pull_no_source_is_cloned(pipeline: SmallPipeline, deployment: Deployment) -> None:
    pipeline.commit({"a": "1"})
    role = deployment.role(
        "poor",
        "codebuild.amazonaws.com",
        deployment.allow(["logs:CreateLogStream", "logs:CreateLogGroup"], "*"),
    )
    location = f"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/{pipeline.name}"
    project = pipeline.project(
        "p", buildspec("true"), source="CODECOMMIT", source_members={"location": location}, role=role
    )
    done = build(pipeline, project)
    failed = next(phase for phase in done["phases"] if phase.get("phaseStatus") == "FAILED")
    assert failed["phaseType"] == "DOWNLOAD_SOURCE"
    assert "codecommit:GitPull" in failed["contexts"][0]["message"]


def test_without_permission_to_log_nothing_is_built(pipeline: SmallPipeline, deployment: Deployment) -> None:
    role = deployment.role("mute", "codebuild.amazonaws.com")
    done = build(pipeline, pipeline.project("p", buildspec("true"), source="NO_SOURCE", role=role))
    assert (done["buildStatus"], done["phases"][-2]["phaseType"]) == ("FAILED", "PROVISIONING")
    assert "does not allow AWS CodeBuild to create Amazon CloudWatch Logs" in json.dumps(done["phases"], default=str)


def test_values_of_secrets_and_parameters_are_masked_in_the_log(
    pipeline: SmallPipeline, deployment: Deployment
) -> None:
    secret = deployment.root("secretsmanager").create_secret(
        Name=pipeline.name, SecretString=json.dumps({"key": "hush-hush"})
    )
    deployment.root("ssm").put_parameter(Name=f"/{pipeline.name}/p", Value="quiet-please", Type="SecureString")
    deployment.root("iam").put_role_policy(
        RoleName=f"{pipeline.name}-build",
        PolicyName="secrets",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    deployment.allow("secretsmanager:GetSecretValue", secret["ARN"]),
                    deployment.allow(
                        ["ssm:GetParameter", "ssm:GetParameters"],
                        deployment.arn("ssm", f"parameter/{pipeline.name}/p"),
                    ),
                ],
            }
        ),
    )
    env = {"secrets-manager": {"A": f"{pipeline.name}:key"}}
    length = 'test "$(printf "$A" | wc -c) $(printf "$B" | wc -c)" = "9 12"'
    spec = buildspec(length, 'echo "it is $A and $B"', env=env)
    variables = [{"name": "B", "value": f"/{pipeline.name}/p", "type": "PARAMETER_STORE"}]
    done = build(pipeline, pipeline.project("p", spec, source="NO_SOURCE", variables=variables))
    assert done["buildStatus"] == "SUCCEEDED", log_of(pipeline, done)
    assert "it is *** and ***" in log_of(pipeline, done)
    files = deployment.cloud.layout.builds.rglob("*")
    assert not [path for path in files if path.is_file() and b"quiet-please" in path.read_bytes()]


def test_a_build_that_is_stopped_ends_with_all_its_processes(pipeline: SmallPipeline, deployment: Deployment) -> None:
    spec = buildspec("sleep 1000 & sleep 1000")
    project = pipeline.project("p", spec, source="NO_SOURCE")
    started = deployment.root("codebuild").start_build(projectName=project)["build"]
    marker = started["id"].replace(":", "-")
    running = deployment.eventually(lambda: [p for p in _processes(marker) if p.name() == "sleep"])
    assert running
    stopped = deployment.root("codebuild").stop_build(id=started["id"])["build"]
    assert stopped["id"] == started["id"]
    done = deployment.eventually(lambda: _complete(pipeline, started["id"]))
    assert done["buildStatus"] == "STOPPED"
    deployment.eventually(lambda: not _processes(marker))


def test_builds_end_with_the_cloud(
    new_cloud: Callable[..., LocalCloud], deployment_on: Callable[[LocalCloud], Deployment], tmp_path: Path
) -> None:
    cloud = new_cloud()
    pipeline = SmallPipeline(deployment_on(cloud), tmp_path)
    project = pipeline.project("p", buildspec("sleep 1000"), source="NO_SOURCE")
    started = pipeline.deployment.root("codebuild").start_build(projectName=project)["build"]
    marker = started["id"].replace(":", "-")
    pipeline.deployment.eventually(lambda: [p for p in _processes(marker) if p.name() == "sleep"])
    psutil.Process(cloud.pid).kill()
    deadline = time.monotonic() + 15
    while _processes(marker):
        assert time.monotonic() < deadline, "the build outlived its cloud"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"privilegedModeOverride": True}, "no build in privileged mode"),
        ({"environmentTypeOverride": "WINDOWS_SERVER_2022_CONTAINER"}, "no build of environment type WINDOWS"),
        ({"debugSessionEnabled": True}, "debug_session_enabled is not supported"),
    ],
)
def test_what_cannot_run_here_is_refused(
    pipeline: SmallPipeline, deployment: Deployment, members: dict[str, Any], expected: str
) -> None:
    project = pipeline.project("p", buildspec("true"), source="NO_SOURCE")
    with pytest.raises(ClientError, match=expected):
        deployment.root("codebuild").start_build(projectName=project, **members)


def test_a_project_of_a_pipeline_is_started_by_the_pipeline_only(
    pipeline: SmallPipeline, deployment: Deployment
) -> None:
    with pytest.raises(ClientError, match="is started by its pipeline"):
        deployment.root("codebuild").start_build(projectName=pipeline.project("p", buildspec("true")))


def test_passing_a_projects_role_takes_permission(pipeline: SmallPipeline, deployment: Deployment) -> None:
    project = pipeline.project("p", buildspec("true"), source="NO_SOURCE")
    user = deployment.user(
        "u",
        deployment.allow("codebuild:UpdateProject", deployment.arn("codebuild", f"project/{project}")),
    )
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        user("codebuild").update_project(name=project, serviceRole=pipeline.build_role)


def _complete(pipeline: SmallPipeline, build_id: str) -> Any:
    current = pipeline.deployment.root("codebuild").batch_get_builds(ids=[build_id])["builds"][0]
    return current if current["buildComplete"] else None


def _processes(marker: str) -> list[psutil.Process]:
    processes: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if marker in process.environ().get("HOME", "") and process.status() != psutil.STATUS_ZOMBIE:
                processes.append(process)
        except psutil.Error:
            continue
    return processes
