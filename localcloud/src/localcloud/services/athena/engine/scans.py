"""The data of a scan: objects listed and read with the caller's permissions, loaded into a DuckDB table."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from botocore.exceptions import ClientError

from localcloud.client_errors import is_denied, message_of
from localcloud.clients import Clients
from localcloud.services.athena.engine.errors import QueryCancelled, QueryError, s3_denied
from localcloud.services.athena.engine.partitions import Partition
from localcloud.services.athena.engine.planner import Scan
from localcloud.services.athena.engine.serdes import Row, SerDe, serde
from localcloud.services.athena.engine.types import duckdb_type

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

CUTOFF_REASON = "Bytes scanned limit was exceeded"
_CHUNK_BYTES = 1024 * 1024
_LIST_EACH = 16
"""Up to this many partitions are listed one by one, more of them in one listing of what they have in common."""

_END = "."
"""The end of each row, so that a row of one NULL is not taken for an empty line."""

Listing = list[tuple[Partition, list[str]]]
"""Partitions with the keys of their objects."""


class Reader:
    """Read for one query; stop it when it is cancelled or reaches the workgroup's limit of scanned bytes.

    Args:
        clients: of the query's caller.
        cutoff: how many bytes may be scanned; None for no limit.
        cancelled: set when the query is to stop.
    """

    def __init__(self, clients: Clients, cutoff: int | None, cancelled: threading.Event) -> None:
        self._s3: S3Client = clients("s3")
        self._data: S3Client = self._s3
        self._cutoff = cutoff
        self._cancelled = cancelled
        self._located_buckets: set[str] = set()
        self.scanned = 0

    def read_as(self, clients: Clients) -> None:
        """List and read objects with other clients from now on."""
        self._data = clients("s3")

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """Return the keys below a prefix, without what Hive takes for hidden: names that start with `_` or `.`.

        Raises:
            QueryError: PERMISSION_DENIED, or when there is no such bucket.
        """
        self._locate(bucket)
        keys: list[str] = []
        with _s3_errors(f"s3://{bucket}/{prefix}"):
            for page in self._data.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                self.check()
                keys.extend(item.get("Key", "") for item in page.get("Contents", []) if item.get("Size"))
        return [key for key in keys if not _is_hidden(key.removeprefix(prefix))]

    def read(self, bucket: str, key: str) -> bytes:
        """Return an object's content, decompressed when its name ends in `.gz`.

        Raises:
            QueryCancelled: by the user or by the limit.
            QueryError: PERMISSION_DENIED.
        """
        chunks: list[bytes] = []
        with _s3_errors(f"s3://{bucket}/{key}"):
            body = self._data.get_object(Bucket=bucket, Key=key)["Body"]
            while chunk := body.read(_CHUNK_BYTES):
                self.scanned += len(chunk)
                self.check()
                chunks.append(chunk)
        content = b"".join(chunks)
        return gzip.decompress(content) if key.endswith(".gz") else content

    def check(self) -> None:
        """Raise QueryCancelled when the query is to stop."""
        if self._cancelled.is_set():
            raise QueryCancelled("Query was cancelled by user")
        if self._cutoff is not None and self.scanned > self._cutoff:
            raise QueryCancelled(CUTOFF_REASON)

    def _locate(self, bucket: str) -> None:
        # Athena asks where a bucket is before it reads it (user guide, "Control access to Amazon S3 from Athena").
        if bucket not in self._located_buckets:
            with _s3_errors(f"s3://{bucket}"):
                self._s3.get_bucket_location(Bucket=bucket)
            self._located_buckets.add(bucket)


def load(
    scan: Scan, partitions: Sequence[Partition], reader: Reader, engine: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    """Create the table of a scan in DuckDB, with the catalog's types, and fill it.

    Args:
        scan: the reference to a table; its relation is the name in DuckDB.
        partitions: those to read.
        reader: reads them.
        engine: where the table is created.
        folder: for temporary files.

    Raises:
        QueryError: for data that does not fit the table, or that the caller may not read.
        QueryCancelled: when the query is to stop.
    """
    columns = ", ".join(f'"{name}" {duckdb_type(kind)}' for name, kind in (*scan.table.columns, *scan.table.keys))
    engine.execute(f'CREATE TABLE "{scan.relation}" ({columns})')
    listing = sorted(_listed(partitions, reader), key=lambda item: item[0].storage.serde)
    for library, group in groupby(listing, key=lambda item: item[0].storage.serde):
        reads = serde(library)
        try:
            if reads.parquet:
                _load_parquet(scan, list(group), reader, engine, folder)
            else:
                _load_text(scan, list(group), reads, reader, engine, folder)
        except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
            raise QueryError("HIVE_BAD_DATA", f"Error parsing a field: {str(error).splitlines()[0]}") from error


def _listed(partitions: Sequence[Partition], reader: Reader) -> Listing:
    listing: Listing = []
    for bucket in dict.fromkeys(partition.storage.bucket for partition in partitions):
        in_bucket = [partition for partition in partitions if partition.storage.bucket == bucket]
        if len(in_bucket) <= _LIST_EACH:
            listing.extend((partition, reader.keys(bucket, partition.storage.prefix)) for partition in in_bucket)
            continue
        by_prefix: dict[str, list[str]] = {partition.storage.prefix: [] for partition in in_bucket}
        for key in reader.keys(bucket, _common_folder([*by_prefix])):
            folders = [key[: index + 1] for index, letter in enumerate(key) if letter == "/"]
            prefix = next((folder for folder in reversed(folders) if folder in by_prefix), None)
            if prefix:
                by_prefix[prefix].append(key)
        listing.extend((partition, by_prefix[partition.storage.prefix]) for partition in in_bucket)
    return listing


def _common_folder(prefixes: list[str]) -> str:
    first, last = min(prefixes), max(prefixes)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[: first.rfind("/", 0, length) + 1]


def _load_text(
    scan: Scan, listing: Listing, reads: SerDe, reader: Reader, engine: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    table = scan.table
    file = folder / f"{scan.relation}.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        for partition, keys in listing:
            values = [partition.values[name] for name in table.key_names]
            for key in keys:
                content = reader.read(partition.storage.bucket, key).decode("utf-8", "replace")
                for row in reads.rows(content, table.columns, partition.storage.properties):
                    lines.write(_line([*row, *values, _END]))
    if not file.stat().st_size:
        return
    width = len(table.columns) + len(table.keys)
    raw = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(width + 1))
    typed = [reads.expression(f"c{index}", kind) for index, (_, kind) in enumerate(table.columns)]
    typed += [
        f"CAST(c{index} AS {duckdb_type(kind)})" for index, (_, kind) in enumerate(table.keys, len(table.columns))
    ]
    engine.execute(
        f'INSERT INTO "{scan.relation}" SELECT {", ".join(typed)} FROM read_csv($file, auto_detect = false, '  # noqa: S608
        "header = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false, "
        f"parallel = false, max_line_size = 67108864, columns = {{{raw}}})",
        {"file": str(file)},
    )
    file.unlink()


def _load_parquet(
    scan: Scan, listing: Listing, reader: Reader, engine: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    table = scan.table
    file = folder / f"{scan.relation}.parquet"
    for partition, key in ((partition, key) for partition, keys in listing for key in keys):
        file.write_bytes(reader.read(partition.storage.bucket, key))
        described = engine.execute("DESCRIBE SELECT * FROM read_parquet($file)", {"file": str(file)}).fetchall()
        names = {str(row[0]).lower(): str(row[0]) for row in described}
        typed = [
            f'CAST("{names[name]}" AS {duckdb_type(kind)})' if name in names else "NULL" for name, kind in table.columns
        ]
        typed += [f"CAST($k{index} AS {duckdb_type(kind)})" for index, (_, kind) in enumerate(table.keys)]
        values = {f"k{index}": partition.values[name] for index, name in enumerate(table.key_names)}
        engine.execute(
            f'INSERT INTO "{scan.relation}" SELECT {", ".join(typed)} FROM read_parquet($file)',  # noqa: S608
            {"file": str(file), **values},
        )
        file.unlink()


def _line(row: Row) -> str:
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row) + "\n"


def _is_hidden(relative_key: str) -> bool:
    return any(part.startswith(("_", ".")) for part in relative_key.split("/"))


@contextmanager
def _s3_errors(path: str) -> Generator[None]:
    """Turn S3's refusals into the query's error."""
    try:
        yield
    except ClientError as error:
        if is_denied(error):
            raise s3_denied(path, message_of(error, path.replace("s3://", "arn:aws:s3:::", 1))) from error
        raise QueryError("HIVE_FILESYSTEM_ERROR", f"{path}: {message_of(error)}") from error
