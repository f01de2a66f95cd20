"""The language host ends with its engine."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.local

SLOW_PROGRAM = "import pathlib, time\npathlib.Path('started').touch()\ntime.sleep(60)\n"


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def preview_in_the_middle_of_its_program(
    program: Path, pulumi_command: list[str], env: dict[str, str]
) -> tuple[subprocess.Popen[bytes], list[psutil.Process]]:
    (program / "__main__.py").write_text(SLOW_PROGRAM)
    engine = subprocess.Popen(
        [*pulumi_command, "preview", "--non-interactive"],
        cwd=program,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert eventually((program / "started").exists, 30)
    children = psutil.Process(engine.pid).children(recursive=True)
    assert children
    return engine, children


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_no_host_outlives_an_engine_that_is_killed_or_interrupted(
    program: Path, pulumi: object, pulumi_command: list[str], pulumi_environment: dict[str, str], number: signal.Signals
) -> None:
    engine, children = preview_in_the_middle_of_its_program(program, pulumi_command, pulumi_environment)
    os.kill(engine.pid, number)
    try:
        assert eventually(lambda: not any(child.is_running() for child in children), 10)
    finally:
        os.killpg(engine.pid, signal.SIGKILL)
        engine.wait()
