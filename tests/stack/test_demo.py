"""The demo as a person runs it: what its summary says, and that nothing outlives it, however it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from demo.account import ROOT
from localcloud.layout import STATE_DIR_VARIABLE, read_json

from .conftest import eventually

pytestmark = pytest.mark.local


def start(state_dir: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, STATE_DIR_VARIABLE: str(state_dir)}
    return subprocess.Popen(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env=environment,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def left_running(state_dir: Path) -> list[str]:
    """Command lines of processes that still work for this demo."""
    command_lines: list[str] = []
    for process in psutil.process_iter():
        try:
            line = " ".join(process.cmdline())
            if str(state_dir) in line or str(state_dir) in " ".join(process.environ().values()):
                command_lines.append(line)
        except psutil.Error:
            continue
    return command_lines


@pytest.mark.timeout(900)
def test_the_demo_does_all_of_it_and_leaves_nothing(tmp_path: Path) -> None:
    process = start(tmp_path)
    output, _ = process.communicate(timeout=840)
    assert process.returncode == 0, output
    summary: dict[str, Any] = json.loads((tmp_path / "demo" / "summary.json").read_text())

    assert summary["engine_version"].startswith("v3.")
    assert summary["resources"]["aws:lambda/function:Function"] == 1
    assert summary["second_up_changes"] == 0
    assert (summary["upsert"], summary["last_upsert"]) == ("created", "unchanged")
    *within, above = summary["executions"]
    assert [run["status"] for run in summary["executions"]] == ["Succeeded"] * 4 + ["Failed"]
    assert all(run["mse"] <= run["threshold"] for run in within)
    assert above["mse"] > above["threshold"]
    assert len({run["mse"] for run in within}) == len(within), "different hyperparameters, different models"
    assert within[0]["rows"] == 442
    subjects = [message["subject"] for message in summary["messages"]]
    decided = [subject.rpartition(": ")[2] for subject in subjects]
    assert decided[::2] == ["PendingManualApproval"] * 4 + ["Failed"]
    best = [min(run["mse"] for run in within[: i + 1]) == within[i]["mse"] for i in range(4)]
    assert decided[1::2] == ["Approved" if better else "Rejected" for better in best]
    assert {"Approved", "Rejected"} <= set(decided)
    assert all(f"{subject}\n" in output for subject in subjects), "a log's lines are whole"
    pipeline = summary["pipeline"]
    assert len({entry["commit"] for entry in pipeline}) == 3
    assert [entry["status"] == "Succeeded" for entry in pipeline] == [True, False, True, True]
    assert [action["name"] for action in pipeline[1]["actions"]] == ["Source", "Preview", "Approve", "SelfUpdate"]
    actions = ["Source", "Preview", "Approve", "SelfUpdate", "Deploy", "KeepSource", "Upsert", "Verify"]
    assert [action["name"] for action in pipeline[-1]["actions"]] == actions
    assert all(action["status"] == "Succeeded" for action in pipeline[-1]["actions"])

    kpi = {name: entry["rows"] for name, entry in summary["kpi"].items()}
    assert [row["mse"] for row in kpi["metric-by-version"]] == pytest.approx([run["mse"] for run in within])
    assert sum(day["succeeded"] for day in kpi["pipeline-success-rate"]) == len(within)
    assert summary["crawled"]["target"] == "double"
    assert {name.removeprefix("abalone-local-"): rows for name, rows in summary["refreshed"].items()} == {
        name: len(rows) for name, rows in kpi.items()
    }
    report = (tmp_path / "demo" / "report.html").read_text()
    assert all(subject in report for subject in subjects)
    assert not any(summary["after_destroy"].values())
    assert left_running(tmp_path) == []


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("moment", ["cloud", "deploy"])
def test_nothing_outlives_a_demo_that_was_ended(tmp_path: Path, signal_number: signal.Signals, moment: str) -> None:
    process = start(tmp_path)
    cloud = tmp_path / "demo" / "cloud"
    state = eventually(lambda: read_json(cloud / "cloud.json"))
    if moment == "deploy":
        eventually(lambda: any("localcloud.provider" in line for line in left_running(tmp_path)))
    process.send_signal(signal_number)
    process.communicate(timeout=60)
    assert process.returncode != 0

    eventually(lambda: left_running(tmp_path) == [])
    port = int(state["endpoint"].rpartition(":")[2])
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port)) != 0
