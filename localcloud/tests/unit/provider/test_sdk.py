"""The installed SDK, asked for a type's properties."""

import subprocess
import sys

import pytest

PROGRAM = """
import warnings
warnings.simplefilter("ignore")
from localcloud.provider import sdk
assert sdk.resource_class({token!r}) is not None
import pulumi_aws as aws
aws.s3.BucketVersioning, aws.cloudwatch.EventTarget, aws.lambda_.Function, aws.sqs.Queue
"""


@pytest.mark.parametrize("token", ["aws:s3/bucket:Bucket", "aws:lambda/function:Function"])
def test_the_sdk_stays_whole_for_a_program_in_the_same_process(token: str) -> None:
    command = [sys.executable, "-c", PROGRAM.format(token=token)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
