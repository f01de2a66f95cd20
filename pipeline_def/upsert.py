"""`python -m pipeline_def.upsert`: create the ML pipeline, or update it where it differs from the code.

Prints one JSON object: action (created | updated | unchanged), pipeline_arn, definition_sha256, tags_changed, commit.
With --dry-run it prints the definition instead, without credentials and without calling AWS.
Exit codes: 0 done, 1 refused or failed (one message on stderr), 2 wrong flags.
"""

import argparse
import gc
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from contract.aws_errors import is_access_denied
from pipeline_def import code, commit, failures
from pipeline_def.definition import DefinitionError, PipelineDefinition, build
from pipeline_def.environment import VARIABLES, InvalidEnvironmentError, PipelineEnvironment, parse
from pipeline_def.reconcile import reconcile
from pipeline_def.validation import InvalidDefinitionError, require_valid

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

_DIRECTORY = Path(__file__).parent


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        environment = read_environment(os.environ, vars(arguments))
        definition = build(environment)
        require_valid(json.loads(definition.text))
        if arguments.dry_run:
            print(definition.text)
            return 0
        result = upsert(environment, definition)
    except (InvalidEnvironmentError, DefinitionError, InvalidDefinitionError, _FailedCallError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(result))
    return 0


class _FailedCallError(Exception):
    """A call to AWS failed; the message says what to do."""


def read_environment(variables: Mapping[str, str], flags: Mapping[str, str | None]) -> PipelineEnvironment:
    """Return the ML pipeline's environment; a flag wins over the variable of its name.

    Raises:
        InvalidEnvironmentError: naming every variable that is missing or wrong.
    """
    from_flags = {name: value for name in VARIABLES if (value := flags.get(name.lower())) is not None}
    values = {**variables, **from_flags}
    return parse({**values, "COMMIT": commit.current(values, _DIRECTORY)})


def upsert(environment: PipelineEnvironment, definition: PipelineDefinition) -> dict[str, object]:
    """Upload the code, create or update the ML pipeline, and return what the command prints."""
    aws = boto3.Session(region_name=environment.region)
    try:
        _require_role(aws.client("iam"), environment)
        s3 = aws.client("s3")
        for bundle in definition.bundles:
            code.upload(s3, bundle, environment.artifact_bucket, environment.pipeline_name, environment.kms_key_arn)
        result = reconcile(aws.client("sagemaker"), s3, environment, definition)
    except (BotoCoreError, ClientError) as error:
        raise _FailedCallError(failures.explain(error, environment)) from error
    return {**asdict(result), "commit": environment.commit}


def _require_role(iam: "IAMClient", environment: PipelineEnvironment) -> None:
    """Raise ClientError where the execution role doesn't exist: SageMaker would say so only when an execution starts.

    A caller that may not look at the role gets no such early answer.
    """
    try:
        iam.get_role(RoleName=environment.role_arn.rpartition("/")[2])
    except ClientError as error:
        if not is_access_denied(error):
            raise


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipeline_def.upsert",
        description="Create or update the ML pipeline. "
        "Each flag stands for the environment variable of its name and wins over it.",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the definition; no credentials, no call to AWS")
    for name, expected in VARIABLES.items():
        parser.add_argument(f"--{name.lower().replace('_', '-')}", dest=name.lower(), metavar="TEXT", help=expected)
    return parser


if __name__ == "__main__":
    # The SDK's million objects stay to the end: the collector would look through them for half of the time.
    gc.disable()
    exit_code = main()
    gc.freeze()
    sys.exit(exit_code)
