"""Tables of the Glue catalog, read with the caller's permissions."""

import fnmatch
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from localcloud.http.client_errors import DENIALS, denial_text, error_code
from localcloud.server.clients import Clients
from localcloud.services.athena.engine.errors import QueryError, access_denied

Record = dict[str, Any]


@dataclass(frozen=True)
class Storage:
    """Where data lies and how it is read: s3 bucket, key prefix with its final slash, SerDe and its properties."""

    bucket: str
    prefix: str
    serde: str
    properties: dict[str, str]

    @classmethod
    def of(cls, descriptor: Record, table_parameters: Record, location: str | None = None) -> "Storage":
        """Reads a StorageDescriptor; table properties stand in for SerDe properties, as Hive has it.

        Raises:
            QueryError: HIVE_INVALID_METADATA for a location outside of S3.
        """
        place = urlsplit(location or descriptor.get("Location") or "")
        if place.scheme not in {"s3", "s3a", "s3n"} or not place.netloc:
            raise QueryError("HIVE_INVALID_METADATA", f"Table location is not an S3 path: {place.geturl() or 'null'}")
        prefix = place.path.lstrip("/")
        prefix = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
        info = descriptor.get("SerdeInfo") or {}
        properties = {**table_parameters, **(info.get("Parameters") or {})}
        return cls(place.netloc, prefix, str(info.get("SerializationLibrary") or ""), properties)


@dataclass(frozen=True)
class Table:
    """A table as Glue describes it; names in lower case, types as Glue writes them."""

    database: str
    name: str
    columns: tuple[tuple[str, str], ...]
    keys: tuple[tuple[str, str], ...]
    parameters: dict[str, str]
    descriptor: Record
    is_view: bool = False

    @classmethod
    def of(cls, record: Record) -> "Table":
        """Reads GetTable's answer."""
        descriptor = record.get("StorageDescriptor") or {}
        return cls(
            database=record["DatabaseName"],
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
    def storage(self) -> Storage:
        """Where the table's data lies."""
        return Storage.of(self.descriptor, self.parameters)

    @property
    def projected(self) -> bool:
        """Whether partitions come from partition projection."""
        return self.parameters.get("projection.enabled", "").strip().lower() == "true"


def _columns(given: list[Record]) -> tuple[tuple[str, str], ...]:
    return tuple((str(column["Name"]).lower(), str(column.get("Type", "string"))) for column in given)


class Catalog:
    """The data catalog as one caller sees it."""

    def __init__(self, clients: Clients) -> None:
        self._glue = clients("glue")

    def database(self, name: str) -> bool:
        """Whether a database exists."""
        return self._ask(self._glue.get_database, Name=name) is not None

    def databases(self, pattern: str | None) -> list[str]:
        """Names of databases that match a Hive pattern."""
        answer = self._ask(self._glue.get_databases) or {}
        return _matching((found["Name"] for found in answer.get("DatabaseList", [])), pattern)

    def table(self, database: str, name: str) -> Table | None:
        """A table; None where there is none."""
        answer = self._ask(self._glue.get_table, DatabaseName=database, Name=name)
        return Table.of(answer["Table"]) if answer else None

    def tables(self, database: str, pattern: str | None) -> list[str]:
        """Names of a database's tables that match a Hive pattern."""
        answer = self._ask(self._glue.get_tables, DatabaseName=database) or {}
        return _matching((found["Name"] for found in answer.get("TableList", [])), pattern)

    def partitions(self, table: Table) -> list[Record]:
        """The catalog's partitions of a table."""
        found: list[Record] = []
        token: Record = {}
        while True:
            answer = self._ask(self._glue.get_partitions, DatabaseName=table.database, TableName=table.name, **token)
            found.extend((answer or {}).get("Partitions", []))
            if not answer or not answer.get("NextToken"):
                return found
            token = {"NextToken": answer["NextToken"]}

    @staticmethod
    def _ask(operation: Any, **arguments: Any) -> Record | None:
        try:
            return operation(**arguments)
        except ClientError as error:
            if error_code(error) == "EntityNotFoundException":
                return None
            if error_code(error) in DENIALS:
                raise access_denied(denial_text(error)) from error
            raise


def _matching(names: Any, pattern: str | None) -> list[str]:
    wanted = (pattern or "*").split("|")
    return sorted(name for name in names if any(fnmatch.fnmatchcase(name, each) for each in wanted))
