"""The installed SDK, asked for a type's properties."""

import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.provider import input_types, sdk
from localcloud.provider.errors import ProviderError
from localcloud.provider.types import TYPES

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


@pytest.fixture
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCALCLOUD_STATE_DIR", str(tmp_path))
    input_types.of.cache_clear()
    return tmp_path


@pytest.mark.parametrize("token", TYPES)
def test_what_a_type_takes_is_read_off_the_sdk_once(
    token: str, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    args = sdk.resource_class(token, "Args")
    assert args is not None
    first = input_types.of(token)
    input_types.of.cache_clear()
    monkeypatch.setattr(sdk, "resource_class", lambda *_: pytest.fail("read again"))

    assert input_types.of(token) == first == sdk.input_types(args)
    assert len(list(state_dir.rglob("*.json"))) == 1


def test_a_file_that_is_cut_off_is_written_again(state_dir: Path) -> None:
    first = input_types.of("aws:sqs/queue:Queue")
    (file,) = state_dir.rglob("*.json")
    file.write_text(file.read_text(encoding="utf-8")[:100], encoding="utf-8")
    input_types.of.cache_clear()

    assert input_types.of("aws:sqs/queue:Queue") == first


def test_a_type_that_the_sdk_does_not_have_leaves_nothing_behind(state_dir: Path) -> None:
    with pytest.raises(ProviderError, match="no resource type aws:sqs/queue:Nothing"):
        input_types.of("aws:sqs/queue:Nothing")
    assert list(state_dir.rglob("*.json")) == []
