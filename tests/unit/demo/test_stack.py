"""The engine as the demo's child process: what it says on failure, and how it ends after Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from demo.stack import Stack, StackError

# On the first SIGINT it ends what is under way, and says so; on the second it ends at once.
_ENGINE = """#!{python}
import pathlib, signal, sys, time
interrupts = []
signal.signal(signal.SIGINT, lambda *_: interrupts.append(1))
print('{{"resourcePreEvent": {{"metadata": {{"op": "create", "urn": "a::b::role"}}}}}}', flush=True)
deadline = time.monotonic() + 60
while not interrupts and time.monotonic() < deadline:
    time.sleep(0.01)
print('{{"cancelEvent": {{}}}}', flush=True)
for _ in range({pauses}):
    time.sleep(0.01)
    if len(interrupts) > 1:
        sys.exit(9)
pathlib.Path("released").touch()
sys.exit(255)
"""


def stack_with(folder: Path, script: str) -> Stack:
    engine = folder / "pulumi"
    engine.write_text(script)
    engine.chmod(0o755)
    return Stack({"PATH": str(folder)}, folder / "pulumi.log", folder)


def interrupt(times: int) -> None:
    def send() -> None:
        for _ in range(times):
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=send).start()


@pytest.mark.slow
def test_an_interrupted_operation_lets_the_engine_end_what_is_under_way(tmp_path: Path) -> None:
    stack = stack_with(tmp_path, _ENGINE.format(python=sys.executable, pauses=100))
    shown: list[str] = []

    def progress(detail: str) -> None:
        shown.append(detail)
        if detail == "create role":
            interrupt(times=1)

    with pytest.raises(KeyboardInterrupt):
        stack.up(progress)
    assert (tmp_path / "released").exists()
    assert any("Ctrl-C again" in detail for detail in shown)
    assert "cancelEvent" in (tmp_path / "pulumi.log").read_text()


@pytest.mark.slow
def test_a_second_interrupt_ends_the_engine_at_once(tmp_path: Path) -> None:
    stack = stack_with(tmp_path, _ENGINE.format(python=sys.executable, pauses=6000))
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        stack.up(lambda detail: interrupt(times=2) if detail == "create role" else None)
    assert time.monotonic() - began < 30
    assert not (tmp_path / "released").exists()


def test_what_the_engine_says_beside_its_events_is_the_error(tmp_path: Path) -> None:
    script = "#!/bin/sh\necho '{}'\necho 'error: the stack is currently locked by 1 lock(s)' >&2\nexit 255\n"
    (tmp_path / "pulumi.log").write_text("error: of an earlier operation\n")
    with pytest.raises(StackError) as raised:
        stack_with(tmp_path, script).destroy(lambda _: None)
    assert str(raised.value) == "error: the stack is currently locked by 1 lock(s)"
