"""From a statement to a plan: tables resolved in the catalog, columns and types checked, a scan per table reference."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.schema import MappingSchema

from localcloud.services.athena.engine import dialect
from localcloud.services.athena.engine.catalog import Catalog, Table
from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.predicates import predicates_by_table
from localcloud.services.athena.engine.statement import position

CATALOG = "awsdatacatalog"
_UNRESOLVED = re.compile(r"Column '([^']*)' could not be resolved(?: for table: '([^']*)')?")


@dataclass(frozen=True)
class Scan:
    """One reference to a table.

    `relation` names its data in DuckDB; `conditions` name partition columns only, and all of them have to hold.
    """

    relation: str
    table: Table
    conditions: tuple[exp.Expr, ...]


@dataclass(frozen=True)
class Plan:
    """A statement for DuckDB, the scans that its relations need, and the names of its result's columns."""

    sql: str
    scans: tuple[Scan, ...]
    names: tuple[str, ...]


def plan(tree: exp.Expr, text: str, database: str | None, catalog: Catalog) -> Plan:
    """Plan a query.

    Args:
        tree: the statement.
        text: the statement as it was written, for the positions in error messages.
        database: the one that unqualified names mean.
        catalog: the data catalog as the caller sees it.

    Raises:
        QueryError: TABLE_NOT_FOUND, COLUMN_NOT_FOUND, TYPE_MISMATCH and the like.
    """
    tree = dialect.rewrite(tree)
    written_names = _written_names(tree)
    tables: dict[tuple[str, str], Table] = {}
    for node in _references(tree):
        key = _key(node, database, text)
        tables[key] = tables.get(key) or _resolve(key, position(node, text), catalog)
    schema = _schema(tables)
    tree = _qualified(tree, text, database, schema)
    dialect.check(tree, text)
    conditions = predicates_by_table(tree)
    scans: list[Scan] = []
    for number, node in enumerate(list(_references(tree))):
        table = tables[node.db, node.name]
        # A name that the statement cannot hold by chance.
        relation = f"scan {number} {secrets.token_hex(8)}"
        scans.append(Scan(relation, table, tuple(_on_keys(conditions.get(id(node), []), table))))
        alias = exp.TableAlias(this=exp.to_identifier(node.alias_or_name, quoted=True))
        node.replace(exp.Table(this=exp.to_identifier(relation, quoted=True), alias=alias))
    return Plan(dialect.duckdb_sql(tree), tuple(scans), _result_names(tree, written_names))


def _references(tree: exp.Expr) -> Iterator[exp.Table]:
    seen: set[int] = set()
    for scope in traverse_scope(tree):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and id(source) not in seen:
                seen.add(id(source))
                yield source


def _key(node: exp.Table, database: str | None, text: str) -> tuple[str, str]:
    if node.catalog and node.catalog.lower() != CATALOG:
        where = position(node, text)
        raise QueryError("CATALOG_NOT_FOUND", f"{where}: Catalog '{node.catalog.lower()}' does not exist")
    if not isinstance(node.this, exp.Identifier):
        raise QueryError("NOT_SUPPORTED", f"{position(node, text)}: Table function {node.this.sql('athena')}")
    return (node.db or database or "default").lower(), node.name.lower()


def _resolve(key: tuple[str, str], where: str, catalog: Catalog) -> Table:
    database, name = key
    if database == "information_schema":
        raise QueryError("NOT_SUPPORTED", f"{where}: The local Athena has no information_schema; SHOW TABLES works")
    if not catalog.has_database(database):
        raise QueryError("SCHEMA_NOT_FOUND", f"{where}: Schema '{database}' does not exist")
    table = catalog.table(database, name)
    if table is None:
        raise QueryError("TABLE_NOT_FOUND", f"{where}: Table '{CATALOG}.{database}.{name}' does not exist")
    if table.is_view:
        raise QueryError("NOT_SUPPORTED", f"{where}: The local Athena does not resolve views ({database}.{name})")
    return table


def _schema(tables: dict[tuple[str, str], Table]) -> MappingSchema:
    mapping: dict[str, Any] = {}
    for (database, name), table in tables.items():
        mapping.setdefault(CATALOG, {}).setdefault(database, {})[name] = table.schema
    return MappingSchema(mapping, dialect="hive")


def _qualified(tree: exp.Expr, text: str, database: str | None, schema: MappingSchema) -> exp.Expr:
    try:
        qualified = qualify(
            tree, schema=schema, dialect="athena", catalog=CATALOG, db=database or "default", quote_identifiers=True
        )
        return annotate_types(qualified, schema=schema, dialect="athena")
    except OptimizeError as error:
        if column := _UNRESOLVED.search(str(error)):
            raise _unresolved(tree, text, column[1], column[2]) from error
        raise QueryError("SYNTAX_ERROR", str(error)) from error
    except SqlglotError as error:
        raise QueryError("SYNTAX_ERROR", str(error)) from error


def _unresolved(tree: exp.Expr, text: str, name: str, table: str | None) -> QueryError:
    written = (name.lower(), (table or "").lower())
    node = next(
        (node for node in tree.find_all(exp.Column) if (node.name.lower(), node.table.lower()) == written), None
    )
    where = position(node, text) if node else "line 1:1"
    column = f"{table}.{name}" if table else name
    return QueryError(
        "COLUMN_NOT_FOUND",
        f"{where}: Column '{column}' cannot be resolved or requester is not authorized to access requested resources",
    )


def _on_keys(conditions: list[exp.Expr], table: Table) -> Iterator[exp.Expr]:
    keys = set(table.key_names)
    for condition in conditions:
        if all(column.name in keys for column in condition.find_all(exp.Column)):
            yield condition


def _written_names(tree: exp.Expr) -> list[str] | None:
    projections = tree.selects if isinstance(tree, exp.Query) else []
    if any(projection.is_star for projection in projections):
        return None
    return [_written_name(projection, index) for index, projection in enumerate(projections)]


def _written_name(projection: exp.Expr, index: int) -> str:
    """Return an alias as it is written, `_col{index}` for an expression, '' for a column, which the catalog names."""
    if isinstance(projection, exp.Alias):
        return str(projection.alias)
    return "" if isinstance(projection, exp.Column | exp.Dot) else f"_col{index}"


def _result_names(tree: exp.Expr, written: list[str] | None) -> tuple[str, ...]:
    names: list[str] = tree.named_selects if isinstance(tree, exp.Query) else []
    aliases = written if written and len(written) == len(names) else [""] * len(names)
    return tuple(alias or re.sub(r"^_col_(\d+)$", r"_col\1", name) for alias, name in zip(aliases, names, strict=True))
