"""The partitions that a scan has to read: projected or from the catalog, pruned by its conditions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import duckdb
from sqlglot import exp

from localcloud.services.athena.engine import projection
from localcloud.services.athena.engine.catalog import Catalog, Storage, Table
from localcloud.services.athena.engine.dialect import duckdb_sql
from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.planner import Scan
from localcloud.services.athena.engine.types import duckdb_type

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import PartitionTypeDef

_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class Partition:
    """One partition: its values by column, None for Hive's default partition, and where its data lies."""

    values: Mapping[str, str | None]
    storage: Storage


def partitions(scan: Scan, catalog: Catalog, engine: duckdb.DuckDBPyConnection, now: dt.datetime) -> list[Partition]:
    """Return the partitions that hold rows for a scan; the whole table as one when it has no partition keys.

    Args:
        scan: the reference to a table.
        catalog: the data catalog as the caller sees it.
        engine: evaluates conditions.
        now: the current time in UTC, for projected dates.

    Raises:
        QueryError: for a missing condition on an injected column or wrong projection properties.
    """
    table = scan.table
    if not table.keys:
        return [Partition({}, table.storage)]
    candidates = _projected(scan, engine, now) if table.is_projected else _catalogued(table, catalog)
    indices = _matching([partition.values for partition in candidates], scan.conditions, table, engine)
    return [replace(candidates[index], values=_with_nulls(candidates[index].values)) for index in indices]


def rows_where(
    rows: Sequence[Sequence[str | None]],
    columns: Sequence[tuple[str, str]],
    condition: str,
    engine: duckdb.DuckDBPyConnection,
) -> list[int]:
    """Return the indices of the rows of partition values for which a condition holds.

    Args:
        rows: the values of each partition, in the order of the columns.
        columns: names and Glue types.
        condition: in DuckDB's dialect.
        engine: evaluates the condition.

    Raises:
        duckdb.Error: for a value that is not of its column's type, or a condition that cannot be evaluated.
    """
    typed = ", ".join(f'CAST(v[{i}] AS {duckdb_type(kind)}) AS "{name}"' for i, (name, kind) in enumerate(columns, 1))
    sql = (
        f"SELECT i FROM (SELECT i, {typed} FROM (SELECT UNNEST(range(len($rows))) AS i, UNNEST($rows) AS v)) "  # noqa: S608
        f"WHERE {condition} ORDER BY i"
    )
    return [int(index) for (index,) in engine.execute(sql, {"rows": rows}).fetchall()]


def _projected(scan: Scan, engine: duckdb.DuckDBPyConnection, now: dt.datetime) -> list[Partition]:
    table = scan.table
    template = table.parameters.get("storage.location.template")
    projection.check_template(template, table.key_names)
    rows: list[dict[str, str]] = [{}]
    for name in table.key_names:
        equal_to = _equal_values(name, scan.conditions, engine)
        values = projection.projected_values(name, table.parameters, equal_to, now)
        # Pruned column by column: the product of all values would be large.
        conditions = [condition for condition in scan.conditions if _columns(condition) == {name}]
        values = [values[index] for index in _matching([{name: v} for v in values], conditions, table, engine)]
        rows = [{**row, name: value} for row in rows for value in values]
    base = table.descriptor.get("Location") or ""
    return [
        Partition(dict(row), Storage.of(table.descriptor, table.parameters, projection.location(template, base, row)))
        for row in rows
    ]


def _catalogued(table: Table, catalog: Catalog) -> list[Partition]:
    partitions: list[Partition] = []
    for record in catalog.partitions(table):
        values = dict(zip(table.key_names, record.get("Values") or [], strict=True))
        _check_schema(table, record, values)
        storage = Storage.of(record.get("StorageDescriptor") or {}, table.parameters)
        partitions.append(Partition(dict(values), storage))
    return partitions


def _check_schema(table: Table, record: PartitionTypeDef, values: Mapping[str, str]) -> None:
    """Source: Athena user guide, "Update tables with partitions", on HIVE_PARTITION_SCHEMA_MISMATCH."""
    columns = (record.get("StorageDescriptor") or {}).get("Columns") or []
    for (name, kind), column in zip(table.columns, columns, strict=False):
        partition_kind = column.get("Type", kind).lower()
        if partition_kind != kind.lower():
            partition = "/".join(f"{key}={value}" for key, value in values.items())
            raise QueryError(
                "HIVE_PARTITION_SCHEMA_MISMATCH",
                "There is a mismatch between the table and partition schemas. The types are incompatible and cannot be "
                f"coerced. The column '{name}' in table '{table.database}.{table.name}' is declared as type '{kind}', "
                f"but partition '{partition}' declared column '{column['Name']}' as type '{partition_kind}'.",
            )


def _matching(
    rows: Sequence[Mapping[str, str | None]],
    conditions: Sequence[exp.Expr],
    table: Table,
    engine: duckdb.DuckDBPyConnection,
) -> list[int]:
    """Return the indices of the rows of partition values for which every condition holds, by evaluating them."""
    if not conditions or not rows:
        return list(range(len(rows)))
    columns = [(name, kind) for name, kind in table.keys if name in rows[0]]
    values = [[_with_nulls(row)[name] for name, _ in columns] for row in rows]
    condition = " AND ".join(f"({duckdb_sql(condition)})" for condition in conditions)
    try:
        return rows_where(values, columns, condition, engine)
    except duckdb.ConversionException as error:
        raise QueryError("HIVE_INVALID_PARTITION_VALUE", str(error).splitlines()[0]) from error


def _equal_values(column: str, conditions: Sequence[exp.Expr], engine: duckdb.DuckDBPyConnection) -> list[str] | None:
    """Return the values that equality conditions give a column; None without any."""
    common: list[str] | None = None
    for condition in conditions:
        constants = _constants(condition.unnest(), column)
        if constants:
            items = ", ".join(f"CAST({duckdb_sql(constant)} AS VARCHAR)" for constant in constants)
            row = engine.execute(f"SELECT [{items}]").fetchone()
            values = [value for value in (row[0] if row else []) if value is not None]
            common = values if common is None else [value for value in common if value in values]
    return list(dict.fromkeys(common)) if common is not None else None


def _constants(condition: exp.Expr, column: str) -> list[exp.Expr]:
    if isinstance(condition, exp.EQ):
        for side, other in ((condition.left, condition.right), (condition.right, condition.left)):
            if _is_column(side, column) and not _columns(other):
                return [other]
    if isinstance(condition, exp.In) and _is_column(condition.this, column) and not condition.args.get("query"):
        return [value for value in condition.expressions if not _columns(value)]
    return []


def _is_column(node: exp.Expr, column: str) -> bool:
    node = node.unnest()
    return isinstance(node, exp.Column) and node.name == column


def _columns(node: exp.Expr) -> set[str]:
    return {column.name for column in node.find_all(exp.Column)}


def _with_nulls(values: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name: None if value == _HIVE_NULL else value for name, value in values.items()}
