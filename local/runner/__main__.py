"""`python -m local.runner execution.json`: runs one execution with the credentials and endpoint of its environment."""

import argparse
import sys
from pathlib import Path

import boto3

from local.runner.errors import ExecutionError
from local.runner.execution import load
from local.runner.report import Report
from local.runner.run import run
from local.runner.stop import Stop


def main() -> int:
    """0 where the end of the execution could be reported, whatever it was; 1 where the file is no execution."""
    parser = argparse.ArgumentParser(prog="python -m local.runner", description=__doc__)
    parser.add_argument("execution", type=Path, help="JSON file that describes the execution")
    arguments = parser.parse_args()
    report = Report(sys.stdout)
    stop = Stop()
    stop.listen()
    try:
        execution = load(arguments.execution)
    except ExecutionError as error:
        print(error, file=sys.stderr)
        return 1
    aws = boto3.Session(region_name=execution.region)
    run(execution, aws.client("s3"), aws.client("sagemaker"), report, stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
