"""What a benchmark found: ratios with their limits, and the seconds behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.timing import Cost, Measurements, median_cost, ratio

WORSE_BY: Final = 4 / 3
"""How many times the recorded ratio is worth a word: runs on one machine differ by about a tenth."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One comparison.

    title: what is compared with what.
    wall, cpu: how many times the baseline's seconds the subject takes: medians of the ratios of each round.
    subject, baseline: medians of the seconds of each side.
    limit: what neither ratio may exceed.
    limit_seconds: what the subject's seconds may not exceed by the clock.
    """

    title: str
    wall: float
    cpu: float
    subject: Cost
    baseline: Cost
    limit: float | None = None
    limit_seconds: float | None = None

    @property
    def keeps_limits(self) -> bool:
        """Whether neither limit is exceeded."""
        return (self.limit is None or max(self.wall, self.cpu) <= self.limit) and (
            self.limit_seconds is None or self.subject.wall <= self.limit_seconds
        )

    def worse_than(self, recorded: Mapping[str, float]) -> bool:
        """Return whether a ratio is worse than the recorded one by more than a third."""
        return self.wall > recorded["wall"] * WORSE_BY or self.cpu > recorded["cpu"] * WORSE_BY


def compare(
    measured: Measurements,
    title: str,
    subject: str,
    baseline: str,
    *,
    limit: float | None = None,
    limit_seconds: float | None = None,
) -> Result:
    """Compare two of the things that were measured together; figures have four digits, and all beyond is noise."""
    ratios = _four_digits(ratio(measured[subject], measured[baseline]))
    return Result(
        title=title,
        wall=ratios.wall,
        cpu=ratios.cpu,
        subject=_four_digits(median_cost(measured[subject])),
        baseline=_four_digits(median_cost(measured[baseline])),
        limit=limit,
        limit_seconds=limit_seconds,
    )


def _four_digits(cost: Cost) -> Cost:
    return Cost(float(f"{cost.wall:.4g}"), float(f"{cost.cpu:.4g}"))


def regressions(results: Sequence[Result], recorded: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Say which ratios are worse than the recorded ones by more than a third."""
    return [
        f"{result.title}: {result.wall:.2f} by the clock and {result.cpu:.2f} of CPU, "
        f"recorded are {recorded[result.title]['wall']:.2f} and {recorded[result.title]['cpu']:.2f}"
        for result in results
        if result.title in recorded and result.worse_than(recorded[result.title])
    ]
