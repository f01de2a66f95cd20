"""The set-up as a whole, as a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tools.toolchain.workspace import REPOSITORY, Workspace

from .conftest import Machine

pytestmark = pytest.mark.slow

RUN = """
import sys
from pathlib import Path
from tools.setup import main
from tools.toolchain import cli_release
from tools.toolchain.workspace import Workspace
cli_release.why_unreachable = lambda: "closed"
main.Workspace = lambda: Workspace(root=Path(sys.argv[1]), cache=Path(sys.argv[2]))
sys.exit(main.main())
"""

MAKE_ENVIRONMENT = """
if [ "$1" = venv ]; then
    for target in "$@"; do :; done
    mkdir -p "$target/bin"
    touch "$target/bin/python"
fi
"""


def start(workspace: Workspace) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(workspace.root), str(workspace.cache)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    printed, said = process.communicate(timeout=20)
    assert not printed, "stdout belongs to the command that the set-up is for"
    return said


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


def test_a_first_run_says_what_it_did_and_a_second_one_does_nothing(workspace: Workspace, machine: Machine) -> None:
    machine.uv(MAKE_ENVIRONMENT)
    machine.go()

    first = start(workspace)
    said = finish(first)
    assert first.returncode == 0, said
    result = json.loads((workspace.local / "setup.json").read_text())
    assert result["pulumi_version"] == "3.259.0"
    assert result["pulumi_origin"] == "go-build"
    assert result["language_host"] == "fallback"
    assert result["python"] == str(workspace.venv_python)
    assert os.access(workspace.host_launchers / "pulumi-language-python", os.X_OK)
    assert "the packages of requirements.lock are installed" in said

    calls = machine.calls.read_text()
    second = start(workspace)
    assert finish(second) == ""
    assert second.returncode == 0
    assert machine.calls.read_text() == calls


def test_a_cli_that_was_removed_or_replaced_is_looked_for_again(workspace: Workspace, machine: Machine) -> None:
    machine.uv(MAKE_ENVIRONMENT)
    cli = machine.command("pulumi", "echo v3.260.0")
    finish(start(workspace))
    cli.unlink()
    machine.command("pulumi", "echo v3.274.1 # upgraded")
    finish(start(workspace))
    assert json.loads((workspace.local / "setup.json").read_text())["pulumi_version"] == "3.274.1"


def test_a_cli_that_nobody_verified_is_looked_for_again(workspace: Workspace, machine: Machine) -> None:
    machine.uv(MAKE_ENVIRONMENT)
    machine.go()
    finish(start(workspace))
    cached = Path(json.loads((workspace.local / "setup.json").read_text())["pulumi"])
    (cached.parent / "verified-by").unlink()
    finish(start(workspace))
    assert (cached.parent / "verified-by").read_text() == "go.sum"
    assert len([call for call in machine.called("go") if " build " in f"{call} "]) == 2


def test_the_cli_and_the_packages_are_fetched_at_the_same_time(workspace: Workspace, machine: Machine) -> None:
    # each waits for the other to begin, so that one after the other would hang
    machine.uv(
        f'{MAKE_ENVIRONMENT}\n[ "$2" = sync ] && touch {workspace.root}/syncing'
        f" && until [ -e {workspace.root}/building ]; do sleep 0.05; done; :"
    )
    machine.go(
        build=f"touch {workspace.root}/building; until [ -e {workspace.root}/syncing ]; do sleep 0.05; done;"
        ' printf \'#!/bin/sh\\necho v3.259.0\\n\' > "$out"; chmod +x "$out"'
    )
    process = start(workspace)
    said = finish(process)
    assert process.returncode == 0, said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_leaves_no_process_and_no_result(
    workspace: Workspace, machine: Machine, number: signal.Signals
) -> None:
    machine.uv(f'{MAKE_ENVIRONMENT}\n[ "$2" = sync ] && sleep 60; :')
    machine.go(build=f"touch {workspace.root}/building; sleep 60")
    process = start(workspace)
    wait_for(workspace.root / "building")
    children = psutil.Process(process.pid).children(recursive=True)
    assert children

    os.killpg(process.pid, number)
    said = finish(process)

    assert process.returncode == 130
    assert "interrupted; run it again" in said
    assert "Traceback" not in said
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert not (workspace.local / "setup.json").exists()


def test_a_failure_of_one_part_ends_the_other_and_is_what_is_reported(workspace: Workspace, machine: Machine) -> None:
    machine.uv(f"{MAKE_ENVIRONMENT}\n[ \"$2\" = sync ] && {{ echo 'error: disk full'; exit 2; }}; :")
    machine.go(build="sleep 60")
    started = time.monotonic()
    process = start(workspace)
    said = finish(process)
    assert process.returncode == 1
    assert time.monotonic() - started < 15
    assert "the Python packages could not be installed" in said
    assert "disk full" in said
    assert "Traceback" not in said
