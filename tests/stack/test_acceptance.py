"""The acceptance run against a local cloud: interrupted, killed, and taken up again, red after a fault, then green."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from acceptance.steps import STEPS
from demo.account import ROOT

from .conftest import eventually, scratch_checkout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from localcloud.lifecycle import LocalCloud

pytestmark = pytest.mark.local
RULE = "abalone-local-failed-crawls"
QUEUE = "abalone-local-acceptance"


class AcceptanceRun:
    """`python -m acceptance` in a checkout, as the account's administrator."""

    def __init__(self, cloud: LocalCloud, directory: Path) -> None:
        self.cloud, self.directory = cloud, directory
        self.folder = directory / ".local" / "acceptance" / "local"

    def start(self, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "acceptance", "--stack", "local", "--poll", "0.25", *options],
            cwd=self.directory,
            env=self.cloud.environment("root"),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def steps(self) -> dict[str, Any]:
        with suppress(FileNotFoundError):
            return json.loads((self.folder / "progress.json").read_text())["steps"]
        return {}

    def until(self, process: subprocess.Popen[str], step: str) -> None:
        """Wait for the end of a step; the process may have ended before."""
        eventually(lambda: step in self.steps() or process.poll() is not None, 600)
        assert self.steps().get(step, {}).get("status") == "passed", process.communicate()[0]

    def log(self) -> str:
        with suppress(FileNotFoundError):
            return (self.folder / "pulumi.log").read_text()
        return ""

    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "acceptance.json").read_text())


def kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def statuses(steps: dict[str, Any], names: Sequence[str]) -> list[str]:
    return [steps[name]["status"] for name in names]


def interrupt_within(run: AcceptanceRun, operation: str, process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C once the engine has begun to create or delete something; return what the run said."""
    begun = f'"op":"{operation}"'
    eventually(lambda: begun in run.log() or process.poll() is not None, 300)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 130, output
    return output


@pytest.mark.timeout(900)
def test_an_interrupted_up_and_an_interrupted_destroy_go_on_as_does_one_whose_engine_left_its_lock(
    stack_cloud: LocalCloud, tmp_path: Path
) -> None:
    run = AcceptanceRun(stack_cloud, scratch_checkout(tmp_path / "main"))
    there = interrupt_within(run, "create", run.start("--yes"))
    assert "There now: " in there
    assert "CodeCommit repository: mlops-infra" in there
    assert "To remove it now: make acceptance STACK=local ARGS=--destroy" in there
    assert "up" not in run.steps()

    again = run.start("--yes")
    run.until(again, "up")
    kill(again)
    assert "currently locked" not in run.log()

    interrupt_within(run, "delete", run.start("--yes", "--destroy"))
    assert "destroy" not in run.steps()
    hold_lock(stack_cloud)
    last = run.start("--yes", "--destroy")
    output, _ = last.communicate(timeout=300)
    assert last.returncode == 0, output
    assert "of this machine which has ended: released" in output
    assert "There now: nothing" in output

    output, _ = run.start("--yes").communicate(timeout=60)
    assert "was destroyed before delivery: remove the folder" in output


@pytest.mark.timeout(1500)
def test_it_is_killed_and_goes_on_is_red_after_a_fault_and_green_in_the_end(
    stack_cloud: LocalCloud, tmp_path: Path
) -> None:
    run = AcceptanceRun(stack_cloud, scratch_checkout(tmp_path / "main"))
    refused, _ = run.start().communicate(timeout=120)
    assert "say --yes" in refused
    assert run.steps() == {}

    first = run.start("--yes")
    run.until(first, "second-up")
    kill(first)
    done = run.steps()
    assert set(statuses(done, list(done))) == {"passed"}

    second = run.start("--yes")
    run.until(second, "drift")
    stack_cloud.client("events", "root").disable_rule(Name=RULE)
    output, _ = second.communicate(timeout=300)
    assert second.returncode == 1, output
    assert all(f"{name}: done before" in output for name in done)
    assert f"rule {RULE}" in output, output
    assert "failed: Verification finds" in output, output
    assert "To go on, and destroy it in the end: make acceptance STACK=local" in output
    for kind in ("ML pipeline", "classifier", "security configuration", "model version"):
        assert f"  {kind}: " in output, kind
    steps = run.steps()
    assert {name: steps[name] for name in done} == done
    assert steps["verify"]["status"] == "failed"
    assert "destroy" not in steps
    [red] = [claim for claim in run.report()["claims"] if claim["verdict"] == "failed"]
    assert red["steps"] == ["verify"]

    stack_cloud.client("events", "root").enable_rule(Name=RULE)
    third = run.start("--yes")
    output, _ = third.communicate(timeout=600)
    assert third.returncode == 0, output
    steps = run.steps()
    assert statuses(steps, [step.name for step in STEPS]) == ["passed"] * len(STEPS)
    assert "was disabled" in steps["verify"]["text"]
    assert "There now: nothing" in output
    require_that_the_report_is_of_the_local_cloud(run)
    require_that_a_finished_run_looks_again(run)


def require_that_the_report_is_of_the_local_cloud(run: AcceptanceRun) -> None:
    report, page = run.report(), (run.folder / "acceptance.md").read_text()
    assert (report["cloud"], report["endpoint"]) == ("other", run.cloud.endpoint)
    verdicts = {claim["verdict"] for claim in report["claims"]}
    assert verdicts == {"proved", "proved in part", "not by this run"}
    assert "proved on the local cloud" in page
    assert "proved on AWS" not in page
    assert run.cloud.account not in page
    assert run.cloud.account not in (run.folder / "acceptance.json").read_text()


def require_that_a_finished_run_looks_again(run: AcceptanceRun) -> None:
    """Run it once more, as a person does, after something has come back; what was proved stays as it is written."""
    report, page = run.report(), (run.folder / "acceptance.md").read_text()
    run.cloud.client("sqs", "root").create_queue(QueueName=QUEUE)
    again = subprocess.run(
        ["make", "acceptance", "STACK=local", "ARGS=--yes"],
        cwd=made_by_set_up(run.directory),
        env=run.cloud.environment("root"),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert f"  queue: {QUEUE}" in again.stdout
    assert (run.folder / "acceptance.md").read_text() == page
    assert run.report() == report


def hold_lock(cloud: LocalCloud) -> None:
    """Leave a lock as the engine of a machine's process that has ended would."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    lock = {"pid": ended.pid, "username": "root", "hostname": socket.gethostname(), "timestamp": "2026-01-01T00:00:00Z"}
    bucket = f"abalone-local-state-{cloud.account}-{cloud.region}"
    key = f".pulumi/locks/organization/mlops-infra/local/{uuid.uuid4()}.json"
    cloud.client("s3", "root").put_object(Bucket=bucket, Key=key, Body=json.dumps(lock).encode())


def made_by_set_up(directory: Path) -> Path:
    """Give a checkout what `make setup` has made in this one."""
    (directory / ".venv").symlink_to(ROOT / ".venv")
    return directory
