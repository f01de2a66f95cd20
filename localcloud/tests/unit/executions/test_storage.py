from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from localcloud.runners.executions.container import Container
from localcloud.runners.executions.errors import LONGEST_REASON, StepFailedError, refused_call, shortened
from localcloud.runners.executions.storage import Storage

from .definitions import BUCKET, REGION, ROLE


@pytest.fixture
def storage(s3: Any) -> Storage:
    for key in ("a/b/one.csv", "a/b/c/two.csv", "a/bee.csv", "a/empty/"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    return Storage(s3, REGION, ROLE)


@pytest.mark.parametrize(
    ("uri", "files"),
    [
        ("s3://bucket/a/b/", ["c/two.csv", "one.csv"]),
        ("s3://bucket/a/b", ["bee.csv", "c/two.csv", "one.csv"]),
        ("s3://bucket/a/b/one.csv", ["one.csv"]),
        ("s3://bucket/a/b/o", ["one.csv"]),
    ],
)
def test_a_prefix_becomes_a_folder(storage: Storage, tmp_path: Path, uri: str, files: list[str]):
    storage.download(uri, tmp_path)
    downloaded = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert downloaded == sorted(files)


def test_a_key_that_leads_out_of_the_folder_is_refused(storage: Storage, s3: Any, tmp_path: Path):
    s3.put_object(Bucket=BUCKET, Key="evil/../../../x", Body=b"x")
    with pytest.raises(StepFailedError, match="leads out of the job's folder"):
        storage.download("s3://bucket/evil/", tmp_path)


def test_outputs_are_encrypted_with_the_jobs_key(storage: Storage, s3: Any, tmp_path: Path):
    (tmp_path / "file").write_text("x")
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    assert storage.upload(tmp_path, "s3://bucket/out/", key) == 1
    assert s3.head_object(Bucket=BUCKET, Key="out/file")["SSEKMSKeyId"] == key


@pytest.mark.parametrize("uri", ["bucket/key", "s3://", "https://bucket/key"])
def test_text_that_is_no_s3_uri_fails_the_step(storage: Storage, tmp_path: Path, uri: str):
    with pytest.raises(StepFailedError, match="is not an S3 URI"):
        storage.download(uri, tmp_path)


def client_error(code: str, status: int) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "why"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "GetObject")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (client_error("SlowDown", 503), "Step.THROTTLING"),
        (client_error("ThrottlingException", 400), "Step.THROTTLING"),
        (client_error("InternalError", 500), "Step.SERVICE_FAULT"),
        (client_error("ResourceLimitExceeded", 400), "SageMaker.RESOURCE_LIMIT"),
        (client_error("AccessDenied", 403), None),
        (EndpointConnectionError(endpoint_url="http://x"), "Step.SERVICE_FAULT"),
    ],
)
def test_a_refused_call_has_the_kind_that_retry_policies_name(error: Any, kind: str | None):
    assert refused_call(error, "Data download failed").kind == kind


def test_a_long_reason_keeps_its_beginning_and_its_end():
    text = shortened("begin " + "x" * 5000 + " end")
    assert len(text) == LONGEST_REASON
    assert text.startswith("begin")
    assert text.endswith("end")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/opt/ml/model", "{root}/model"),
        ("/opt/ml", "{root}"),
        ("--model=/opt/ml/model", "--model={root}/model"),
        ("/opt/ml/a:/opt/ml/b", "{root}/a:{root}/b"),
        ("/opt/mlops", "/opt/mlops"),
        ("/data/opt/ml/x", "/data/opt/ml/x"),
        ("s3://bucket/opt/ml/x", "s3://bucket/opt/ml/x"),
    ],
)
def test_only_paths_of_the_container_are_mapped(tmp_path: Path, text: str, expected: str):
    assert Container(tmp_path, tmp_path / "log").mapped(text) == expected.format(root=tmp_path)
