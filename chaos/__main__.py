"""`make chaos`: kills, faults of AWS and events thrice and out of order, each on a local cloud of its own.

Exit code 1 when anything was lost, is there twice or was left over. The tables go to `.local/chaos/` as well.
"""

import argparse
import random
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from chaos import events, kills, unreliable
from chaos.proxy import proxy
from demo.account import ROOT
from demo.local_cloud import local_cloud

_FOLDER: Final = ROOT / ".local" / "chaos"
_RATES: Final = (0.02, 0.05)
_WIDTH: Final = 160


def main(argv: Sequence[str] | None = None) -> int:
    """Run the parts that are asked for; return 1 where one of them has found something, else 0."""
    arguments = _parser().parse_args(argv)
    parts: dict[str, Callable[[], tuple[Table, list[str]]]] = {
        "kills": lambda: _kills(_FOLDER / "kills", arguments.seed, arguments.points),
        "faults": lambda: _faults(_FOLDER / "faults", arguments.seed),
        "events": lambda: _events(_FOLDER / "events", arguments.seed, arguments.events),
    }
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    problems: list[str] = []
    with (_FOLDER / "tables.txt").open("w", encoding="utf-8") as file:
        consoles = (Console(), Console(file=file, width=_WIDTH))
        _print(consoles, f"seed {arguments.seed}")
        for name in arguments.only or parts:
            table, part_problems = parts[name]()
            _print(consoles, table, *part_problems)
            problems += part_problems
        _print(consoles, f"{len(problems)} problems; again with ARGS='--seed {arguments.seed}'")
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="repeats a run's choices")  # noqa: S311
    parser.add_argument("--points", type=int, default=20, help="how many kills")
    parser.add_argument("--events", type=int, default=events.FULL.events, help="how many different events")
    parser.add_argument("--only", nargs="+", choices=("kills", "faults", "events"), help="the parts to run")
    return parser


def _kills(folder: Path, seed: int, count: int) -> tuple[Table, list[str]]:
    table = _table(
        f"kill -9, or AWS out of reach, at {count} random points of up and destroy",
        ("operation", "victim", "at request", "which is", "it was", "the operation", "after the runbook", "seconds"),
    )
    problems: list[str] = []
    with local_cloud(folder / "cloud") as cloud, proxy(cloud) as server:
        for kill in kills.tried(cloud, server, folder, kills.points(seed, count)):
            point = kill.point
            victim = f"cloud, {point.outage_seconds:.0f} s" if point.victim == "cloud" else point.victim
            carried_out = "carried out" if point.is_carried_out else "not carried out"
            table.add_row(
                point.operation,
                victim,
                str(point.request),
                _request(kill.at),
                carried_out,
                "went on" if kill.operation_ended else "ended",
                "; ".join(kill.problems) or "whole",
                f"{kill.seconds:.0f}",
            )
            problems += [f"{point.operation}, {victim}, request {point.request}: {text}" for text in kill.problems]
            _say(point.operation, victim, kill.problems, kill.seconds)
    return table, problems


def _faults(folder: Path, seed: int) -> tuple[Table, list[str]]:
    table = _table(
        "AWS throttles, fails, or carries out and answers with an error",
        (
            "rate",
            "operation",
            "tries",
            "requests",
            "throttled",
            "failed",
            "lost",
            "told twice",
            "failed tries",
            "result",
            "seconds",
        ),
    )
    problems: list[str] = []
    for rate in _RATES:
        for attempts in unreliable.tried(folder / f"{rate}", seed, rate):
            counts = (attempts.faults[kind] for kind in ("requests", "throttled", "failed", "lost", "told twice"))
            table.add_row(
                f"{rate:.0%}", attempts.name, str(attempts.tries), *map(str, counts),
                "; ".join(attempts.errors), "; ".join(attempts.problems) or "whole", f"{attempts.seconds:.0f}",
            )  # fmt: skip
            problems += [f"{rate:.0%}, {attempts.name}: {text}" for text in attempts.problems]
            _say(f"{rate:.0%}", attempts.name, attempts.problems, attempts.seconds)
    return table, problems


def _events(folder: Path, seed: int, count: int) -> tuple[Table, list[str]]:
    plan = events.FULL.of(count)
    delivered = events.tried(folder, seed, plan)
    table = _table(
        f"{count} registry events, each thrice and out of order; SNS refuses for {plan.refusal_seconds:.0f} s",
        ("deliveries", "changes", "told", "lost", "twice", "records wrong", "poison", "dead letters", "alarm",
         "refused by SNS", "seconds"),
    )  # fmt: skip
    table.add_row(
        str(delivered.deliveries), str(delivered.expected), str(delivered.messages), str(len(delivered.lost)),
        str(len(delivered.duplicated)), str(len(delivered.records_wrong)), str(delivered.poison),
        str(delivered.dead_letters), delivered.alarm, str(delivered.refused), f"{delivered.seconds:.0f}",
    )  # fmt: skip
    return table, delivered.problems


def _say(first: str, second: str, problems: Sequence[str], seconds: float) -> None:
    """Say on stderr what has just been tried: a part takes minutes until its table is there."""
    sys.stderr.write(f"{first}, {second}: {'; '.join(problems) or 'whole'}, {seconds:.0f} s\n")


def _table(title: str, headings: Sequence[str]) -> Table:
    table = Table(title=title)
    for heading in headings:
        table.add_column(heading)
    return table


def _request(name: str) -> str:
    """Return a request's name without the names of what it is about."""
    service, _, operation = name.partition(" ")
    method, _, path = operation.partition(" ")
    if not path:
        return f"{service} {operation}"
    return f"{service} {method} of the state" if "-state-" in path else f"{service} {method}"


def _print(consoles: Sequence[Console], *renderables: object) -> None:
    for console in consoles:
        for renderable in renderables:
            console.print(renderable, highlight=False, markup=False, soft_wrap=not isinstance(renderable, Table))


if __name__ == "__main__":
    sys.exit(main())
