"""Entry point of the server process: `python -m local.cloud --state-dir .local`."""

import argparse
import shlex
import sys
from pathlib import Path

from local.cloud.server import Options, run
from local.layout import DEFAULT_REGION


def main() -> int:
    """Reads the arguments and serves."""
    parser = argparse.ArgumentParser(prog="python -m local.cloud", description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True, help="directory of everything the cloud writes")
    parser.add_argument("--region", default=DEFAULT_REGION)
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 takes a free one")
    parser.add_argument("--attached", action="store_true", help="stop when the standard input ends")
    parser.add_argument("--runner", default="", help="command that runs a pipeline execution")
    given = parser.parse_args()
    runner = tuple(shlex.split(given.runner)) or (sys.executable, "-m", "local.runner")
    return run(Options(given.state_dir.absolute(), given.region, given.port, given.attached, runner))


if __name__ == "__main__":
    sys.exit(main())
