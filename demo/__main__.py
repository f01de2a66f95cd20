"""`make demo`: the whole project once on a local cloud of its own, told in `.local/demo/report.html`."""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from demo import DemoError
from demo.account import ROOT
from demo.local_cloud import account_on, local_cloud
from demo.report.chart import ChartError
from demo.report.render import render
from demo.scenario import Scenario
from demo.timeline import Timeline
from localcloud.layout import STATE_DIR_VARIABLE
from localcloud.lifecycle import LocalCloudError


def run(folder: Path, timeline: Timeline) -> dict[str, Any]:
    """Run the demo in a fresh folder; return the summary, which is written there with the report."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with local_cloud(folder / "cloud") as cloud:
        timeline.note(f"local cloud at {cloud.endpoint}, IAM enforced")
        scenario = Scenario(account_on(cloud), folder, timeline)
        page = render(scenario.tell(), scenario.figures)
    summary = scenario.summary
    (folder / "report.html").write_text(page, encoding="utf-8")
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return summary


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo; return 0, or 1 where something did not happen as it should."""
    argparse.ArgumentParser(prog="python -m demo", description=__doc__).parse_args(argv)
    state_dir = Path(os.environ.get(STATE_DIR_VARIABLE) or ROOT / ".local").absolute()
    folder, timeline = state_dir / "demo", Timeline()
    try:
        summary = run(folder, timeline)
    except KeyboardInterrupt:
        return 130
    except (ChartError, DemoError, LocalCloudError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    remaining = {service: count for service, count in summary["after_destroy"].items() if count}
    if remaining or summary["second_up_changes"]:
        print(
            f"error: left after destroy: {remaining}; changed by a second up: {summary['second_up_changes']}",
            file=sys.stderr,
        )
        return 1
    timeline.title(f"Done; nothing is left. What happened: {folder / 'report.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
