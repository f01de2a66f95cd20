"""Classification: which format an object has, and its schema.

Source: Glue developer guide, "Defining and managing classifiers" (order, built-in classifiers) and "Built-in CSV
classifier". Of CSV the custom classifiers are tried first, then the built-in one.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from localcloud.services.glue.crawl.schema import Columns, Schema, glue_type

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import CsvClassifierTypeDef

_JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"
_PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_LAZY_SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_OPEN_CSV_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
_SERDES = {"OpenCSVSerDe": _OPEN_CSV_SERDE, "LazySimpleSerDe": _LAZY_SERDE}
_DELIMITERS = (",", "|", "\t", ";", "\x01")
_CUSTOM_TYPES = {"long": "bigint", "short": "smallint"}
_LINE_END = re.compile(r"\r\n|\n|\r")
"""What ends a line of data; str.splitlines also cuts at U+2028, U+0085 and other characters that stand in texts."""

_COLUMN_NAME = re.compile(r"[^\x00-\x1f,]{1,149}")
_AT_LEAST = 2
"""Columns, and rows of data, that the built-in classifier needs."""

Rows = list[list[str]]


@dataclass(frozen=True)
class _Dialect:
    """How CSV is written, and the names of its columns."""

    delimiter: str
    quote: str
    has_header: bool
    names: tuple[str, ...]


def classify(
    key: str, content: bytes, *, is_complete: bool, classifiers: Sequence[CsvClassifierTypeDef], folder: Path
) -> Schema | None:
    """Return the schema of an object; None when no classifier recognises it.

    Args:
        key: its key.
        content: its bytes, or their beginning.
        is_complete: whether `content` is all of it.
        classifiers: the crawler's custom CSV classifiers, in their order.
        folder: for temporary files.
    """
    compression = "none"
    if key.endswith(".gz"):
        content, compression = gzip.decompress(content), "gzip"
    if content.startswith(b"PAR1"):
        return _parquet(content, folder)
    text = _text(content, is_complete=is_complete)
    if text is None or not text.strip():
        return None
    properties = {"compressionType": compression, "typeOfData": "file"}
    if text.lstrip()[0] in "{[":
        return _json(text, folder, properties)
    for classifier in classifiers:
        if schema := _custom_csv(text, classifier, folder, properties):
            return schema
    return _built_in_csv(text, folder, properties)


def _text(content: bytes, *, is_complete: bool) -> str | None:
    if b"\0" in content:
        return None
    if not is_complete:
        content = content[: content.rfind(b"\n") + 1]
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _parquet(content: bytes, folder: Path) -> Schema | None:
    columns = _columns("read_parquet", folder / "sample.parquet", content)
    return Schema("parquet", columns, _PARQUET_SERDE, {"serialization.format": "1"}, {"typeOfData": "file"})


def _json(text: str, folder: Path, properties: Mapping[str, str]) -> Schema | None:
    lines = [line for line in _LINE_END.split(text) if line.strip()]
    try:
        records = [json.loads(line) for line in lines]
    except ValueError:
        return None
    if not records or not all(isinstance(record, dict) for record in records):
        return None
    columns = _columns("read_json_auto", folder / "sample.json", ("\n".join(lines)).encode())
    paths = {"paths": ",".join(sorted(name for name, _ in columns))}
    return Schema("json", columns, _JSON_SERDE, paths, properties, len(records))


def _columns(function: str, file: Path, content: bytes) -> Columns:
    file.write_bytes(content)
    with duckdb.connect(":memory:") as engine:
        rows = engine.execute(f"DESCRIBE SELECT * FROM {function}($file)", {"file": str(file)}).fetchall()  # noqa: S608
    file.unlink()
    return tuple((str(row[0]).lower(), glue_type(str(row[1]))) for row in rows)


def _custom_csv(
    text: str, classifier: CsvClassifierTypeDef, folder: Path, properties: Mapping[str, str]
) -> Schema | None:
    delimiter, quote = classifier.get("Delimiter") or ",", classifier.get("QuoteSymbol") or '"'
    rows = _rows(text, delimiter, quote)
    if rows is None or (len(rows[0]) < _AT_LEAST and not classifier.get("AllowSingleColumn")):
        return None
    header = tuple(name.lower() for name in classifier.get("Header") or ())
    if header and len(header) != len(rows[0]):
        return None
    contains = classifier.get("ContainsHeader") or "UNKNOWN"
    has_header = contains == "PRESENT" or (contains == "UNKNOWN" and _looks_like_header(rows, folder))
    names = header or (_names(rows[0]) if has_header else _numbered_names(len(rows[0])))
    schema = _csv(text, rows, _Dialect(delimiter, quote, has_header, names), folder, properties)
    schema = _with_serde(schema, _SERDES.get(classifier.get("Serde") or "None", schema.serde), delimiter, quote)
    types = _custom_types(classifier)
    return replace(schema, columns=tuple((name, types.get(name, kind)) for name, kind in schema.columns))


def _custom_types(classifier: CsvClassifierTypeDef) -> dict[str, str]:
    if not classifier.get("CustomDatatypeConfigured"):
        return {}
    types = zip(classifier.get("Header") or [], classifier.get("CustomDatatypes") or [], strict=False)
    return {name.lower(): _CUSTOM_TYPES.get(kind.lower(), kind.lower()) for name, kind in types}


def _built_in_csv(text: str, folder: Path, properties: Mapping[str, str]) -> Schema | None:
    delimiter = _sniffed_delimiter(text, folder)
    rows = _rows(text, delimiter, '"') if delimiter else None
    if rows is None or delimiter is None or len(rows) < _AT_LEAST or len(rows[0]) < _AT_LEAST:
        return None
    # With one row of data below it a header cannot be told from data.
    has_header = len(rows) > _AT_LEAST and _looks_like_header(rows, folder)
    names = _names(rows[0]) if has_header else _numbered_names(len(rows[0]))
    schema = _csv(text, rows, _Dialect(delimiter, '"', has_header, names), folder, properties)
    return _with_serde(schema, _LAZY_SERDE, delimiter, '"')


def _rows(text: str, delimiter: str, quote: str) -> Rows | None:
    """Return rows of equal width; None when the text is no table."""
    if len(delimiter) != 1 or len(quote) != 1:
        return None
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote) if row]
    except csv.Error:
        return None
    return rows if rows and len({len(row) for row in rows}) == 1 else None


def _sniffed_delimiter(text: str, folder: Path) -> str | None:
    if "\x01" in text:
        return "\x01"
    file = folder / "sniffed.csv"
    file.write_text(text, encoding="utf-8")
    try:
        with duckdb.connect(":memory:") as engine:
            row = engine.execute("SELECT Delimiter FROM sniff_csv($file)", {"file": str(file)}).fetchone()
    except duckdb.Error:
        return None
    finally:
        file.unlink()
    return str(row[0]) if row and str(row[0]) in _DELIMITERS else None


def _types(rows: Rows, folder: Path) -> list[str]:
    """Return the Glue type of each column: bigint, double or string."""
    if not rows:
        return []
    file = folder / "typed.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        # DuckDB takes no line break in a text that is another than the file's own.
        one_lined = ([_LINE_END.sub(" ", value) for value in row] for row in rows)
        csv.writer(lines, quoting=csv.QUOTE_ALL).writerows(one_lined)
    with duckdb.connect(":memory:") as engine:
        described = engine.execute(
            "DESCRIBE SELECT * FROM read_csv($file, header = false, delim = ',', quote = '\"', escape = '\"', "
            "sample_size = -1, auto_type_candidates = ['BIGINT', 'DOUBLE', 'VARCHAR'])",
            {"file": str(file)},
        ).fetchall()
    file.unlink()
    return [glue_type(str(row[1])) for row in described]


def _looks_like_header(rows: Rows, folder: Path) -> bool:
    first = rows[0]
    return (
        all(value.strip() and not _is_number(value) for value in first)
        and all(_COLUMN_NAME.fullmatch(value) for value in first[:-1])
        and any(kind != "string" for kind in _types(rows[1:], folder))
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


def _numbered_names(count: int) -> tuple[str, ...]:
    return tuple(f"col{index}" for index in range(count))


def _csv(text: str, rows: Rows, dialect: _Dialect, folder: Path, properties: Mapping[str, str]) -> Schema:
    data = rows[1:] if dialect.has_header else rows
    types = _types(data, folder) or ["string"] * len(dialect.names)
    first_line = _LINE_END.split(text)[1 if dialect.has_header and len(rows) > 1 else 0]
    is_quoted = first_line.startswith(dialect.quote) or f"{dialect.delimiter}{dialect.quote}" in first_line
    table_properties = {
        **properties,
        "delimiter": dialect.delimiter,
        "columnsOrdered": "true",
        "areColumnsQuoted": str(is_quoted).lower(),
    }
    if dialect.has_header:
        table_properties["skip.header.line.count"] = "1"
    columns = tuple(zip(dialect.names, types, strict=True))
    return Schema("csv", columns, _OPEN_CSV_SERDE if is_quoted else _LAZY_SERDE, {}, table_properties, len(data))


def _with_serde(schema: Schema, serde: str, delimiter: str, quote: str) -> Schema:
    if serde == _OPEN_CSV_SERDE:
        return replace(schema, serde=serde, serde_properties={"separatorChar": delimiter, "quoteChar": quote})
    return replace(schema, serde=serde, serde_properties={"field.delim": delimiter})
