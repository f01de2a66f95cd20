"""Run one statement: plan it, load the partitions that it needs and have DuckDB compute the answer."""

import datetime as dt
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from localcloud.clients import Clients
from localcloud.services.athena.engine.catalog import Catalog, Table
from localcloud.services.athena.engine.errors import QueryCancelled, QueryError
from localcloud.services.athena.engine.partitions import partitions
from localcloud.services.athena.engine.planner import plan
from localcloud.services.athena.engine.scans import Reader, load
from localcloud.services.athena.engine.statement import Statement
from localcloud.services.athena.engine.types import Column, printed, result_column

_SETTINGS = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "2"}

Result = tuple[list[Column], Sequence[Sequence[str | None]]]
"""Columns and rows; values as Athena prints them, None for NULL."""


@dataclass
class Query:
    """One statement to run, and how it can be stopped.

    `clients` are the caller's, `data_clients_of` makes those that read a table's data, None for the caller's, `cutoff`
    limits the bytes that are scanned, `folder` is for data while it is being read.
    """

    statement: Statement
    text: str
    database: str | None
    clients: Clients
    data_clients_of: Callable[[Table], Clients | None]
    cutoff: int | None
    folder: Path
    cancelled: threading.Event = field(default_factory=threading.Event)
    scanned: int = 0
    planning_seconds: float = 0.0
    _engine: duckdb.DuckDBPyConnection | None = None

    def cancel(self) -> None:
        """Stop the query, wherever it is."""
        self.cancelled.set()
        if self._engine is not None:
            self._engine.interrupt()

    def run(self) -> Result:
        """Return the result.

        Raises:
            QueryError: when the query fails.
            QueryCancelled: when it is stopped.
        """
        catalog = Catalog(self.clients)
        if self.statement.tree is None:
            return _describe_catalog(self.statement, self.database or "default", catalog)
        with (
            tempfile.TemporaryDirectory(dir=self.folder) as folder,
            closing(duckdb.connect(":memory:", config={**_SETTINGS, "temp_directory": folder})) as engine,
        ):
            self._engine = engine
            try:
                return self._select(self.statement.tree, catalog, engine, Path(folder))
            except duckdb.InterruptException as error:
                raise QueryCancelled("Query was cancelled by user") from error
            finally:
                self._engine = None

    def _select(self, tree: exp.Expr, catalog: Catalog, engine: duckdb.DuckDBPyConnection, folder: Path) -> Result:
        started, now = time.monotonic(), dt.datetime.now(dt.UTC)
        planned = plan(tree, self.text, self.database, catalog)
        with closing(_locked(duckdb.connect(":memory:", config=dict(_SETTINGS)))) as evaluator:
            pruned = [(scan, partitions(scan, catalog, evaluator, now)) for scan in planned.scans]
        self.planning_seconds = time.monotonic() - started
        reader = Reader(self.clients, self.cutoff, self.cancelled)
        try:
            for scan, scanned_partitions in pruned:
                reader.read_as(self.data_clients_of(scan.table) or self.clients)
                load(scan, scanned_partitions, reader, engine, folder)
        finally:
            self.scanned = reader.scanned
        reader.check()
        return _computed(_locked(engine), planned.sql, planned.names)


def _locked(engine: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Return an engine for what a statement says: without files, network and settings."""
    engine.execute("SET TimeZone = 'UTC'")
    engine.execute("SET enable_external_access = false")
    engine.execute("SET lock_configuration = true")
    return engine


def _computed(engine: duckdb.DuckDBPyConnection, sql: str, names: Sequence[str]) -> Result:
    try:
        relation = engine.execute(sql)
        rows = relation.fetchall()
    except duckdb.InterruptException:
        raise
    except duckdb.ConversionException as error:
        raise QueryError("INVALID_CAST_ARGUMENT", _first_line(error)) from error
    except duckdb.CatalogException as error:
        raise QueryError("FUNCTION_NOT_FOUND", _first_line(error)) from error
    except duckdb.OutOfRangeException as error:
        raise QueryError("NUMERIC_VALUE_OUT_OF_RANGE", _first_line(error)) from error
    except duckdb.Error as error:
        raise QueryError("SYNTAX_ERROR", _first_line(error)) from error
    description: list[Any] = relation.description or []
    labels = names if len(names) == len(description) else [column[0] for column in description]
    columns = [result_column(label, column[1]) for label, column in zip(labels, description, strict=True)]
    return columns, [[printed(value) for value in row] for row in rows]


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]


def _describe_catalog(statement: Statement, database: str, catalog: Catalog) -> Result:
    """Answer SHOW and DESCRIBE; `database` is the one that unqualified names mean."""
    name, argument = (*statement.arguments, None)[:2]
    if statement.substatement == "SHOW_DATABASES":
        return _listing("database_name", catalog.databases(name))
    if statement.substatement == "SHOW_TABLES":
        database = name or database
        if not catalog.has_database(database):
            raise QueryError("", f"FAILED: SemanticException [Error 10072]: Database does not exist: {database}")
        return _listing("tab_name", catalog.tables(database, argument))
    table = catalog.table(name or database, str(argument))
    if table is None:
        raise QueryError("", f"FAILED: SemanticException [Error 10001]: Table not found {name or database}.{argument}")
    if statement.substatement == "SHOW_PARTITIONS":
        return _listing("partition", _partition_names(table, catalog))
    return _description(table)


def _listing(column: str, names: list[str]) -> Result:
    return [Column(column, "string")], [[name] for name in names]


def _partition_names(table: Table, catalog: Catalog) -> list[str]:
    if table.is_projected:
        # User guide, "Partition projection": SHOW PARTITIONS does not list projected partitions.
        return []
    partitions = [zip(table.key_names, record.get("Values") or [], strict=True) for record in catalog.partitions(table)]
    return sorted("/".join(f"{name}={value}" for name, value in values) for values in partitions)


def _description(table: Table) -> Result:
    rows = [[name, kind, ""] for name, kind in (*table.columns, *table.keys)]
    if table.keys:
        rows += [["", "", ""], ["# Partition Information", "", ""], ["# col_name", "data_type", "comment"]]
        rows += [["", "", ""], *([name, kind, ""] for name, kind in table.keys)]
    return [Column("col_name", "string"), Column("data_type", "string"), Column("comment", "string")], rows
