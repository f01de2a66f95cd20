"""`make bench`: measure what the project costs, as ratios within one run, on a local cloud of its own."""

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import kpi, preview, record
from bench.definition import compare_definition
from bench.notifier import compare_notifier
from bench.result import Result, regressions
from demo.account import ROOT
from demo.local_cloud import local_cloud
from localcloud import LocalCloud

_MEASUREMENTS: dict[str, Callable[[LocalCloud, Path], Sequence[Result]]] = {
    "previews": preview.compare_programs,
    "growth": preview.compare_growth,
    "notifier": lambda _cloud, folder: compare_notifier(folder),
    "definition": lambda _cloud, _folder: [compare_definition()],
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmarks; return 1 where a day's partition costs more with a longer history, else 0."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--record", action="store_true", help="keep the figures although a ratio became worse")
    arguments = parser.parse_args(argv)
    folder, console = ROOT / ".local" / "bench", Console()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    results: list[Result] = []
    with local_cloud(folder / "cloud") as cloud:
        for name, measurement in _MEASUREMENTS.items():
            with console.status(name):
                results += measurement(cloud, folder)
        with console.status("KPI queries: one day, then 365 days of history"):
            queries = kpi.compare(cloud)
    console.print(_ratios(results))
    console.print(_queries(queries))

    worse = regressions(results, record.recorded())
    for regression in worse:
        console.print(f"[yellow]worse by more than a third: {regression}[/yellow]")
    if worse and not arguments.record:
        console.print("The recorded figures stay; to replace them: make bench ARGS=--record")
    else:
        record.write(results, queries)
        console.print("Written: " + ", ".join(str(path.relative_to(ROOT)) for path in record.FILES))
    if queries.byte_ratio != 1:
        console.print(f"[red]A day costs {queries.byte_ratio:.2f} times the bytes with 365 days of history.[/red]")
        return 1
    return 0


def _ratios(results: Sequence[Result]) -> Table:
    table = Table(title="Ratios within this run: medians of five rounds")
    for heading in record.HEADINGS:
        table.add_column(heading, justify="right" if heading else "left")
    for result in results:
        table.add_row(result.title, *record.cells(result), style="" if result.keeps_limits else "yellow")
    return table


def _queries(comparison: kpi.Comparison) -> Table:
    table = Table(title="One query on model_metrics through Athena, ratios within this benchmark")
    for heading in ("query", "history", "bytes scanned", "bytes, ratio", "seconds (median)", "seconds, ratio"):
        table.add_column(heading, justify="left" if heading == "query" else "right")
    base = comparison.day_alone
    for name, history, measured in (
        ("one day", "1 day", base),
        ("one day", "365 days", comparison.day_in_year),
        ("all days", "365 days", comparison.whole_year),
    ):
        table.add_row(
            name,
            history,
            f"{measured.scanned_bytes:,}",
            f"{measured.scanned_bytes / base.scanned_bytes:.2f}",
            f"{measured.seconds:.3f}",
            f"{measured.seconds / base.seconds:.2f}",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
