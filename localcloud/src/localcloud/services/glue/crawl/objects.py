"""The objects of an S3 target, listed and sampled with the crawler's role."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from localcloud.server.clients import Clients
from localcloud.services.glue.crawl.errors import failed
from localcloud.services.glue.crawl.globs import excluded

Record = dict[str, Any]
_SAMPLE = 1024 * 1024
"""Bytes of an object that classifiers look at, but for Parquet, whose schema stands at its end."""


@dataclass(frozen=True)
class Target:
    """One S3 target: bucket, key prefix with its final slash, exclude patterns, files to sample of a folder."""

    bucket: str
    prefix: str
    exclusions: tuple[str, ...]
    sample_size: int | None

    @classmethod
    def of(cls, target: Record) -> "Target":
        """Reads an S3Target."""
        place = urlsplit(target["Path"])
        prefix = place.path.lstrip("/")
        prefix = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
        return cls(place.netloc, prefix, tuple(target.get("Exclusions") or ()), target.get("SampleSize"))

    def keys(self, clients: Clients) -> list[str]:
        """Keys that are crawled: not excluded, not hidden, not empty.

        Raises:
            CrawlFailed: when the role may not list the bucket.
        """
        found: list[str] = []
        try:
            pages = clients("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
            for page in pages:
                found.extend(item["Key"] for item in page.get("Contents", []) if item["Size"])
        except ClientError as error:
            raise failed(error, f"arn:aws:s3:::{self.bucket}") from error
        return list(self._wanted(found))

    def _wanted(self, keys: list[str]) -> Iterator[str]:
        taken: dict[str, int] = {}
        for key in keys:
            relative = key.removeprefix(self.prefix)
            if excluded(relative, list(self.exclusions)) or any(
                part.startswith(("_", ".")) for part in relative.split("/")
            ):
                continue
            folder = folder_of(key)
            taken[folder] = taken.get(folder, 0) + 1
            if self.sample_size is None or taken[folder] <= self.sample_size:
                yield key

    def read(self, clients: Clients, key: str) -> tuple[bytes, bool]:
        """The beginning of an object, and whether it is all of it.

        Raises:
            CrawlFailed: when the role may not read it.
        """
        s3, place = clients("s3"), {"Bucket": self.bucket, "Key": key}
        try:
            answer = s3.get_object(**place, Range=f"bytes=0-{_SAMPLE - 1}")
            content = answer["Body"].read()
            complete = len(content) < _SAMPLE
            if content.startswith(b"PAR1") or key.endswith(".gz"):
                return s3.get_object(**place)["Body"].read(), True
        except ClientError as error:
            raise failed(error, f"arn:aws:s3:::{self.bucket}/{key}") from error
        return content, complete


def folder_of(key: str) -> str:
    """The folder of a key, with its final slash."""
    return key[: key.rfind("/") + 1]
