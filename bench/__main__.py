"""`make bench`: runs the benchmarks on a local cloud of their own; figures go to `.local/bench/`."""

import argparse
import shutil
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.kpi import Comparison, compare
from demo.account import ROOT
from demo.local_cloud import local_cloud
from localcloud.layout import write_json


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmarks; return 1 where a day's partition costs more with a longer history, else 0."""
    argparse.ArgumentParser(prog="python -m bench", description=__doc__).parse_args(argv)
    folder, console = ROOT / ".local" / "bench", Console()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with local_cloud(folder / "cloud") as cloud, console.status("one day, then 365 days of history"):
        comparison = compare(cloud)
    write_json(folder / "kpi.json", comparison.as_dict())
    console.print(_table(comparison))
    console.print(f"Figures: {folder / 'kpi.json'}")
    if comparison.byte_ratio != 1:
        console.print(f"[red]A day costs {comparison.byte_ratio:.2f} times the bytes with 365 days of history.[/red]")
        return 1
    return 0


def _table(comparison: Comparison) -> Table:
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
