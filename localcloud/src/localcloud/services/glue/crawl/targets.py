"""S3 targets: which of their objects are crawled, and what these hold, read with the crawler's role.

Source of exclude patterns: Glue developer guide, "Include and exclude patterns". A pattern is compared with the path
below the target.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from localcloud.clients import Clients
from localcloud.services.glue.crawl.log import failing_crawl

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import S3TargetTypeDef
    from mypy_boto3_s3.client import S3Client

_SAMPLE_BYTES = 1024 * 1024
"""What classifiers look at of an object, but for Parquet, whose schema stands at its end."""


@dataclass(frozen=True)
class Target:
    """One S3 target: bucket, key prefix with its final slash, exclude patterns, files to sample of a folder."""

    bucket: str
    prefix: str
    exclusions: tuple[str, ...]
    sample_size: int | None

    @classmethod
    def of(cls, target: S3TargetTypeDef) -> Target:
        """Read an S3Target."""
        place = urlsplit(target.get("Path") or "")
        prefix = place.path.lstrip("/")
        prefix = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
        return cls(place.netloc, prefix, tuple(target.get("Exclusions") or ()), target.get("SampleSize"))

    def keys(self, clients: Clients) -> dict[str, str]:
        """Return the keys that are crawled, with the objects' ETags: not excluded, not hidden, not empty.

        Raises:
            CrawlFailed: when the role may not list the bucket.
        """
        s3: S3Client = clients("s3")
        etags: dict[str, str] = {}
        with failing_crawl(f"arn:aws:s3:::{self.bucket}"):
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix):
                objects = [item for item in page.get("Contents", []) if item.get("Size")]
                etags |= {item.get("Key", ""): item.get("ETag", "") for item in objects}
        return {key: etags[key] for key in self._sampled(list(etags))}

    def read(self, clients: Clients, key: str) -> tuple[bytes, bool]:
        """Return the beginning of an object, and whether it is all of it.

        Raises:
            CrawlFailed: when the role may not read it.
        """
        s3: S3Client = clients("s3")
        with failing_crawl(f"arn:aws:s3:::{self.bucket}/{key}"):
            sample = s3.get_object(Bucket=self.bucket, Key=key, Range=f"bytes=0-{_SAMPLE_BYTES - 1}")
            content = sample["Body"].read()
            if content.startswith(b"PAR1") or key.endswith(".gz"):
                return s3.get_object(Bucket=self.bucket, Key=key)["Body"].read(), True
        return content, len(content) < _SAMPLE_BYTES

    def folder_uri(self, key: str) -> str:
        """Return the S3 URI of the folder that a key is in, with its final slash."""
        return f"s3://{self.bucket}/{key[: key.rfind('/') + 1]}"

    def _sampled(self, keys: Sequence[str]) -> Iterator[str]:
        in_folder: Counter[str] = Counter()
        for key in keys:
            path = key.removeprefix(self.prefix)
            is_hidden = any(part.startswith(("_", ".")) for part in path.split("/"))
            if is_hidden or is_excluded(path, self.exclusions):
                continue
            in_folder[self.folder_uri(key)] += 1
            if self.sample_size is None or in_folder[self.folder_uri(key)] <= self.sample_size:
                yield key


def is_excluded(path: str, patterns: Sequence[str]) -> bool:
    """Return whether a path, relative to its target, matches one of the exclude patterns."""
    return any(glob(pattern).fullmatch(path) for pattern in patterns)


@lru_cache(maxsize=256)
def glob(pattern: str) -> re.Pattern[str]:
    """Return a glob as a regular expression that has to match a whole relative path.

    Raises:
        ValueError: for a bracket or brace that is not closed, a nested brace or a final backslash.
    """
    return re.compile("".join(_Glob(pattern).parse()), re.DOTALL)


class _Glob:
    """Read a glob from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._in_braces = False

    def parse(self) -> list[str]:
        """Return the parts of the regular expression."""
        parts: list[str] = []
        while self._at < len(self._pattern):
            parts.append(self._next())
        if self._in_braces:
            raise self._error("a brace is not closed")
        return parts

    def _next(self) -> str:
        letter = self._take()
        if letter == "\\":
            if self._at == len(self._pattern):
                raise self._error("nothing follows the last backslash")
            return re.escape(self._take())
        if letter == "*":
            if self._pattern.startswith("*", self._at):
                self._at += 1
                return ".*"
            return "[^/]*"
        if letter == "?":
            return "[^/]"
        if letter == "[":
            return self._brackets()
        return self._braces(letter)

    def _braces(self, letter: str) -> str:
        if letter == "{":
            if self._in_braces:
                raise self._error("braces cannot be nested")
            self._in_braces = True
            return "(?:"
        if self._in_braces and letter in {"}", ","}:
            self._in_braces = letter == ","
            return ")" if letter == "}" else "|"
        return re.escape(letter)

    def _brackets(self) -> str:
        end = self._pattern.find("]", self._at + 1)
        if end < 0:
            raise self._error("a bracket is not closed")
        inside = self._pattern[self._at : end]
        self._at = end + 1
        is_negated = inside.startswith("!")
        inside = inside[1:] if is_negated else inside
        # Within brackets *, ? and \ stand for themselves, and nothing matches a slash.
        escaped = re.sub(r"([\\\^\[\]&~|])", r"\\\1", inside)
        return f"(?!/)[{'^' if is_negated else ''}{escaped}]"

    def _take(self) -> str:
        letter = self._pattern[self._at]
        self._at += 1
        return letter

    def _error(self, reason: str) -> ValueError:
        return ValueError(f"The exclude pattern {self._pattern} is not valid: {reason}")
