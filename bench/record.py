"""What is kept of a run: figures, a plot, and the table of docs/performance.md."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from bench.kpi import Comparison
from bench.result import Result
from demo.account import ROOT

if TYPE_CHECKING:
    import altair as alt

FIGURES: Final = ROOT / "bench" / "bench.json"
PLOT: Final = ROOT / "docs" / "performance.svg"
PAGE: Final = ROOT / "docs" / "performance.md"
FILES: Final = (FIGURES, PLOT, PAGE)
_BEGIN: Final = "<!-- written by make bench -->\n"
_END: Final = "<!-- end -->\n"
HEADINGS: Final = ("", "by the clock", "CPU", "at most", "seconds", "beside")


def recorded() -> dict[str, dict[str, float]]:
    """Return the recorded ratios, by title; none before the first run."""
    return json.loads(FIGURES.read_text(encoding="utf-8"))["results"] if FIGURES.exists() else {}


def write(results: Sequence[Result], kpi: Comparison) -> None:
    """Write all three."""
    figures: dict[str, Any] = {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "results": {result.title: asdict(result) for result in results},
        "kpi": kpi.as_dict(),
    }
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    plot(results).save(PLOT)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    PAGE.write_text(f"{before}{_BEGIN}{table(results)}{_END}{rest.partition(_END)[2]}", encoding="utf-8")


def table(results: Sequence[Result]) -> str:
    """Return the table in Markdown."""
    lines = [_row(HEADINGS), _row(["---", *["---:"] * (len(HEADINGS) - 1)])]
    lines += [_row([result.title, *cells(result)]) for result in results]
    return "".join(lines)


def cells(result: Result) -> list[str]:
    """Return the ratios, what they may be at most, and the seconds of both sides."""
    limits = [
        f"{result.limit:g}" if result.limit else "",
        f"{result.limit_seconds:g} s" if result.limit_seconds else "",
    ]
    return [
        f"{result.wall:.2f}",
        f"{result.cpu:.2f}",
        " and ".join(filter(None, limits)) or "-",
        f"{result.subject.wall:.3g}",
        f"{result.baseline.wall:.3g}",
    ]


def plot(results: Sequence[Result]) -> alt.Chart:
    """Return bars of the ratios, by the clock and of CPU."""
    import altair as alt

    rows = [
        {"comparison": result.title, "of": of, "ratio": round(ratio, 2)}
        for result in results
        for of, ratio in (("clock", result.wall), ("CPU", result.cpu))
    ]
    return (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("ratio:Q", title="times the seconds of the other side"),
            y=alt.Y(
                "comparison:N", title=None, sort=[result.title for result in results], axis=alt.Axis(labelLimit=400)
            ),
            yOffset="of:N",
            color=alt.Color("of:N", title=None),
        )
        .properties(width=480)
    )


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |\n"
