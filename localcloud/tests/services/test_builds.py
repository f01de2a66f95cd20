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

# What the builder's container has of its own, beside CODEBUILD_ and what the project sets; _ and PWD are the shell's.
CONTAINER = {
    *("AWS_ACCESS_KEY_ID", "AWS_CONFIG_FILE", "AWS_DEFAULT_REGION", "AWS_EC2_METADATA_DISABLED", "AWS_ENDPOINT_URL"),
    *("AWS_REGION", "AWS_RESPONSE_CHECKSUM_VALIDATION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("CI", "HOME", "LANG", "LOCALCLOUD", "PATH", "PULUMI_SKIP_UPDATE_CHECK", "TMPDIR", "VIRTUAL_ENV"),
    *("PWD", "OLDPWD", "_", "SHLVL"),
}
SECRET = "nobody-may-read-me"


@pytest.fixture
def own(deployment: Deployment, tmp_path: Path) -> SmallPipeline:
    return SmallPipeline(deployment, tmp_path)


def build(own: SmallPipeline, project: str, client: Callable[[str], Any] | None = None, **members: Any) -> Any:
    """Starts a build and gives it when it has ended."""
    started = (client or own.on.root)("codebuild").start_build(projectName=project, **members)["build"]

    def ended() -> Any:
        found = own.on.root("codebuild").batch_get_builds(ids=[started["id"]])["builds"][0]
        return found if found["buildComplete"] else None

    return own.on.eventually(ended, 60)


def text(own: SmallPipeline, done: Any) -> str:
    return own.log({"output": {"executionResult": {"externalExecutionId": done["id"]}}})


def test_a_builds_environment_holds_nothing_of_the_callers(
    new_cloud: Callable[..., LocalCloud],
    deployment_on: Callable[[LocalCloud], Deployment],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("MY_OWN_SECRET", "AWS_ACCESS_KEY_ID", "PULUMI_ACCESS_TOKEN", "GITHUB_TOKEN", "PYTHONPATH"):
        monkeypatch.setenv(name, SECRET)
    own = SmallPipeline(deployment_on(new_cloud()), tmp_path)
    variables = [{"name": "OF_THE_PROJECT", "value": "1"}, {"name": "REPLACED", "value": "project"}]
    commands = ('printenv | tr "\\n" "\\n"', "whoami >/dev/null; python -c 'import boto3, os; print(boto3.__name__)'")
    caller = "python -c \"import boto3; print('caller', boto3.client('sts').get_caller_identity()['Arn'])\""
    project = own.project("env", buildspec(*commands, caller), source="NO_SOURCE", variables=variables)
    done = build(own, project, environmentVariablesOverride=[{"name": "REPLACED", "value": "start"}])
    said = text(own, done)
    assert done["buildStatus"] == "SUCCEEDED", said
    assert SECRET not in said
    lines = [line.partition("=") for line in said.splitlines() if "=" in line and not line.startswith("[Container]")]
    found = {name: value for name, _, value in lines}
    assert {name for name in found if not name.startswith("CODEBUILD_")} <= {*CONTAINER, "OF_THE_PROJECT", "REPLACED"}
    assert found["REPLACED"] == "start"
    assert found["HOME"].startswith(str(own.on.cloud.layout.builds))
    assert os.environ["PATH"] != found["PATH"]
    session = f"caller arn:aws:sts::123456789012:assumed-role/{own.name}-build/AWSCodeBuild-"
    assert session in said


def test_a_build_is_refused_what_its_role_may_not(own: SmallPipeline) -> None:
    command = "python -c \"import boto3; boto3.client('iam').list_users()\""
    done = build(own, own.project("p", buildspec(command), source="NO_SOURCE"))
    assert done["buildStatus"] == "FAILED"
    assert "is not authorized to perform: iam:ListUsers" in text(own, done)


def test_a_build_clones_a_repository_with_its_history(own: SmallPipeline) -> None:
    own.commit({"a": "1"}, "one")
    commit = own.commit({"a": "2"}, "two", branch="topic")
    spec = "version: 0.2\nphases:\n  build:\n    commands:\n      - git log --format=%s\n      - cat a\n"
    own.commit({"ci/spec.yml": spec}, "three", branch="topic")
    location = f"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/{own.name}"
    project = own.project("clone", "ci/spec.yml", source="CODECOMMIT", source_members={"location": location})
    done = build(own, project, sourceVersion="topic")
    assert done["buildStatus"] == "SUCCEEDED", text(own, done)
    assert {"one", "two", "three"} <= set(text(own, done).splitlines())
    missing = build(own, project, sourceVersion=commit)
    assert missing["buildStatus"] == "FAILED"
    assert "ci/spec.yml: no such file" in json.dumps(missing["phases"], default=str)


def test_without_git_pull_no_source_is_cloned(own: SmallPipeline) -> None:
    own.commit({"a": "1"})
    role = own.on.role(
        "poor", "codebuild.amazonaws.com", own.on.allow(["logs:CreateLogStream", "logs:CreateLogGroup"], "*")
    )
    location = f"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/{own.name}"
    project = own.project("p", buildspec("true"), source="CODECOMMIT", source_members={"location": location}, role=role)
    done = build(own, project)
    failed = next(phase for phase in done["phases"] if phase.get("phaseStatus") == "FAILED")
    assert failed["phaseType"] == "DOWNLOAD_SOURCE"
    assert "codecommit:GitPull" in failed["contexts"][0]["message"]


def test_without_permission_to_log_nothing_is_built(own: SmallPipeline) -> None:
    role = own.on.role("mute", "codebuild.amazonaws.com")
    done = build(own, own.project("p", buildspec("true"), source="NO_SOURCE", role=role))
    assert (done["buildStatus"], done["phases"][-2]["phaseType"]) == ("FAILED", "PROVISIONING")
    assert "does not allow AWS CodeBuild to create Amazon CloudWatch Logs" in json.dumps(done["phases"], default=str)


def test_values_of_secrets_and_parameters_are_masked_in_the_log(own: SmallPipeline) -> None:
    secret = own.on.root("secretsmanager").create_secret(Name=own.name, SecretString=json.dumps({"key": "hush-hush"}))
    own.on.root("ssm").put_parameter(Name=f"/{own.name}/p", Value="quiet-please", Type="SecureString")
    own.on.root("iam").put_role_policy(
        RoleName=f"{own.name}-build",
        PolicyName="secrets",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    own.on.allow("secretsmanager:GetSecretValue", secret["ARN"]),
                    own.on.allow(
                        ["ssm:GetParameter", "ssm:GetParameters"], own.on.arn("ssm", f"parameter/{own.name}/p")
                    ),
                ],
            }
        ),
    )
    env = {"secrets-manager": {"A": f"{own.name}:key"}}
    length = 'test "$(printf "$A" | wc -c) $(printf "$B" | wc -c)" = "9 12"'
    spec = buildspec(length, 'echo "it is $A and $B"', env=env)
    variables = [{"name": "B", "value": f"/{own.name}/p", "type": "PARAMETER_STORE"}]
    done = build(own, own.project("p", spec, source="NO_SOURCE", variables=variables))
    assert done["buildStatus"] == "SUCCEEDED", text(own, done)
    assert "it is *** and ***" in text(own, done)
    files = own.on.cloud.layout.builds.rglob("*")
    assert not [path for path in files if path.is_file() and b"quiet-please" in path.read_bytes()]


