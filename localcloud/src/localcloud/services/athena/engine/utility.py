"""SHOW and DESCRIBE: what the catalog holds, as the caller sees it."""

from localcloud.services.athena.engine.catalog import Catalog, Table
from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.statement import Statement
from localcloud.services.athena.engine.types import Column

Answer = tuple[list[Column], list[list[str | None]]]


def run(statement: Statement, database: str | None, catalog: Catalog) -> Answer:
    """Answers a utility statement.

    Raises:
        QueryError: for databases and tables that do not exist or that the caller may not see.
    """
    arguments = statement.arguments
    if statement.substatement == "SHOW_DATABASES":
        return _listing("database_name", catalog.databases(arguments[0]))
    if statement.substatement == "SHOW_TABLES":
        name = arguments[0] or database or "default"
        if not catalog.database(name):
            raise QueryError("", f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}")
        return _listing("tab_name", catalog.tables(name, arguments[1]))
    table = _table(arguments[0] or database or "default", str(arguments[1]), catalog)
    if statement.substatement == "SHOW_PARTITIONS":
        return _listing("partition", _partitions(table, catalog))
    lines = [f"{name:<20}\t{kind:<20}\t{'':<20}" for name, kind in table.columns]
    if table.keys:
        lines += [f"{name:<20}\t{kind:<20}\t{'':<20}" for name, kind in table.keys]
        lines += ["\t \t ", "# Partition Information\t \t ", f"{'# col_name':<20}\t{'data_type':<20}\t{'comment':<20}"]
        lines += ["\t \t ", *(f"{name:<20}\t{kind:<20}\t{'':<20}" for name, kind in table.keys)]
    return [Column("col_name", "string"), Column("data_type", "string"), Column("comment", "string")], [
        [part.strip() for part in line.split("\t")] for line in lines
    ]


def _table(database: str, name: str, catalog: Catalog) -> Table:
    table = catalog.table(database, name)
    if table is None:
        raise QueryError("", f"FAILED: SemanticException [Error 10001]: Table not found {database}.{name}")
    return table


def _partitions(table: Table, catalog: Catalog) -> list[str]:
    if table.projected:
        # User guide, "Partition projection": SHOW PARTITIONS does not list projected partitions.
        return []
    names = [name for name, _ in table.keys]
    found = [dict(zip(names, record["Values"], strict=True)) for record in catalog.partitions(table)]
    return sorted("/".join(f"{name}={value}" for name, value in values.items()) for values in found)


def _listing(column: str, names: list[str]) -> Answer:
    return [Column(column, "string")], [[name] for name in names]
