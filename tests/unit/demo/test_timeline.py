"""The timeline in a terminal and in a log."""

from __future__ import annotations

import io
import time
from threading import Event

import pytest
from rich.console import Console

from demo import DemoError
from demo import __main__ as demo
from demo.meanwhile import meanwhile
from demo.timeline import Timeline

LONG = "arn:aws:sagemaker:us-east-1:123456789012:model-package/abalone/1 " * 3


def printed(*, is_terminal: bool) -> list[str]:
    file = io.StringIO()
    timeline = Timeline(Console(file=file, force_terminal=is_terminal, width=80, color_system=None, highlight=False))
    timeline.title(LONG)
    timeline.note(LONG)
    with timeline.step(LONG) as step:
        step.result = LONG
    timeline.message(f"Subject [1] {LONG}", f"{LONG}\nend")
    return file.getvalue().splitlines()


def test_a_log_has_whole_lines_however_long_they_are() -> None:
    lines = printed(is_terminal=False)
    assert sum(LONG.strip() in line for line in lines) == 5
    assert sum(LONG.strip() in line and line.count("arn:") == 6 for line in lines) == 1, "a step and its result"
    assert f"           Subject: Subject [1] {LONG}" in lines
    assert "           end" in lines


def test_a_terminal_gets_messages_in_a_frame_of_its_width() -> None:
    frame = [line for line in printed(is_terminal=True) if line.startswith(("╭", "│", "╰"))]
    assert frame
    assert {len(line) for line in frame} == {80}


def test_what_happens_aside_is_told_whole_and_later_with_the_same_clock() -> None:
    file = io.StringIO()
    timeline = Timeline(Console(file=file, width=80, highlight=False), start=time.monotonic() - 100)
    aside = timeline.aside()
    with timeline.step("before"), aside.step("aside") as step:
        step.update("not shown")
        aside.note("a note")
    timeline.note("after")
    aside.tell()
    aside.note("later")
    lines = [line.strip() for line in file.getvalue().splitlines()]
    assert [line.split("✓")[-1].split(" (")[0].strip() for line in lines] == [
        *("before", "after", "a note", "aside", "later")
    ]
    assert all(line.startswith("100.") for line in lines if "✓" in line)


def test_the_end_of_what_goes_on_meanwhile_is_waited_for_and_its_error_raised() -> None:
    may_end = Event()

    def work() -> str:
        may_end.wait(10)
        return "done"

    with meanwhile(work) as result:
        may_end.set()
    assert result.result(timeout=0) == "done"
    with pytest.raises(DemoError, match="not delivered"), meanwhile(fail):
        pass


def test_an_error_waits_for_what_goes_on_meanwhile_and_an_interrupt_does_not() -> None:
    ended = Event()
    with pytest.raises(DemoError, match="of the block"), meanwhile(lambda: (time.sleep(0.05), ended.set())):
        raise DemoError("of the block")
    assert ended.is_set()
    may_end = Event()
    with pytest.raises(KeyboardInterrupt), meanwhile(lambda: may_end.wait(10)) as result:
        raise KeyboardInterrupt
    assert not result.done()
    may_end.set()


def fail() -> None:
    raise DemoError("not delivered")


def test_an_argument_that_the_demo_does_not_have_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        demo.main(["--nope"])
    assert ended.value.code == 2
    assert "unrecognized arguments: --nope" in capsys.readouterr().err
