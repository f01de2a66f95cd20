"""The partitions that a scan has to read: projected or from the catalog, pruned by its conditions."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
from sqlglot import exp

from localcloud.services.athena.engine import projection
from localcloud.services.athena.engine.catalog import Catalog, Storage, Table
from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.plan import Scan
from localcloud.services.athena.engine.rewrites import duckdb_sql
from localcloud.services.athena.engine.types import duckdb_type

_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class Partition:
    """One partition: its values by column, None for Hive's default partition, and where its data lies."""

    values: dict[str, str | None]
    storage: Storage


def partitions(scan: Scan, catalog: Catalog, engine: duckdb.DuckDBPyConnection, now: dt.datetime) -> list[Partition]:
    """The partitions that hold rows for a scan; the whole table as one when it has no partition keys.

    Raises:
        QueryError: for a missing condition on an injected column or wrong projection properties.
    """
    table = scan.table
    if not table.keys:
        return [Partition({}, table.storage)]
    found = _projected(scan, engine, now) if table.projected else _catalogued(table, catalog)
    kept = _pruned(found, scan, engine)
    return [replace(partition, values={name: _null(v) for name, v in partition.values.items()}) for partition in kept]


def _projected(scan: Scan, engine: duckdb.DuckDBPyConnection, now: dt.datetime) -> list[Partition]:
    table = scan.table
    names = [name for name, _ in table.keys]
    template = table.parameters.get("storage.location.template")
    projection.check_template(template, names)
    rows: list[dict[str, str]] = [{}]
    for name in names:
        given = _equal_values(name, scan.conditions, engine)
        values = projection.values(name, table.parameters, given, now)
        # Pruned column by column: the product of all values would be large.
        alone = [condition for condition in scan.conditions if _columns(condition) == {name}]
        values = [values[index] for index in _matching([{name: v} for v in values], alone, table, engine)]
        rows = [{**row, name: value} for row in rows for value in values]
    base = str(table.descriptor.get("Location") or "")
    return [
        Partition(dict(row), Storage.of(table.descriptor, table.parameters, projection.location(template, base, row)))
        for row in rows
    ]


def _catalogued(table: Table, catalog: Catalog) -> list[Partition]:
    found: list[Partition] = []
    for record in catalog.partitions(table):
        values = dict(zip((name for name, _ in table.keys), record["Values"], strict=True))
        _check_schema(table, record, values)
        found.append(Partition(dict(values), Storage.of(record["StorageDescriptor"], table.parameters)))
    return found


def _check_schema(table: Table, record: dict[str, Any], values: dict[str, str]) -> None:
    """Source: Athena user guide, "Update tables with partitions", on HIVE_PARTITION_SCHEMA_MISMATCH."""
    columns = record["StorageDescriptor"].get("Columns") or []
    for (name, kind), column in zip(table.columns, columns, strict=False):
        given = str(column.get("Type", kind)).lower()
        if given != kind.lower():
            partition = "/".join(f"{key}={value}" for key, value in values.items())
            raise QueryError(
                "HIVE_PARTITION_SCHEMA_MISMATCH",
                "There is a mismatch between the table and partition schemas. The types are incompatible and cannot be "
                f"coerced. The column '{name}' in table '{table.database}.{table.name}' is declared as type '{kind}', "
                f"but partition '{partition}' declared column '{column['Name']}' as type '{given}'.",
            )


def _pruned(found: list[Partition], scan: Scan, engine: duckdb.DuckDBPyConnection) -> list[Partition]:
    rows = [partition.values for partition in found]
    return [found[index] for index in _matching(rows, scan.conditions, scan.table, engine)]


def _matching(
    rows: Sequence[dict[str, Any]],
    conditions: Sequence[exp.Expr],
    table: Table,
    engine: duckdb.DuckDBPyConnection,
) -> list[int]:
    """Indices of the rows of partition values for which every condition holds, by evaluating them."""
    if not conditions or not rows:
        return list(range(len(rows)))
    columns = [(name, kind) for name, kind in table.keys if name in rows[0]]
    typed = ", ".join(f'CAST(v[{i}] AS {duckdb_type(kind)}) AS "{name}"' for i, (name, kind) in enumerate(columns, 1))
    where = " AND ".join(f"({duckdb_sql(condition)})" for condition in conditions)
    values = [[_null(row[name]) for name, _ in columns] for row in rows]
    sql = (
        f"SELECT i FROM (SELECT i, {typed} FROM (SELECT UNNEST(range(len($rows))) AS i, UNNEST($rows) AS v)) "  # noqa: S608
        f"WHERE {where} ORDER BY i"
    )
    try:
        return [int(index) for (index,) in engine.execute(sql, {"rows": values}).fetchall()]
    except duckdb.ConversionException as error:
        raise QueryError("HIVE_INVALID_PARTITION_VALUE", str(error).splitlines()[0]) from error


def _equal_values(column: str, conditions: Sequence[exp.Expr], engine: duckdb.DuckDBPyConnection) -> list[str] | None:
    """The values that equality conditions give a column; None without any."""
    found: list[str] | None = None
    for condition in conditions:
        constants = _constants(condition.unnest(), column)
        if constants:
            items = ", ".join(f"CAST({duckdb_sql(constant)} AS VARCHAR)" for constant in constants)
            row = engine.execute(f"SELECT [{items}]").fetchone()
            values = [value for value in (row[0] if row else []) if value is not None]
            found = values if found is None else [value for value in found if value in values]
    return list(dict.fromkeys(found)) if found is not None else None


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


def _null(value: str | None) -> str | None:
    return None if value == _NULL else value
