"""CSV: custom classifiers first, then the built-in one with its rules for headers."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from localcloud.services.glue.crawl.schema import Schema, glue_type

Record = dict[str, Any]
_LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_OPEN = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
_DELIMITERS = (",", "|", "\t", ";", "\x01")
_CUSTOM_TYPES = {"long": "bigint", "short": "smallint"}
_COLUMN_NAME = re.compile(r"[^\x00-\x1f,]{1,149}")
_AT_LEAST = 2
"""Columns, and rows of data, that the built-in classifier needs."""


@dataclass(frozen=True)
class _Dialect:
    delimiter: str
    quote: str
    header: bool
    names: tuple[str, ...]


def classify_csv(
    text: str, classifiers: Sequence[Record], folder: Path, properties: Mapping[str, str]
) -> Schema | None:
    """The schema of CSV text; None when it is none."""
    for classifier in classifiers:
        if schema := _custom(text, classifier, folder, properties):
            return schema
    return _built_in(text, folder, properties)


def _custom(text: str, classifier: Record, folder: Path, properties: Mapping[str, str]) -> Schema | None:
    delimiter, quote = classifier.get("Delimiter") or ",", classifier.get("QuoteSymbol") or '"'
    rows = _rows(text, delimiter, quote)
    if rows is None or (len(rows[0]) < _AT_LEAST and not classifier.get("AllowSingleColumn")):
        return None
    contains = classifier.get("ContainsHeader") or "UNKNOWN"
    given = tuple(name.lower() for name in classifier.get("Header") or ())
    if given and len(given) != len(rows[0]):
        return None
    header = contains == "PRESENT" or (contains == "UNKNOWN" and _looks_like_header(rows, _types(rows[1:], folder)))
    names = given or (_names(rows[0]) if header else _numbered(len(rows[0])))
    schema = _schema(rows, _Dialect(delimiter, quote, header, names), text, folder, properties)
    serde = {"OpenCSVSerDe": _OPEN, "LazySimpleSerDe": _LAZY}.get(classifier.get("Serde") or "None", schema.serde)
    return _with_serde(schema, serde, delimiter, quote, _custom_types(classifier))


def _built_in(text: str, folder: Path, properties: Mapping[str, str]) -> Schema | None:
    delimiter = _sniffed_delimiter(text, folder)
    rows = _rows(text, delimiter, '"') if delimiter else None
    if rows is None or delimiter is None or len(rows) < _AT_LEAST or len(rows[0]) < _AT_LEAST:
        return None
    # With one row of data below it a header cannot be told from data.
    header = len(rows) > _AT_LEAST and _looks_like_header(rows, _types(rows[1:], folder))
    names = _names(rows[0]) if header else _numbered(len(rows[0]))
    schema = _schema(rows, _Dialect(delimiter, '"', header, names), text, folder, properties)
    return _with_serde(schema, _LAZY, delimiter, '"', {})


def _rows(text: str, delimiter: str, quote: str) -> list[list[str]] | None:
    """Rows of equal width; None when the text is no table."""
    if len(delimiter) != 1 or len(quote) != 1:
        return None
    try:
        rows = [row for row in csv.reader(text.splitlines(), delimiter=delimiter, quotechar=quote) if row]
    except csv.Error:
        return None
    return rows if rows and len({len(row) for row in rows}) == 1 else None


def _sniffed_delimiter(text: str, folder: Path) -> str | None:
    file = folder / "sniffed.csv"
    file.write_text(text, encoding="utf-8")
    try:
        with duckdb.connect(":memory:") as engine:
            found = engine.execute("SELECT Delimiter FROM sniff_csv($file)", {"file": str(file)}).fetchone()
    except duckdb.Error:
        found = None
    finally:
        file.unlink()
    if "\x01" in text:
        return "\x01"
    return str(found[0]) if found and str(found[0]) in _DELIMITERS else None


def _types(rows: Sequence[Sequence[str]], folder: Path) -> list[str]:
    """The Glue type of each column: bigint, double or string."""
    if not rows:
        return []
    file = folder / "typed.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    with duckdb.connect(":memory:") as engine:
        described = engine.execute(
            "DESCRIBE SELECT * FROM read_csv($file, header = false, delim = ',', quote = '\"', escape = '\"', "
            "sample_size = -1, auto_type_candidates = ['BIGINT', 'DOUBLE', 'VARCHAR'])",
            {"file": str(file)},
        ).fetchall()
    file.unlink()
    return [glue_type(str(row[1])) for row in described]


def _looks_like_header(rows: Sequence[Sequence[str]], types: Sequence[str]) -> bool:
    first = rows[0]
    return (
        all(value.strip() and not _is_number(value) for value in first)
        and all(_COLUMN_NAME.fullmatch(value) for value in first[:-1])
        and any(kind != "string" for kind in types)
    )


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _names(row: Sequence[str]) -> tuple[str, ...]:
    names: list[str] = []
    for index, value in enumerate(row):
        name = value.strip().lower() or f"col{index}"
        names.append(name if name not in names else f"{name}_{index}")
    return tuple(names)


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"col{index}" for index in range(count))


def _schema(
    rows: Sequence[Sequence[str]], dialect: _Dialect, text: str, folder: Path, properties: Mapping[str, str]
) -> Schema:
    body = rows[1:] if dialect.header else rows
    types = _types(body, folder) or ["string"] * len(dialect.names)
    second = text.splitlines()[1 if dialect.header and len(rows) > 1 else 0]
    quoted = second.startswith(dialect.quote) or f"{dialect.delimiter}{dialect.quote}" in second
    found = {
        **properties,
        "delimiter": dialect.delimiter,
        "columnsOrdered": "true",
        "areColumnsQuoted": str(quoted).lower(),
    }
    if dialect.header:
        found["skip.header.line.count"] = "1"
    columns = tuple(zip(dialect.names, types, strict=True))
    return Schema("csv", columns, _OPEN if quoted else _LAZY, {}, found, len(body))


def _with_serde(schema: Schema, serde: str, delimiter: str, quote: str, types: Mapping[str, str]) -> Schema:
    own = {"separatorChar": delimiter, "quoteChar": quote} if serde == _OPEN else {"field.delim": delimiter}
    columns = tuple((name, types.get(name, kind)) for name, kind in schema.columns)
    return Schema("csv", columns, serde, own, schema.properties, schema.records)


def _custom_types(classifier: Record) -> dict[str, str]:
    if not classifier.get("CustomDatatypeConfigured"):
        return {}
    header: list[str] = classifier.get("Header") or []
    kinds: list[str] = classifier.get("CustomDatatypes") or []
    pairs = zip(header, kinds, strict=False)
    return {name.lower(): _CUSTOM_TYPES.get(kind.lower(), kind.lower()) for name, kind in pairs}
