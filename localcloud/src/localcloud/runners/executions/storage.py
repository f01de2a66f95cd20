"""S3 as SageMaker uses it for a job: a prefix becomes a folder before the job, a folder a prefix after it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.runners.executions.errors import StepFailedError, refused_call

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def _split(uri: str) -> tuple[str, str]:
    """Return bucket and key of `s3://bucket/key`; raise StepFailedError for other text."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        raise StepFailedError(f"ClientError: {uri!r} is not an S3 URI")
    return bucket, key


class Storage:
    """S3 with the execution role's credentials; every method raises StepFailedError where S3 refuses."""

    def __init__(self, s3: S3Client, region: str, role_arn: str) -> None:
        self._s3 = s3
        self._region = region
        self._role_arn = role_arn

    def read(self, uri: str) -> str:
        """Return the text of one object."""
        bucket, key = _split(uri)
        try:
            return self._s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        except (BotoCoreError, ClientError) as error:
            raise refused_call(error, f"Data download failed for {uri}") from error

    def download(self, uri: str, folder: Path) -> int:
        """Copy every object whose key begins with the prefix into a folder; return their number, at least 1.

        Raises:
            StepFailedError: There is none; with SageMaker's own words.
        """
        bucket, prefix = _split(uri)
        folder.mkdir(parents=True, exist_ok=True)
        count = 0
        try:
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for item in page.get("Contents", []):
                    key = item.get("Key", "")
                    if not key.endswith("/"):
                        self._download_object(bucket, key, _target(folder, prefix, key))
                        count += 1
        except (BotoCoreError, ClientError) as error:
            raise refused_call(error, f"Data download failed for {uri}") from error
        if not count:
            raise StepFailedError(
                f'ClientError: No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that '
                f"the bucket exists in the selected region ({self._region}), that objects exist under that S3 prefix, "
                f'and that the role "{self._role_arn}" has "s3:ListBucket" permissions on bucket "{bucket}".'
            )
        return count

    def _download_object(self, bucket: str, key: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            shutil.copyfileobj(self._s3.get_object(Bucket=bucket, Key=key)["Body"], file)

    def upload(self, folder: Path, uri: str, kms_key_id: str | None) -> int:
        """Copy every file below a folder under the prefix; return their number."""
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in files:
            self.upload_file(path, f"{uri.rstrip('/')}/{path.relative_to(folder).as_posix()}", kms_key_id)
        return len(files)

    def upload_file(self, path: Path, uri: str, kms_key_id: str | None) -> None:
        """Copy one file to one object."""
        bucket, key = _split(uri)
        extra: dict[str, Any] = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_id} if kms_key_id else {}
        try:
            with path.open("rb") as body:
                self._s3.put_object(Bucket=bucket, Key=key, Body=body, **extra)
        except (BotoCoreError, ClientError) as error:
            raise refused_call(error, f"Data upload failed for {uri}") from error


def _target(folder: Path, prefix: str, key: str) -> Path:
    """Return where an object goes: below the prefix as a folder, or beside others where the prefix begins a name."""
    base = prefix if prefix.endswith("/") else f"{prefix}/"
    relative = key.removeprefix(base) if key.startswith(base) or not prefix else key[prefix.rfind("/") + 1 :]
    target = (folder / relative).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise StepFailedError(f"ClientError: the key {key!r} leads out of the job's folder")
    return target
