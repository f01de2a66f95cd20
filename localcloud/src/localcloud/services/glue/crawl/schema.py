"""Schemas that a crawl infers: their types, and when two of them belong to one table.

Source: Glue developer guide, "How does a crawler determine when to create partitions?" and "Creating a single schema
for each Amazon S3 include path".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SIMILARITY = 0.7
"""The part of columns that two schemas have to share to be partitions of one table."""

Columns = tuple[tuple[str, str], ...]
_WIDER = {frozenset({"bigint", "double"}): "double"}
_SIMPLE = {
    "BIGINT": "bigint",
    "HUGEINT": "double",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "VARCHAR": "string",
    "INTEGER": "int",
    "SMALLINT": "smallint",
    "TINYINT": "tinyint",
    "FLOAT": "float",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BLOB": "binary",
}


@dataclass(frozen=True)
class Schema:
    """What one object holds: classification, columns, SerDe with its properties, table properties."""

    classification: str
    columns: Columns
    serde: str
    serde_properties: Mapping[str, str] = field(default_factory=dict[str, str])
    properties: Mapping[str, str] = field(default_factory=dict[str, str])
    records: int = 0


def glue_type(duckdb: str) -> str:
    """Return the Glue type for a type as DuckDB writes it, e.g. `STRUCT(a BIGINT, b VARCHAR[])`."""
    if duckdb.endswith("[]"):
        return f"array<{glue_type(duckdb[:-2])}>"
    if duckdb.startswith("STRUCT("):
        members = (member.strip().partition(" ") for member in _split(duckdb[7:-1]))
        typed = [f"{name.strip(chr(34)).lower()}:{glue_type(kind)}" for name, _, kind in members]
        return f"struct<{','.join(typed)}>"
    if duckdb.startswith("MAP("):
        key, value = (glue_type(part.strip()) for part in _split(duckdb[4:-1]))
        return f"map<{key},{value}>"
    if duckdb.startswith("DECIMAL"):
        return duckdb.lower().replace(" ", "")
    return _SIMPLE.get(duckdb, "string")


def similar(one: Schema, other: Schema, *, combine: bool = False) -> bool:
    """Return whether two schemas belong to one table; `combine` is the policy CombineCompatibleSchemas."""
    if (one.classification, one.serde) != (other.classification, other.serde):
        return False
    if combine:
        return True
    types, other_types = dict(one.columns), dict(other.columns)
    shared = [name for name in types if name in other_types and _compatible(types[name], other_types[name])]
    return len(shared) >= SIMILARITY * max(len(types), len(other_types))


def _compatible(one: str, other: str) -> bool:
    """Return whether one column can hold values of both types."""
    return one == other or frozenset({one, other}) in _WIDER or "string" in {one, other}


def merged(schemas: Iterable[Schema]) -> Columns:
    """Return the columns of all schemas: in the order they are met, new ones last, with the wider type."""
    columns: dict[str, str] = {}
    for schema in schemas:
        for name, kind in schema.columns:
            before = columns.get(name, kind)
            columns[name] = kind if before == kind else _WIDER.get(frozenset({before, kind}), "string")
    return tuple(columns.items())


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for index, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]
