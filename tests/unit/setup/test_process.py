"""Child processes are bounded, logged, and never left behind."""

import shutil
import threading
import time
from pathlib import Path

import psutil
import pytest

from tools.toolchain.errors import CommandError, InterruptedSetupError
from tools.toolchain.process import Limits, Processes

SHELL = shutil.which("sh") or "/bin/sh"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "part.log"


def child_of_shell(pid_file: Path) -> str:
    return f"sleep 60 & echo $! > {pid_file}; echo started; wait"


def ends(pid_file: Path) -> bool:
    """Whether the process is gone, or about to be: a killed one takes a moment, and its new parent reaps it."""
    pid = int(pid_file.read_text())
    deadline = time.monotonic() + 2
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_output_reaches_the_log_and_the_listener_line_by_line(log: Path) -> None:
    heard: list[str] = []
    lines = Processes().run([SHELL, "-c", "echo one; echo two >&2"], log=log, on_line=heard.append)
    assert lines == heard == ["one", "two"]
    assert log.read_text().splitlines()[1:] == ["one", "two"]


def test_a_failure_carries_the_exit_code_and_the_last_lines(log: Path) -> None:
    with pytest.raises(CommandError) as raised:
        Processes().run(
            [SHELL, "-c", "for i in 1 2 3 4 5 6 7 8 9 a b c d e f g h; do echo line $i; done; exit 3"], log=log
        )
    assert "exit code 3" in raised.value.reason
    assert raised.value.tail[-1] == "line h"
    assert len(raised.value.tail) == 15


def test_a_command_that_does_not_exist_is_named(log: Path) -> None:
    with pytest.raises(CommandError, match="/no/such/command could not be started"):
        Processes().run(["/no/such/command"], log=log)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limits", "verdict"), [(Limits(silent=0.3), "no sign of life"), (Limits(total=0.3), "no end after")]
)
def test_a_hanging_command_is_ended_together_with_its_children(
    log: Path, tmp_path: Path, limits: Limits, verdict: str
) -> None:
    pid_file = tmp_path / "pid"
    with pytest.raises(CommandError, match=verdict):
        Processes().run([SHELL, "-c", child_of_shell(pid_file)], log=log, limits=limits)
    assert ends(pid_file)


@pytest.mark.slow
def test_a_talking_command_is_not_taken_for_a_hanging_one(log: Path) -> None:
    talk = "for i in 1 2 3 4 5; do sleep 0.15; echo $i; done"
    assert len(Processes().run([SHELL, "-c", talk], log=log, limits=Limits(silent=0.5))) == 5


@pytest.mark.slow
def test_stopping_ends_what_runs_and_starts_nothing_more(log: Path, tmp_path: Path) -> None:
    processes = Processes()
    pid_file = tmp_path / "pid"
    threading.Timer(0.3, processes.stop_all).start()
    started = time.monotonic()
    with pytest.raises(InterruptedSetupError):
        processes.run([SHELL, "-c", child_of_shell(pid_file)], log=log)
    with pytest.raises(InterruptedSetupError):
        processes.run([SHELL, "-c", "echo late"], log=log)
    assert time.monotonic() - started < 5
    assert ends(pid_file)
    assert "late" not in log.read_text().replace("echo late", "")


@pytest.mark.slow
def test_a_command_that_ignores_the_request_to_end_is_killed(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.toolchain.process.KILL_AFTER_SECONDS", 0.3)
    processes = Processes()
    pid_file = tmp_path / "pid"
    threading.Timer(0.3, processes.stop_all).start()
    with pytest.raises(InterruptedSetupError):
        processes.run([SHELL, "-c", f"trap '' TERM; {child_of_shell(pid_file)}; wait; sleep 60"], log=log)
    assert ends(pid_file)
