"""SerDes: what the lines of an object mean.

Sources: Athena user guide, "Lazy Simple SerDe", "Open CSV SerDe", "OpenX JSON SerDe", "Choose a SerDe".
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.types import duckdb_type

Columns = tuple[tuple[str, str], ...]
Row = list[str | None]
_LINES = re.compile(r"\r\n|\n|\r")
_QUOTES_BELONG_AFTER = 2
"""Up to this position of a line opencsv drops a quote within a field that is not quoted."""
_INTEGER = ("[+-]?[0-9]+", "For input string: ")
# The notations that Hive takes for values of a type. DuckDB takes others too, such as 1.5 for an integer.
_NOTATIONS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "integer", "bigint"), _INTEGER),
    "boolean": ("(?i)true|false", "Not a boolean: "),
    "date": ("[0-9]{4}-[0-9]{2}-[0-9]{2}", "Date format must be yyyy-mm-dd: "),
    "timestamp": (
        r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}(\.\d{1,9})?)?",
        "Timestamp format must be yyyy-mm-dd hh:mm:ss[.f]: ",
    ),
}


@dataclass(frozen=True)
class SerDe:
    """One SerDe: rows of text from an object, and whether a value that does not fit its type fails the query."""

    rows: Callable[[str, Columns, Mapping[str, str]], Iterator[Row]]
    strict: bool
    parquet: bool = False

    def expression(self, raw: str, glue_type: str) -> str:
        """Return the SQL that turns a column of text into its type."""
        kind = glue_type.strip().lower()
        target = duckdb_type(kind)
        if kind == "string" or kind.startswith(("varchar", "char")):
            return raw
        if "<" in kind:
            return f"{self._cast}({raw}::JSON AS {target})"
        if kind in _NOTATIONS:
            return self._guarded(raw, target, *_NOTATIONS[kind])
        return f"{self._cast}({raw} AS {target})"

    @property
    def _cast(self) -> str:
        return "CAST" if self.strict else "TRY_CAST"

    def _guarded(self, raw: str, target: str, pattern: str, message: str) -> str:
        otherwise = f"error('{message}' || {raw})" if self.strict else "NULL"
        fits = f"regexp_full_match({raw}, '{pattern}')"
        return (
            f"CASE WHEN {raw} IS NULL THEN NULL WHEN {fits} THEN {self._cast}({raw} AS {target}) ELSE {otherwise} END"
        )


def serde(library: str) -> SerDe:
    """Return the SerDe of a serialization library's class name.

    Raises:
        QueryError: NOT_SUPPORTED for one that the local Athena does not read.
    """
    if library not in _SERDES:
        raise QueryError("NOT_SUPPORTED", f"The local Athena does not read {library or 'tables without a SerDe'}")
    return _SERDES[library]


def _lines(text: str, properties: Mapping[str, str]) -> Iterator[str]:
    lines = _LINES.split(text)
    if lines and not lines[-1]:
        lines.pop()
    return iter(lines[int(properties.get("skip.header.line.count", "0") or 0) :])


def _lazy_simple(text: str, columns: Columns, properties: Mapping[str, str]) -> Iterator[Row]:
    for name, kind in columns:
        if "<" in kind:
            raise QueryError("NOT_SUPPORTED", f"The local Athena reads no {kind} with LazySimpleSerDe (column {name})")
    delimiter = properties.get("field.delim") or properties.get("serialization.format") or "\x01"
    delimiter = "\x01" if delimiter == "1" else delimiter
    null = properties.get("serialization.null.format", r"\N")
    escape = properties.get("escape.delim")
    for line in _lines(text, properties):
        fields = _escaped(line, delimiter, escape) if escape else line.split(delimiter)
        yield _padded([None if field == null else field for field in fields], len(columns))


def _escaped(line: str, delimiter: str, escape: str) -> list[str]:
    fields, position = [""], 0
    while position < len(line):
        if line.startswith(escape, position) and position + 1 < len(line):
            fields[-1] += line[position + 1]
            position += 2
        elif line.startswith(delimiter, position):
            fields.append("")
            position += len(delimiter)
        else:
            fields[-1] += line[position]
            position += 1
    return fields


def _open_csv(text: str, columns: Columns, properties: Mapping[str, str]) -> Iterator[Row]:
    separator, quote = properties.get("separatorChar", ","), properties.get("quoteChar", '"')
    escape = properties.get("escapeChar", "\\")
    # Hive's SerDe falls back on opencsv's own escape character, which may not be the quote.
    escape = "\\" if escape == quote else escape
    # Each line is a row: "does not support embedded line breaks in CSV files".
    for line in _lines(text, properties):
        row = _padded([*_open_csv_fields(line, separator, quote, escape)], len(columns))
        fields = enumerate(zip(row, columns, strict=True))
        yield [_csv_value(value, kind, number) for number, (value, (_, kind)) in fields]


def _open_csv_fields(line: str, separator: str, quote: str, escape: str) -> Iterator[str]:
    """Yield the fields of one line as opencsv's parser, which the SerDe uses, reads them.

    A field whose quotes do not end in the line is none, and so is what follows it. A quote within a field begins a
    quoted part of it, and is a part of the text unless it is next to a separator.
    """
    field, is_quoted, is_begun, position = "", False, False, 0
    while position < len(line):
        letter, following = line[position], line[position + 1 : position + 2]
        if letter == escape:
            # An escape character that escapes nothing is dropped.
            if (is_quoted or is_begun) and following and following in {quote, escape}:
                field += following
                position += 1
        elif letter == quote:
            if (is_quoted or is_begun) and following == quote:
                field += following
                position += 1
            else:
                is_inside = position > _QUOTES_BELONG_AFTER and line[position - 1] != separator
                if is_inside and following and following != separator:
                    field = "" if field.isspace() else field + letter
                is_quoted, is_begun = not is_quoted, not is_begun
        elif letter == separator and not is_quoted:
            yield field
            field, is_begun = "", False
        else:
            field += letter
            is_begun = True
        position += 1
    if not is_quoted:
        yield field


def _csv_value(value: str | None, kind: str, number: int) -> str | None:
    # Dates are days and timestamps milliseconds since 1970; an empty number is an error, as the user guide says.
    if value is None or kind.lower() == "string":
        return value
    if kind.lower() in {"date", "timestamp"}:
        raise QueryError("NOT_SUPPORTED", f"The local Athena reads no {kind} with OpenCSVSerDe; declare a string")
    if not value:
        raise QueryError("HIVE_BAD_DATA", f"Error parsing field value '' for field {number}: For input string: \"\"")
    return value


def _json(text: str, columns: Columns, properties: Mapping[str, str]) -> Iterator[Row]:
    skips_malformed = properties.get("ignore.malformed.json", "false").lower() == "true"
    ignores_case = properties.get("case.insensitive", "true").lower() == "true"
    keys = [(properties.get(f"mapping.{name}", name), kind) for name, kind in columns]
    for line in _lines(text, properties):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            record = None
            if not skips_malformed:
                raise _bad_json(str(error)) from error
        if record is not None and not isinstance(record, dict):
            raise _bad_json("A JSONObject text must begin with '{' at 1 [character 2 line 1]")
        members: dict[str, Any] = _lowered(record) if ignores_case and record else record or {}
        yield [_json_value(members.get(key.lower() if ignores_case else key), kind) for key, kind in keys]


def _json_value(value: Any, kind: str) -> str | None:
    if value is None or (isinstance(value, str) and "<" not in kind):
        return value
    return json.dumps(value, ensure_ascii=False)


def _lowered(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key).lower(): _lowered(inner) for key, inner in value.items()}
    return [_lowered(inner) for inner in value] if isinstance(value, list) else value


def _bad_json(reason: str) -> QueryError:
    return QueryError("HIVE_CURSOR_ERROR", f"Row is not a valid JSON Object - JSONException: {reason}")


def _padded(fields: Row, width: int) -> Row:
    return (fields + [None] * (width - len(fields)))[:width]


def _no_rows(_text: str, _columns: Columns, _properties: Mapping[str, str]) -> Iterator[Row]:
    return iter(())


_SERDES: Mapping[str, SerDe] = {
    "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe": SerDe(_lazy_simple, strict=False),
    "org.apache.hadoop.hive.serde2.OpenCSVSerde": SerDe(_open_csv, strict=True),
    "org.openx.data.jsonserde.JsonSerDe": SerDe(_json, strict=True),
    "org.apache.hive.hcatalog.data.JsonSerDe": SerDe(_json, strict=True),
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": SerDe(_no_rows, strict=True, parquet=True),
}
