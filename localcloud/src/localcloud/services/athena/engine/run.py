"""Runs one statement: plans it, loads the partitions it needs and has DuckDB compute the answer."""

import datetime as dt
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from localcloud.server.clients import Clients
from localcloud.services.athena.engine import utility
from localcloud.services.athena.engine.catalog import Catalog
from localcloud.services.athena.engine.errors import QueryCancelled, QueryError
from localcloud.services.athena.engine.load import load
from localcloud.services.athena.engine.partitions import partitions
from localcloud.services.athena.engine.plan import plan
from localcloud.services.athena.engine.reader import Reader
from localcloud.services.athena.engine.statement import Statement
from localcloud.services.athena.engine.text import text
from localcloud.services.athena.engine.types import Column, result_column

_SETTINGS = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "2"}


@dataclass
class Query:
    """One query to run, and how it can be stopped."""

    statement: Statement
    text: str
    database: str | None
    clients: Clients
    cutoff: int | None
    folder: Path
    cancelled: threading.Event = field(default_factory=threading.Event)
    scanned: int = 0
    planning_seconds: float = 0.0
    _engine: duckdb.DuckDBPyConnection | None = None

    def cancel(self) -> None:
        """Stops the query, wherever it is."""
        self.cancelled.set()
        if self._engine is not None:
            self._engine.interrupt()

    def run(self) -> tuple[list[Column], list[list[str | None]]]:
        """The result's columns and rows.

        Raises:
            QueryError: when it fails.
            QueryCancelled: when it is stopped.
        """
        catalog = Catalog(self.clients)
        if not self.statement.is_query:
            return utility.run(self.statement, self.database, catalog)
        with (
            tempfile.TemporaryDirectory(dir=self.folder) as folder,
            closing(duckdb.connect(":memory:", config={**_SETTINGS, "temp_directory": folder})) as engine,
        ):
            self._engine = engine
            try:
                return self._select(catalog, engine, Path(folder))
            except duckdb.InterruptException as error:
                raise QueryCancelled("Query was cancelled by user") from error
            finally:
                self._engine = None

    def _select(
        self, catalog: Catalog, engine: duckdb.DuckDBPyConnection, folder: Path
    ) -> tuple[list[Column], list[list[str | None]]]:
        started, now = time.monotonic(), dt.datetime.now(dt.UTC)
        assert self.statement.tree is not None  # noqa: S101 (a query has one)
        planned = plan(self.statement.tree, self.text, self.database, catalog)
        with closing(_locked(duckdb.connect(":memory:", config=dict(_SETTINGS)))) as evaluator:
            found = [(scan, partitions(scan, catalog, evaluator, now)) for scan in planned.scans]
        self.planning_seconds = time.monotonic() - started
        reader = Reader(self.clients, self.cutoff, self.cancelled)
        try:
            for scan, needed in found:
                load(scan, needed, reader, engine, folder)
        finally:
            self.scanned = reader.scanned
        reader.check()
        return _answer(_locked(engine), planned.sql, planned.names)


def _locked(engine: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """An engine for what a statement says: without files, network and settings."""
    engine.execute("SET TimeZone = 'UTC'")
    engine.execute("SET enable_external_access = false")
    engine.execute("SET lock_configuration = true")
    return engine


def _answer(
    engine: duckdb.DuckDBPyConnection, sql: str, names: Sequence[str]
) -> tuple[list[Column], list[list[str | None]]]:
    try:
        answer = engine.execute(sql)
        rows = answer.fetchall()
    except duckdb.InterruptException:
        raise
    except duckdb.ConversionException as error:
        raise QueryError("INVALID_CAST_ARGUMENT", _first(error)) from error
    except duckdb.CatalogException as error:
        raise QueryError("FUNCTION_NOT_FOUND", _first(error)) from error
    except duckdb.OutOfRangeException as error:
        raise QueryError("NUMERIC_VALUE_OUT_OF_RANGE", _first(error)) from error
    except duckdb.Error as error:
        raise QueryError("SYNTAX_ERROR", _first(error)) from error
    description: list[Any] = answer.description or []
    labels = names if len(names) == len(description) else [column[0] for column in description]
    columns = [result_column(label, column[1]) for label, column in zip(labels, description, strict=True)]
    return columns, [[text(value) for value in row] for row in rows]


def _first(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]
