"""Types: from the Glue catalog to DuckDB, and from DuckDB's results to Athena's."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlglot import exp
from sqlglot.errors import SqlglotError

from localcloud.services.athena.engine.errors import QueryError

_RESULTS = {
    "VARCHAR": "varchar",
    "BIGINT": "bigint",
    "HUGEINT": "bigint",
    "UBIGINT": "bigint",
    "UHUGEINT": "bigint",
    "UINTEGER": "bigint",
    "INTEGER": "integer",
    "SMALLINT": "smallint",
    "TINYINT": "tinyint",
    "DOUBLE": "double",
    "FLOAT": "float",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "INTERVAL": "interval day to second",
    "BLOB": "varbinary",
    "JSON": "json",
    "UUID": "uuid",
    '"NULL"': "unknown",
}
# Precision as Athena reports it for each type; the scale is 0 but for decimals.
_PRECISIONS = {
    "varchar": 2147483647,
    "bigint": 19,
    "integer": 10,
    "smallint": 5,
    "tinyint": 3,
    "double": 17,
    "float": 17,
    "timestamp": 3,
    "timestamp with time zone": 3,
    "varbinary": 1073741824,
}


@lru_cache(maxsize=512)
def catalog_type(glue_type: str) -> exp.DataType:
    """A Glue (Hive) type, e.g. `struct<a:int,b:array<string>>`.

    Raises:
        QueryError: TYPE_NOT_FOUND for a type that Hive does not know.
    """
    try:
        return exp.DataType.build(glue_type.strip().lower(), dialect="hive")
    except (SqlglotError, ValueError) as error:
        raise QueryError("HIVE_INVALID_METADATA", f"Unknown column type: {glue_type}") from error


@lru_cache(maxsize=512)
def duckdb_type(glue_type: str) -> str:
    """The DuckDB type of a Glue column."""
    return catalog_type(glue_type).sql("duckdb")


@dataclass(frozen=True)
class Column:
    """A column of a result."""

    name: str
    type: str
    precision: int = 0
    scale: int = 0

    def info(self) -> dict[str, Any]:
        """The ColumnInfo of GetQueryResults."""
        return {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": self.name,
            "Label": self.name,
            "Type": self.type,
            "Precision": self.precision,
            "Scale": self.scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": self.type == "varchar",
        }


def result_column(name: str, duckdb: str) -> Column:
    """A column of a result by the type that DuckDB reports, e.g. `DECIMAL(10,2)` or `STRUCT(a INTEGER)[]`."""
    text = str(duckdb)
    if decimal := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", text):
        return Column(name, "decimal", int(decimal[1]), int(decimal[2]))
    if text.endswith("]"):
        return Column(name, "array")
    if text.startswith("STRUCT"):
        return Column(name, "row")
    if text.startswith("MAP"):
        return Column(name, "map")
    athena = _RESULTS.get(text, "varchar")
    return Column(name, athena, _PRECISIONS.get(athena, 0))
