"""Run one execution with the credentials and endpoint of its environment.

Usage: `python -m localcloud.runners.executions execution.json`.
"""

import argparse
import sys
from pathlib import Path

import boto3

from localcloud.runners.executions.errors import ExecutionError
from localcloud.runners.executions.protocol import Execution, Reporter
from localcloud.runners.executions.run import run
from localcloud.runners.executions.stop import Stop


def main() -> int:
    """Return 0 where the end of the execution was reported, whatever it was; 1 where the file describes none."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.runners.executions", description=__doc__)
    parser.add_argument("execution", type=Path, help="JSON file that describes the execution")
    arguments = parser.parse_args()
    stop = Stop()
    stop.listen()
    try:
        execution = Execution.load(arguments.execution)
    except ExecutionError as error:
        print(error, file=sys.stderr)
        return 1
    session = boto3.Session(region_name=execution.region)
    run(execution, session.client("s3"), session.client("sagemaker"), Reporter(sys.stdout), stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
