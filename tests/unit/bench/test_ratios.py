"""The benchmark's own arithmetic: ratios of rounds, limits, what is worse than recorded, and what is written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import record
from bench.result import Result, compare, regressions
from bench.timing import Command, Cost, measure

HERE = Path(__file__).parent


def cost(wall: float, cpu: float = 1.0) -> Cost:
    return Cost(wall, cpu)


def result(wall: float, *, limit: float | None = None, limit_seconds: float | None = None) -> Result:
    measured = {"a": [cost(wall)], "b": [cost(1.0)]}
    return compare(measured, "a / b", "a", "b", limit=limit, limit_seconds=limit_seconds)


def test_a_ratio_is_the_median_of_the_ratios_of_each_round() -> None:
    # The machine was ten times slower in the second round: both sides of it.
    measured = {"a": [cost(2), cost(30), cost(2)], "b": [cost(1), cost(10), cost(1)]}
    compared = compare(measured, "a / b", "a", "b")
    assert compared.wall == 2
    assert compared.subject.wall == 2
    assert compared.baseline.wall == 1


def test_what_is_kept_is_what_is_shown() -> None:
    compared = compare({"a": [cost(1.83504)], "b": [cost(1)]}, "a / b", "a", "b")
    assert compared.wall == 1.835
    assert record.cells(compared)[0] == f"{compared.wall:.2f}"


def test_every_round_runs_each_candidate_once_after_one_to_warm_up() -> None:
    order: list[str] = []

    def candidate(name: str) -> Cost:
        order.append(name)
        return cost(1)

    measured = measure({"a": lambda: candidate("a"), "b": lambda: candidate("b")}, rounds=2)
    assert order == ["a", "b"] * 3
    assert [len(costs) for costs in measured.values()] == [2, 2]


def test_a_commands_cost_holds_the_cpu_of_its_children() -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}], check=True)"
    assert Command([sys.executable, "-c", parent], HERE, {})().cpu >= 0.3


def test_a_command_that_fails_is_not_measured() -> None:
    with pytest.raises(RuntimeError, match="ended with 3:\nno such stack"):
        Command([sys.executable, "-c", "print('no such stack'); raise SystemExit(3)"], HERE, {})()


@pytest.mark.parametrize(("wall", "keeps"), [(1.9, True), (2.1, False)])
def test_a_limit_holds_for_the_ratio(wall: float, keeps: bool) -> None:
    assert result(wall, limit=2).keeps_limits is keeps
    assert result(wall, limit_seconds=2).keeps_limits is keeps
    assert result(wall).keeps_limits


@pytest.mark.parametrize(("wall", "is_worse"), [(1.3, False), (1.4, True)])
def test_what_is_worse_than_recorded_by_more_than_a_third_is_said(wall: float, is_worse: bool) -> None:
    recorded = {"a / b": {"wall": 1.0, "cpu": 1.0}}
    messages = regressions([result(wall)], recorded)
    assert messages == (["a / b: 1.40 by the clock and 1.00 of CPU, recorded are 1.00 and 1.00"] if is_worse else [])
    assert regressions([result(wall)], {}) == []


def test_the_table_of_the_page_is_that_of_the_recorded_figures() -> None:
    recorded = record.recorded()
    assert recorded
    page = record.PAGE.read_text(encoding="utf-8")
    for title, figures in recorded.items():
        assert f"| {title} | {figures['wall']:.2f} | {figures['cpu']:.2f} |" in page


@pytest.mark.slow
def test_the_plot_has_two_bars_for_each_comparison() -> None:
    (rows,) = record.plot([result(2.0)]).to_dict()["datasets"].values()
    assert rows == [
        {"comparison": "a / b", "of": "clock", "ratio": 2.0},
        {"comparison": "a / b", "of": "CPU", "ratio": 1.0},
    ]
