"""What lies below the prefix of a team's tables, and what the tables that a crawl keeps there read of it."""

from __future__ import annotations

import bz2
import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from contract.layout import DataLayout
from lambdas.notifier import csv_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from mypy_boto3_glue.type_defs import StorageDescriptorOutputTypeDef, TableTypeDef
    from mypy_boto3_s3.type_defs import ObjectTypeDef

    from lambdas.notifier.clients import Clients
    from lambdas.notifier.deadline import Deadline
    from lambdas.notifier.settings import Settings

MAXIMUM_FILES = 100
"""As many files are looked into, the newest first; the folders of all of them are compared with the catalog."""
MAXIMUM_BYTES = 1024 * 1024
"""As much of a file is looked into."""

# Athena reads these as well, by their suffix ("Use compression in Athena", Athena user guide); Python does not.
_NOT_UNPACKED = (".zst", ".lz4", ".snappy", ".deflate")
_LAZY_SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_OPEN_CSV_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
# What S3 has of a second, and what an event leaves of the crawl's seconds.
_ROUNDING = timedelta(seconds=2)
_LEFT_OUT = "no table reads this folder: the crawl left it out"
_LEFT_OUT_OF_OLD_TABLE = f"{_LEFT_OUT}, and its table is of LazySimpleSerDe: let a new crawler make it"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with files of a table, or with those of a folder that is in none.

    `place` is where it is found first, below the prefix of the tables; `files` is how many files have it.
    """

    table: str
    text: str
    place: str
    files: int


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What was found, and how many files were looked into of those that there are."""

    problems: tuple[Problem, ...]
    examined: int
    files: int


@dataclass(frozen=True)
class _Table:
    name: str
    columns: csv_file.Columns | None
    serde: str
    delimiter: str


def examine(clients: Clients, settings: Settings, crawl_started: datetime, deadline: Deadline) -> Examination:
    """Compare files with tables, as far as the time goes.

    Args:
        clients: for Glue and S3.
        settings: name bucket, use case and database.
        crawl_started: files that are newer are for the next crawl.
        deadline: no further file is looked into after it.

    Raises:
        botocore.exceptions.ClientError: AWS refuses a call.
        botocore.exceptions.BotoCoreError: AWS does not answer.
    """
    prefix = f"{DataLayout(settings.use_case_id).tables}/"
    tables = dict(_tables_by_folder(clients, settings, prefix))
    files = sorted(
        _files(clients, settings.data_bucket, prefix, crawl_started + _ROUNDING),
        key=lambda file: file.get("LastModified", crawl_started),
        reverse=True,
    )
    problems: dict[tuple[str, str], Problem] = {}
    examined = 0
    for file in files:
        key = file.get("Key", "")
        place, table = key.removeprefix(prefix), _reader(key, tables)
        if table is None:
            name = place.partition("/")[0]
            siblings = (other for folder, other in tables.items() if folder.startswith(f"{prefix}{name}/"))
            is_old = any(other.serde == _LAZY_SERDE for other in siblings)
            _add(problems, name, _LEFT_OUT_OF_OLD_TABLE if is_old else _LEFT_OUT, place.rpartition("/")[0] or place)
            # What is wrong with the file itself may be the reason.
            table = _Table(name=name, columns=None, serde=_OPEN_CSV_SERDE, delimiter=",")
        if examined < MAXIMUM_FILES and deadline.has_time and table.serde in {_LAZY_SERDE, _OPEN_CSV_SERDE}:
            examined += 1
            for text, line in _problems_of(clients, settings.data_bucket, file, table).items():
                _add(problems, table.name, text, f"{place}, line {line}")
    return Examination(problems=tuple(problems.values()), examined=examined, files=len(files))


def _add(problems: dict[tuple[str, str], Problem], table: str, text: str, place: str) -> None:
    first = problems.get((table, text))
    files = first.files + 1 if first else 1
    problems[table, text] = Problem(table=table, text=text, place=first.place if first else place, files=files)


def _tables_by_folder(clients: Clients, settings: Settings, prefix: str) -> Iterator[tuple[str, _Table]]:
    """Yield the folders, as key prefixes with a slash at the end, that tables and their partitions read."""
    root, database = f"s3://{settings.data_bucket}/", settings.kpi_database
    for page in clients.glue.get_paginator("get_tables").paginate(DatabaseName=database):
        for definition in page["TableList"]:
            location = definition.get("StorageDescriptor", {}).get("Location", "")
            if not location.startswith(f"{root}{prefix}"):
                continue
            descriptors = [definition.get("StorageDescriptor", {})]
            if definition.get("PartitionKeys"):
                descriptors = _partitions(clients, database, definition["Name"])
            for descriptor in descriptors:
                folder = descriptor.get("Location", "").removeprefix(root).rstrip("/")
                yield f"{folder}/", _table(definition, descriptor)


def _partitions(clients: Clients, database: str, table: str) -> list[StorageDescriptorOutputTypeDef]:
    pages = clients.glue.get_paginator("get_partitions").paginate(
        DatabaseName=database, TableName=table, ExcludeColumnSchema=True
    )
    return [partition.get("StorageDescriptor", {}) for page in pages for partition in page["Partitions"]]


def _table(definition: TableTypeDef, place: StorageDescriptorOutputTypeDef) -> _Table:
    """Return a table as Athena reads one place of it: with the SerDe of the partition, where it has partitions."""
    columns = definition.get("StorageDescriptor", {}).get("Columns", [])
    serde = place.get("SerdeInfo", {})
    parameters = serde.get("Parameters", {})
    return _Table(
        name=definition["Name"],
        columns=tuple((column["Name"], column.get("Type", "")) for column in columns),
        serde=serde.get("SerializationLibrary", ""),
        delimiter=parameters.get("separatorChar") or parameters.get("field.delim") or ",",
    )


def _files(clients: Clients, bucket: str, prefix: str, until: datetime) -> Iterator[ObjectTypeDef]:
    """Yield the objects that Athena reads: neither empty nor, by Hive's rule, hidden."""
    for page in clients.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            steps = item.get("Key", "").removeprefix(prefix).split("/")
            is_hidden = any(step.startswith(("_", ".")) for step in steps)
            if item.get("Size") and not is_hidden and item.get("LastModified", until) <= until:
                yield item


def _reader(key: str, tables: Mapping[str, _Table]) -> _Table | None:
    """Return the table that reads an object: by a folder on its way, or by the object itself."""
    steps = f"{key}/".split("/")
    folders = ("/".join(steps[:depth]) + "/" for depth in range(len(steps) - 1, 0, -1))
    return next((tables[folder] for folder in folders if folder in tables), None)


def _problems_of(clients: Clients, bucket: str, file: ObjectTypeDef, table: _Table) -> Mapping[str, int]:
    if table.delimiter != ",":
        return {"its fields are not separated by commas": 1}
    key, size = file.get("Key", ""), file.get("Size", 0)
    answer = clients.s3.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{MAXIMUM_BYTES - 1}")
    sample, is_complete = answer["Body"].read(), size <= MAXIMUM_BYTES
    if key.endswith(_NOT_UNPACKED):
        return {}
    if key.endswith((".gz", ".bz2")):
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16) if key.endswith(".gz") else bz2.BZ2Decompressor()
        try:
            sample = unpacking.decompress(sample, MAXIMUM_BYTES)
        except (zlib.error, OSError):
            return {"it can't be unpacked": 1}
        is_complete = unpacking.eof
    return csv_file.problems(
        sample, table.columns, is_complete=is_complete, reads_quotes=table.serde == _OPEN_CSV_SERDE
    )
