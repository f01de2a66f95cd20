"""Tables of the Glue catalog, read with the caller's permissions."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from localcloud.client_errors import code_of, is_denied, message_of
from localcloud.clients import Clients
from localcloud.services.athena.engine.errors import QueryError, catalog_denied

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient
    from mypy_boto3_glue.type_defs import (
        ColumnOutputTypeDef,
        PartitionTypeDef,
        StorageDescriptorOutputTypeDef,
        TableTypeDef,
    )

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Storage:
    """Where data lies and how it is read: S3 bucket, key prefix with its final slash, SerDe and its properties."""

    bucket: str
    prefix: str
    serde: str
    properties: dict[str, str]

    @classmethod
    def of(
        cls,
        descriptor: StorageDescriptorOutputTypeDef,
        table_parameters: Mapping[str, str],
        location: str | None = None,
    ) -> Storage:
        """Read a StorageDescriptor; table properties stand in for SerDe properties, as Hive has it.

        Args:
            descriptor: of a table or a partition.
            table_parameters: the table's properties.
            location: an S3 URI instead of the descriptor's.

        Raises:
            QueryError: HIVE_INVALID_METADATA for a location outside of S3.
        """
        place = urlsplit(location or descriptor.get("Location") or "")
        if place.scheme not in {"s3", "s3a", "s3n"} or not place.netloc:
            raise QueryError("HIVE_INVALID_METADATA", f"Table location is not an S3 path: {place.geturl() or 'null'}")
        prefix = place.path.lstrip("/")
        prefix = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
        serde = descriptor.get("SerdeInfo") or {}
        properties = {**table_parameters, **(serde.get("Parameters") or {})}
        return cls(place.netloc, prefix, serde.get("SerializationLibrary") or "", properties)


@dataclass(frozen=True)
class Table:
    """A table as Glue describes it; names in lower case, types as Glue writes them."""

    database: str
    name: str
    columns: tuple[tuple[str, str], ...]
    keys: tuple[tuple[str, str], ...]
    parameters: dict[str, str]
    descriptor: StorageDescriptorOutputTypeDef
    is_view: bool = False

    @classmethod
    def of(cls, record: TableTypeDef) -> Table:
        """Read GetTable's answer."""
        descriptor = record.get("StorageDescriptor") or {}
        return cls(
            database=record.get("DatabaseName") or "",
            name=record["Name"],
            columns=_columns(descriptor.get("Columns") or []),
            keys=_columns(record.get("PartitionKeys") or []),
            parameters=dict(record.get("Parameters") or {}),
            descriptor=descriptor,
            is_view=record.get("TableType") == "VIRTUAL_VIEW",
        )

    @property
    def schema(self) -> dict[str, str]:
        """All columns with their types, partition keys last."""
        return dict((*self.columns, *self.keys))

    @property
    def key_names(self) -> list[str]:
        """The names of the partition keys."""
        return [name for name, _ in self.keys]

    @property
    def storage(self) -> Storage:
        """Where the table's data lies."""
        return Storage.of(self.descriptor, self.parameters)

    @property
    def is_projected(self) -> bool:
        """Whether partitions come from partition projection."""
        return self.parameters.get("projection.enabled", "").strip().lower() == "true"


class Catalog:
    """The data catalog as one caller sees it."""

    def __init__(self, clients: Clients) -> None:
        self._glue: GlueClient = clients("glue")

    def has_database(self, name: str) -> bool:
        """Return whether a database exists."""
        return _if_there(self._glue.get_database, Name=name) is not None

    def databases(self, pattern: str | None) -> list[str]:
        """Return the names of databases that match a Hive pattern."""
        answer = _if_there(self._glue.get_databases)
        return _matching((record["Name"] for record in answer["DatabaseList"]) if answer else (), pattern)

    def table(self, database: str, name: str) -> Table | None:
        """Return a table; None where there is none."""
        answer = _if_there(self._glue.get_table, DatabaseName=database, Name=name)
        return Table.of(answer["Table"]) if answer else None

    def tables(self, database: str, pattern: str | None) -> list[str]:
        """Return the names of a database's tables that match a Hive pattern."""
        answer = _if_there(self._glue.get_tables, DatabaseName=database)
        return _matching((record["Name"] for record in answer["TableList"]) if answer else (), pattern)

    def partitions(self, table: Table) -> list[PartitionTypeDef]:
        """Return the catalog's partitions of a table."""
        pages = self._glue.get_paginator("get_partitions").paginate(DatabaseName=table.database, TableName=table.name)
        return _if_there(lambda: [record for page in pages for record in page["Partitions"]]) or []


def _if_there(operation: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """Return an operation's answer, None for what does not exist."""
    try:
        return operation(*args, **kwargs)
    except ClientError as error:
        if code_of(error) == "EntityNotFoundException":
            return None
        if is_denied(error):
            raise catalog_denied(message_of(error)) from error
        raise


def _columns(columns: Sequence[ColumnOutputTypeDef]) -> tuple[tuple[str, str], ...]:
    return tuple((column["Name"].lower(), column.get("Type") or "string") for column in columns)


def _matching(names: Iterable[str], pattern: str | None) -> list[str]:
    alternatives = (pattern or "*").split("|")
    return sorted(name for name in names if any(fnmatch.fnmatchcase(name, each) for each in alternatives))
