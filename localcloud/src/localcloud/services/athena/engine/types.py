"""Types and values: from the Glue catalog to DuckDB, and from DuckDB's results to Athena's."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlglot import exp
from sqlglot.errors import SqlglotError

from localcloud.services.athena.engine.errors import QueryError

if TYPE_CHECKING:
    from mypy_boto3_athena.type_defs import ColumnInfoTypeDef

_RESULT_TYPES = {
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
_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e7


@lru_cache(maxsize=512)
def catalog_type(glue_type: str) -> exp.DataType:
    """Return a Glue (Hive) type, e.g. `struct<a:int,b:array<string>>`, as sqlglot has it.

    Raises:
        QueryError: HIVE_INVALID_METADATA for a type that Hive does not know.
    """
    try:
        return exp.DataType.build(glue_type.strip().lower(), dialect="hive")
    except (SqlglotError, ValueError) as error:
        raise QueryError("HIVE_INVALID_METADATA", f"Unknown column type: {glue_type}") from error


@lru_cache(maxsize=512)
def duckdb_type(glue_type: str) -> str:
    """Return the DuckDB type of a Glue column."""
    return catalog_type(glue_type).sql("duckdb")


@dataclass(frozen=True)
class Column:
    """A column of a result."""

    name: str
    type: str
    precision: int = 0
    scale: int = 0

    def describe(self) -> ColumnInfoTypeDef:
        """Return the ColumnInfo of GetQueryResults."""
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
    """Return a column of a result by the type that DuckDB reports, e.g. `DECIMAL(10,2)` or `STRUCT(a INTEGER)[]`."""
    reported = str(duckdb)
    if decimal := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", reported):
        return Column(name, "decimal", int(decimal[1]), int(decimal[2]))
    if reported.endswith("]"):
        return Column(name, "array")
    if reported.startswith("STRUCT"):
        return Column(name, "row")
    if reported.startswith("MAP"):
        return Column(name, "map")
    athena_type = _RESULT_TYPES.get(reported, "varchar")
    return Column(name, athena_type, _PRECISIONS.get(athena_type, 0))


def printed(value: Any) -> str | None:
    """Return one value of a result row as Athena prints it; None for NULL."""
    if value is None:
        return None
    for kind, print_value in _PRINTERS:
        if isinstance(value, kind):
            return print_value(value)
    return str(value)


def _moment(value: dt.datetime) -> str:
    stamp = value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    return stamp if value.tzinfo is None else f"{stamp} UTC"


def _row(value: dict[Any, Any]) -> str:
    return "{" + ", ".join(f"{key}={_nested(member)}" for key, member in value.items()) + "}"


def _array(value: Sequence[Any]) -> str:
    return "[" + ", ".join(_nested(item) for item in value) + "]"


def _nested(value: Any) -> str:
    text = printed(value)
    return "null" if text is None else text


def _double(value: float) -> str:
    """Print as Java's Double.toString does: with exponents outside of 10^-3 to 10^7."""
    if value != value:  # noqa: PLR0124 (only NaN differs from itself)
        return "NaN"
    if value in {float("inf"), float("-inf")}:
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        return f"{Decimal(repr(value)):f}"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 (finite)
    fraction = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{fraction}E{exponent + len(digits) - 1}"


def _interval(value: dt.timedelta) -> str:
    sign = "-" if value < dt.timedelta() else ""
    value = abs(value)
    hours, rest = divmod(value.seconds, 3600)
    return f"{sign}{value.days} {hours:02d}:{rest // 60:02d}:{rest % 60:02d}.{value.microseconds // 1000:03d}"


# The order matters: a bool is an int, a datetime is a date.
_PRINTERS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (bool, lambda value: "true" if value else "false"),
    (float, _double),
    (dt.datetime, _moment),
    (dt.date | dt.time, lambda value: value.isoformat()),
    (dict, _row),
    ((list, tuple), _array),
    (bytes | bytearray, lambda value: bytes(value).hex(" ")),
    (dt.timedelta, _interval),
    (Decimal, lambda value: format(value, "f")),
)
