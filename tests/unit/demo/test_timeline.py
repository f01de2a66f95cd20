"""The timeline in a terminal and in a log."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from demo import __main__ as demo
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


def test_an_argument_that_the_demo_does_not_have_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        demo.main(["--nope"])
    assert ended.value.code == 2
    assert "unrecognized arguments: --nope" in capsys.readouterr().err