def test_a_build_that_is_stopped_ends_with_all_its_processes(own: SmallPipeline) -> None:
    spec = buildspec("sleep 1000 & sleep 1000")
    project = own.project("p", spec, source="NO_SOURCE")
    started = own.on.root("codebuild").start_build(projectName=project)["build"]
    marker = started["id"].replace(":", "-")
    running = own.on.eventually(lambda: [p for p in _processes(marker) if p.name() == "sleep"])
    assert running
    stopped = own.on.root("codebuild").stop_build(id=started["id"])["build"]
    assert stopped["id"] == started["id"]
    done = own.on.eventually(lambda: _complete(own, started["id"]))
    assert done["buildStatus"] == "STOPPED"
    own.on.eventually(lambda: not _processes(marker))


def test_builds_end_with_the_cloud(
    new_cloud: Callable[..., LocalCloud], deployment_on: Callable[[LocalCloud], Deployment], tmp_path: Path
) -> None:
    cloud = new_cloud()
    own = SmallPipeline(deployment_on(cloud), tmp_path)
    project = own.project("p", buildspec("sleep 1000"), source="NO_SOURCE")
    started = own.on.root("codebuild").start_build(projectName=project)["build"]
    marker = started["id"].replace(":", "-")
    own.on.eventually(lambda: [p for p in _processes(marker) if p.name() == "sleep"])
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
def test_what_cannot_run_here_is_refused(own: SmallPipeline, members: dict[str, Any], expected: str) -> None:
    project = own.project("p", buildspec("true"), source="NO_SOURCE")
    with pytest.raises(ClientError, match=expected):
        own.on.root("codebuild").start_build(projectName=project, **members)


def test_a_project_of_a_pipeline_is_started_by_the_pipeline_only(own: SmallPipeline) -> None:
    with pytest.raises(ClientError, match="is started by its pipeline"):
        own.on.root("codebuild").start_build(projectName=own.project("p", buildspec("true")))


def test_passing_a_projects_role_takes_permission(own: SmallPipeline) -> None:
    project = own.project("p", buildspec("true"), source="NO_SOURCE")
    user = own.on.user("u", own.on.allow("codebuild:UpdateProject", own.on.arn("codebuild", f"project/{project}")))
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        user("codebuild").update_project(name=project, serviceRole=own.build_role)


def _complete(own: SmallPipeline, build_id: str) -> Any:
    found = own.on.root("codebuild").batch_get_builds(ids=[build_id])["builds"][0]
    return found if found["buildComplete"] else None


def _processes(marker: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if marker in process.environ().get("HOME", "") and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found
