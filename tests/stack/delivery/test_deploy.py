"""Deploying an approved change set with the real engine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import SECRETS, Program

pytestmark = pytest.mark.local


def approved(program: Program, tmp_path: Path) -> str:
    """The preview's artifact, as CodeBuild unpacks it for the next action."""
    assert program.job("preview", principal="reader").returncode == 0
    return str(program.output.rename(tmp_path / "approved"))


def test_what_was_approved_is_deployed_and_the_log_holds_no_secret(program: Program, tmp_path: Path) -> None:
    program.wants(data=45, secret="another-secret-value-9")
    done = program.job("deploy", CODEBUILD_SRC_DIR_Preview=approved(program, tmp_path))
    assert done.returncode == 0, done.stdout
    assert program.timeout_of("data") == "45"
    assert "start: update aws:sqs/queue:Queue data" in done.stdout
    assert "deployed: 2 changes to resources" in done.stdout
    assert not [secret for secret in (*SECRETS, "another-secret-value-9") if secret in done.stdout]


def test_a_change_set_that_grew_after_its_approval_is_refused_and_nothing_is_changed(
    program: Program, tmp_path: Path
) -> None:
    program.wants(data=45)
    artifact = approved(program, tmp_path)
    program.wants(extra=True)
    program.up()
    program.wants(data=45)
    before = program.pulumi("stack", "export").stdout
    done = program.job("deploy", CODEBUILD_SRC_DIR_Preview=artifact)
    assert done.returncode == 1
    assert "delete aws:sqs/queue:Queue extra: not in the approved change set" in done.stdout
    assert "nothing was changed" in done.stdout
    assert program.queues() == {"jobs", "data", "extra"}
    assert program.timeout_of("data") == "30"
    assert program.pulumi("stack", "export").stdout == before


def test_a_change_set_that_shrank_is_deployed(program: Program, tmp_path: Path) -> None:
    program.wants(data=45, jobs=50)
    artifact = approved(program, tmp_path)
    program.wants(data=45)
    program.up()
    program.wants(data=45, jobs=50)
    done = program.job("deploy", CODEBUILD_SRC_DIR_Preview=artifact)
    assert done.returncode == 0, done.stdout
    assert program.timeout_of("jobs") == "50"


def test_a_refused_deployment_tells_what_aws_said(program: Program, tmp_path: Path) -> None:
    program.wants(data=45)
    artifact = approved(program, tmp_path)
    key = program.environment("reader")
    stolen = {name: key[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    done = program.job("deploy", CODEBUILD_SRC_DIR_Preview=artifact, **stolen)
    assert done.returncode == 1
    assert "not authorized to perform: kms:Decrypt" in done.stdout
    assert program.timeout_of("data") == "30"


def test_a_deployment_waits_for_whoever_holds_the_lock(program: Program, tmp_path: Path) -> None:
    program.wants(data=45)
    artifact = approved(program, tmp_path)
    s3 = program.cloud.client("s3", "root")
    bucket = program.cloud.state["backend_url"].removeprefix("s3://").partition("?")[0]
    key = ".pulumi/locks/organization/delivery-test/local/11111111-2222-3333-4444-555555555555.json"
    lock = {"pid": 1, "username": "somebody", "hostname": "elsewhere", "timestamp": "2026-11-25T14:00:00Z"}
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(lock).encode())
    command = [sys.executable, "-m", "delivery.deploy"]
    environment = program.job_environment(CODEBUILD_SRC_DIR_Preview=artifact)
    with subprocess.Popen(
        command, cwd=program.directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as job:
        log: list[str] = []
        for line in job.stdout or ():
            log.append(line)
            if line.startswith("waiting for the stack's lock"):
                assert program.timeout_of("data") == "30"
                s3.delete_object(Bucket=bucket, Key=key)
    assert job.returncode == 0, log
    assert len([line for line in log if line.startswith("approved:")]) == 2
    assert program.timeout_of("data") == "45"
