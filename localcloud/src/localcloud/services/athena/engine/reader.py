"""Objects of partitions: listed and read with the caller's permissions, their bytes counted."""

import gzip
import threading
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from localcloud.http.client_errors import DENIALS, denial_text, error_code
from localcloud.server.clients import Clients
from localcloud.services.athena.engine.errors import QueryCancelled, QueryError, s3_denied

CUTOFF_REASON = "Bytes scanned limit was exceeded"
_CHUNK = 1024 * 1024


class Reader:
    """Reads for one query; stops it when it is cancelled or reaches the workgroup's limit of scanned bytes."""

    def __init__(self, clients: Clients, cutoff: int | None, cancelled: threading.Event) -> None:
        self._s3 = clients("s3")
        self._cutoff = cutoff
        self._cancelled = cancelled
        self._known_buckets: set[str] = set()
        self.scanned = 0

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """Keys below a prefix, without what Hive takes for hidden: names that start with `_` or `.`.

        Raises:
            QueryError: PERMISSION_DENIED, or when there is no such bucket.
        """
        self._know(bucket)
        found: list[str] = []
        with _S3Errors(f"s3://{bucket}/{prefix}"):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                self.check()
                found.extend(item["Key"] for item in page.get("Contents", []) if item["Size"])
        return [key for key in found if not _hidden(key.removeprefix(prefix))]

    def read(self, bucket: str, key: str) -> bytes:
        """An object's content, decompressed when its name ends in `.gz`.

        Raises:
            QueryCancelled: by the user or by the limit.
            QueryError: PERMISSION_DENIED.
        """
        parts: list[bytes] = []
        with _S3Errors(f"s3://{bucket}/{key}"):
            body = self._s3.get_object(Bucket=bucket, Key=key)["Body"]
            for chunk in _chunks(body):
                self.scanned += len(chunk)
                self.check()
                parts.append(chunk)
        content = b"".join(parts)
        return gzip.decompress(content) if key.endswith(".gz") else content

    def check(self) -> None:
        """Raises QueryCancelled when the query is to stop."""
        if self._cancelled.is_set():
            raise QueryCancelled("Query was cancelled by user")
        if self._cutoff is not None and self.scanned > self._cutoff:
            raise QueryCancelled(CUTOFF_REASON)

    def _know(self, bucket: str) -> None:
        # Athena asks where a bucket is before it reads it (user guide, "Control access to Amazon S3 from Athena").
        if bucket not in self._known_buckets:
            with _S3Errors(f"s3://{bucket}"):
                self._s3.get_bucket_location(Bucket=bucket)
            self._known_buckets.add(bucket)


class _S3Errors:
    """Turns S3's refusals into the query's error."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, ClientError):
            if error_code(error) in DENIALS:
                resource = self._path.replace("s3://", "arn:aws:s3:::", 1)
                raise s3_denied(self._path, denial_text(error, resource)) from error
            raise QueryError("HIVE_FILESYSTEM_ERROR", f"{self._path}: {denial_text(error)}") from error


def _chunks(body: Any) -> Iterator[bytes]:
    while chunk := body.read(_CHUNK):
        yield chunk


def _hidden(relative_key: str) -> bool:
    return any(part.startswith(("_", ".")) for part in relative_key.split("/"))
