"""Loads what a scan reads into a DuckDB table of the catalog's types."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import duckdb

from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.partitions import Partition
from localcloud.services.athena.engine.plan import Scan
from localcloud.services.athena.engine.reader import Reader
from localcloud.services.athena.engine.serdes import Row, SerDe, serde
from localcloud.services.athena.engine.types import duckdb_type

_LIST_EACH = 16
"""Up to this many partitions are listed one by one, more of them in one listing of what they have in common."""

_END = "."
"""Ends each row, so that a row of one NULL is not taken for an empty line."""

Group = list[tuple[Partition, list[str]]]


def load(
    scan: Scan, found: Sequence[Partition], reader: Reader, engine: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    """Makes the table of a scan.

    Raises:
        QueryError: for data that does not fit the table, or that the caller may not read.
        QueryCancelled: when the query is to stop.
    """
    table = scan.table
    columns = [*table.columns, *table.keys]
    declared = ", ".join(f'"{name}" {duckdb_type(kind)}' for name, kind in columns)
    engine.execute(f'CREATE TABLE "{scan.relation}" ({declared})')
    listed = _listed(found, reader)
    by_serde = sorted(listed, key=lambda item: item[0].storage.serde)
    for library, group in groupby(by_serde, key=lambda item: item[0].storage.serde):
        reads = serde(library)
        try:
            if reads.parquet:
                _load_parquet(scan, list(group), reader, engine, folder)
            else:
                _load_text(scan, list(group), reads, reader, engine, folder)
        except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
            raise QueryError("HIVE_BAD_DATA", f"Error parsing a field: {str(error).splitlines()[0]}") from error


def _listed(found: Sequence[Partition], reader: Reader) -> Group:
    groups: Group = []
    for bucket in dict.fromkeys(partition.storage.bucket for partition in found):
        inside = [partition for partition in found if partition.storage.bucket == bucket]
        if len(inside) <= _LIST_EACH:
            groups.extend((partition, reader.keys(bucket, partition.storage.prefix)) for partition in inside)
            continue
        by_prefix: dict[str, list[str]] = {partition.storage.prefix: [] for partition in inside}
        for key in reader.keys(bucket, _common([*by_prefix])):
            steps = [index + 1 for index, letter in enumerate(key) if letter == "/"]
            owner = next((key[:end] for end in reversed(steps) if key[:end] in by_prefix), None)
            if owner:
                by_prefix[owner].append(key)
        groups.extend((partition, by_prefix[partition.storage.prefix]) for partition in inside)
    return groups


def _common(prefixes: list[str]) -> str:
    first, last = min(prefixes), max(prefixes)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[: first.rfind("/", 0, length) + 1]


def _load_text(
    scan: Scan, group: Group, reads: SerDe, reader: Reader, engine: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    table = scan.table
    width = len(table.columns) + len(table.keys)
    file = folder / f"{scan.relation}.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        for partition, keys in group:
            own = [partition.values[name] for name, _ in table.keys]
            for key in keys:
                content = reader.read(partition.storage.bucket, key).decode("utf-8", "replace")
                for row in reads.rows(content, table.columns, partition.storage.properties):
                    out.write(_line([*row, *own, _END]))
    if not file.stat().st_size:
        return
    raw = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(width + 1))
    typed = [reads.expression(f"c{index}", kind) for index, (_, kind) in enumerate(table.columns)]
    typed += [
        f"CAST(c{index} AS {duckdb_type(kind)})" for index, (_, kind) in enumerate(table.keys, len(table.columns))
    ]
    engine.execute(
        f'INSERT INTO "{scan.relation}" SELECT {", ".join(typed)} FROM read_csv($file, auto_detect = false, '  # noqa: S608
        "header = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false, "
        f"parallel = false, max_line_size = 67108864, columns = {{{raw}}})",
        {"file": str(file)},
    )
    file.unlink()


def _line(row: Row) -> str:
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row) + "\n"


def _load_parquet(scan: Scan, group: Group, reader: Reader, engine: duckdb.DuckDBPyConnection, folder: Path) -> None:
    table = scan.table
    for partition, keys in group:
        for key in keys:
            file = folder / f"{scan.relation}.parquet"
            file.write_bytes(reader.read(partition.storage.bucket, key))
            described = engine.execute("DESCRIBE SELECT * FROM read_parquet($file)", {"file": str(file)}).fetchall()
            present = {str(row[0]).lower(): str(row[0]) for row in described}
            typed = [
                f'CAST("{present[name]}" AS {duckdb_type(kind)})' if name in present else "NULL"
                for name, kind in table.columns
            ]
            typed += [f"CAST($k{index} AS {duckdb_type(kind)})" for index, (_, kind) in enumerate(table.keys)]
            values = {f"k{index}": partition.values[name] for index, (name, _) in enumerate(table.keys)}
            engine.execute(
                f'INSERT INTO "{scan.relation}" SELECT {", ".join(typed)} FROM read_parquet($file)',  # noqa: S608
                {"file": str(file), **values},
            )
            file.unlink()
