"""What commands cost: wall and CPU seconds of whole processes, side by side within one run.

Only ratios within one run mean something: a machine that is busy or throttled slows both sides. Each round runs every
command once, so that what changes while a benchmark runs meets all of them.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

ROUNDS: Final = 5
_SHOWN_CHARACTERS: Final = 2000


@dataclass(frozen=True)
class Cost:
    """Seconds of one run: by the clock, and of all CPUs in user and system mode."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Command:
    """A command to measure."""

    arguments: Sequence[str]
    directory: Path
    environment: Mapping[str, str]

    def __call__(self) -> Cost:
        """Run it; its CPU time holds that of all descendants that were waited for.

        Raises:
            RuntimeError: it failed; the message has the end of what it printed.
        """
        with tempfile.TemporaryFile() as output:
            began = time.monotonic()
            process = subprocess.Popen(
                list(self.arguments),
                cwd=self.directory,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                output.seek(0)
                shown = output.read().decode(errors="replace")[-_SHOWN_CHARACTERS:]
                raise RuntimeError(f"{' '.join(self.arguments)} ended with {process.returncode}:\n{shown}")
        return Cost(wall, usage.ru_utime + usage.ru_stime)


Measurements = Mapping[str, Sequence[Cost]]
"""Costs by the name of what was measured, in the order of the rounds."""


def measure(candidates: Mapping[str, Callable[[], Cost]], rounds: int = ROUNDS) -> Measurements:
    """Run every candidate once to warm it up, then each once a round."""
    for run in candidates.values():
        run()
    costs: dict[str, list[Cost]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, run in candidates.items():
            costs[name].append(run())
    return costs


def median_cost(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure."""
    return Cost(median(cost.wall for cost in costs), median(cost.cpu for cost in costs))


def ratio(costs: Sequence[Cost], baseline: Sequence[Cost]) -> Cost:
    """Return the medians of the ratios of each round."""
    pairs = list(zip(costs, baseline, strict=True))
    return Cost(median(a.wall / b.wall for a, b in pairs), median(a.cpu / b.cpu for a, b in pairs))
