"""The Pulumi state backend inside the cloud: S3 and KMS, through the wrapper, with committed files left alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from localcloud.pulumi_cli.wrapper import real_cli

if TYPE_CHECKING:
    from pathlib import Path

    from localcloud.lifecycle import LocalCloud

PROGRAM = """
import os, time
import pulumi

pulumi.export("greeting", pulumi.Config().require("greeting"))
pulumi.export("password", pulumi.Output.secret("hidden-in-the-state"))
if os.path.exists("wait"):
    os.rename("wait", "waiting")
    time.sleep(600)
"""
CONFIG = "config:\n  empty:greeting: hello\n"


@pytest.fixture
def project(cloud: LocalCloud, tmp_path: Path) -> Path:
    """A program without resources and its config for stack `local`."""
    assert real_cli(cloud.layout, os.environ.get("LOCALCLOUD_PULUMI", "")), "no Pulumi CLI"
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: empty\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "Pulumi.local.yaml").write_text(CONFIG)
    return folder


def pulumi(cloud: LocalCloud, project: Path, *arguments: str, fails: bool = False) -> str:
    """Output and errors of one command of the wrapper."""
    done = subprocess.run(
        [str(cloud.layout.bin / "pulumi"), *arguments, "--non-interactive"],
        cwd=project,
        env=cloud.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert bool(done.returncode) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


pytestmark = pytest.mark.local


def test_a_stack_is_deployed_and_removed_without_touching_committed_files(cloud: LocalCloud, project: Path) -> None:
    before = {path.name: path.read_bytes() for path in project.iterdir()}

    pulumi(cloud, project, "up", "--yes", "-s", "local")
    assert "hello" in pulumi(cloud, project, "stack", "output", "-s", "local")
    pulumi(cloud, project, "stack", "select", "local")
    assert "hello" in pulumi(cloud, project, "config")
    pulumi(cloud, project, "refresh", "--yes")
    pulumi(cloud, project, "destroy", "--yes")
    pulumi(cloud, project, "stack", "rm", "local", "--yes")

    left = {path.name: path.read_bytes() for path in project.iterdir() if path.name != "__pycache__"}
    assert left == before


def test_a_missing_stack_is_missing_until_it_is_initialised_with_a_key(cloud: LocalCloud, project: Path) -> None:
    for command in (("export",), ("select", "new"), ("output", "--json")):
        assert "no stack named 'new' found" in pulumi(
            cloud, project, "stack", *command, *_of("new", command), fails=True
        )
    pulumi(cloud, project, "stack", "init", "new", "--secrets-provider", str(cloud.state["secrets_provider"]))
    assert not (project / "Pulumi.new.yaml").exists()
    assert "already exists" in pulumi(cloud, project, "stack", "init", "new", fails=True)
    state = json.loads(pulumi(cloud, project, "stack", "export"))["deployment"]
    assert state["secrets_providers"]["type"] == "cloud"
    pulumi(cloud, project, "stack", "rm", "new", "--yes")


def _of(stack: str, command: tuple[str, ...]) -> tuple[str, ...]:
    return () if stack in command else ("--stack", stack)


def test_secrets_are_encrypted_in_the_state_with_the_clouds_key(cloud: LocalCloud, project: Path) -> None:
    pulumi(cloud, project, "up", "--yes", "-s", "local")
    s3, bucket = cloud.client("s3"), cloud.state["bucket"]
    body = s3.get_object(Bucket=bucket, Key=".pulumi/stacks/empty/local.json")["Body"].read().decode()
    assert "hello" in body
    assert "hidden-in-the-state" not in body
    assert "hidden-in-the-state" in pulumi(cloud, project, "stack", "output", "--show-secrets", "-s", "local")
    state = json.loads(body)["checkpoint"]["latest"]["secrets_providers"]
    assert state["type"] == "cloud"
    pulumi(cloud, project, "destroy", "--yes", "-s", "local")


def test_a_removed_stack_can_be_used_again(cloud: LocalCloud, project: Path) -> None:
    for _ in range(2):
        pulumi(cloud, project, "up", "--yes", "-s", "local")
        pulumi(cloud, project, "stack", "rm", "local", fails=True)
        pulumi(cloud, project, "destroy", "--yes", "-s", "local")
        pulumi(cloud, project, "stack", "rm", "local", "--yes")


def test_destroy_does_not_delete_the_committed_config(cloud: LocalCloud, project: Path) -> None:
    refused = pulumi(cloud, project, "destroy", "--yes", "--remove", "-s", "local", fails=True)
    assert "--remove would delete Pulumi.local.yaml" in refused
    assert (project / "Pulumi.local.yaml").read_text() == CONFIG


def test_config_set_edits_the_committed_file_and_refuses_secrets(cloud: LocalCloud, project: Path) -> None:
    pulumi(cloud, project, "config", "set", "greeting", "good day", "-s", "local")
    assert (project / "Pulumi.local.yaml").read_text() == "config:\n  empty:greeting: good day\n"
    assert "good day" in pulumi(cloud, project, "config", "get", "greeting", "-s", "local")
    refused = pulumi(cloud, project, "config", "set", "--secret", "password", "x", "-s", "local", fails=True)
    assert "a secret cannot be kept in Pulumi.local.yaml" in refused


def test_a_killed_deployment_leaves_a_lock_that_cancel_removes(cloud: LocalCloud, project: Path) -> None:
    (project / "wait").touch()
    command = [str(cloud.layout.bin / "pulumi"), "up", "--yes", "--skip-preview", "-s", "local", "--non-interactive"]
    with subprocess.Popen(
        command, cwd=project, env=cloud.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as first:
        deadline = time.monotonic() + 30
        while not (project / "waiting").exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert "currently locked" in pulumi(cloud, project, "up", "--yes", "-s", "local", fails=True)
        first.kill()

    pulumi(cloud, project, "cancel", "--yes", "-s", "local")
    pulumi(cloud, project, "up", "--yes", "-s", "local")
    pulumi(cloud, project, "destroy", "--yes", "-s", "local")


def test_a_stack_of_another_environment_can_be_previewed(cloud: LocalCloud, project: Path) -> None:
    shutil.copy(project / "Pulumi.local.yaml", project / "Pulumi.dev.yaml")
    assert "hello" in pulumi(cloud, project, "preview", "-s", "dev")
    assert (project / "Pulumi.dev.yaml").read_text() == CONFIG


def test_the_real_clis_errors_and_exit_codes_come_through(cloud: LocalCloud, project: Path) -> None:
    assert "unknown command" in pulumi(cloud, project, "nonsense", fails=True)
    assert pulumi(cloud, project, "version").startswith("v3.")
