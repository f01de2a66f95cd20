"""The acceptance run against a local cloud: killed and taken up again, red after a fault, green and written as such."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from acceptance.steps import STEPS

from .conftest import eventually, scratch_checkout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from localcloud.lifecycle import LocalCloud

pytestmark = pytest.mark.local
RULE = "abalone-local-failed-crawls"


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

    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "acceptance.json").read_text())


def kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def statuses(steps: dict[str, Any], names: Sequence[str]) -> list[str]:
    return [steps[name]["status"] for name in names]


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
    assert "There now" not in output

    report, page = run.report(), (run.folder / "acceptance.md").read_text()
    assert (report["cloud"], report["endpoint"]) == ("other", stack_cloud.endpoint)
    verdicts = {claim["verdict"] for claim in report["claims"]}
    assert verdicts == {"proved", "not by this run"}
    assert "proved on the local cloud" in page
    assert "proved on AWS" not in page
    assert stack_cloud.account not in page
    assert stack_cloud.account not in (run.folder / "acceptance.json").read_text()
