from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from pipeline_def import code


def write(folder: Path, **files: str) -> None:
    for name, content in files.items():
        (folder / f"{name}.py").write_text(content)


def test_a_bundle_holds_the_script_and_what_it_imports_from_beside_itself(tmp_path: Path):
    write(tmp_path, entry="import json\nimport helper\n", helper="from deeper import x\n", deeper="x = 1\n", other="")
    bundle = code.bundle("entry.py", tmp_path)
    assert [name for name, _ in bundle.files] == ["deeper.py", "entry.py", "helper.py"]


def test_a_bundles_hash_follows_its_content_and_nothing_else(tmp_path: Path):
    write(tmp_path, entry="import helper\n", helper="", other="1")
    first = code.bundle("entry.py", tmp_path).sha256
    write(tmp_path, other="2")
    (tmp_path / "entry.py").touch()
    assert code.bundle("entry.py", tmp_path).sha256 == first
    write(tmp_path, helper="# changed\n")
    assert code.bundle("entry.py", tmp_path).sha256 != first


@mock_aws
def test_code_is_uploaded_once_and_encrypted_with_the_key(tmp_path: Path):
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="artifacts")
    write(tmp_path, entry="import helper\n", helper="")
    bundle = code.bundle("entry.py", tmp_path)
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    assert code.upload(s3, bundle, "artifacts", "pipe", key) == 2
    assert code.upload(s3, bundle, "artifacts", "pipe", key) == 0
    stored = s3.head_object(Bucket="artifacts", Key=f"pipe/code/{bundle.sha256}/entry.py")
    assert stored["ServerSideEncryption"] == "aws:kms"
    assert stored["SSEKMSKeyId"] == key


@mock_aws
def test_a_bucket_that_does_not_exist_is_not_taken_for_missing_code(tmp_path: Path):
    write(tmp_path, entry="")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        code.upload(boto3.client("s3", region_name="us-east-1"), code.bundle("entry.py", tmp_path), "none", "p", None)


class Forbidding:
    """S3 for a caller that may put objects but not list the bucket."""

    def __init__(self) -> None:
        self.put: list[str] = []

    def head_object(self, **_arguments: str) -> None:
        response: Any = {"Error": {"Code": "403"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
        raise ClientError(response, "HeadObject")

    def put_object(self, **arguments: str) -> None:
        self.put.append(arguments["Key"])


def test_a_caller_that_may_not_list_the_bucket_uploads_anyway(tmp_path: Path):
    write(tmp_path, entry="")
    s3: Any = Forbidding()
    bundle = code.bundle("entry.py", tmp_path)
    assert code.upload(s3, bundle, "artifacts", "pipe", None) == 1
    assert s3.put == [f"pipe/code/{bundle.sha256}/entry.py"]
