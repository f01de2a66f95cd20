"""A team's CSV as Athena reads it: where that is something else than what the file says.

Athena splits a table's objects into lines and gives columns their values by position. With OpenCSVSerDe a backslash is
an escape character, a text ends with its line, and a number that is empty or none fails the query; with
LazySimpleSerDe quotes are a part of the text, and a value that does not fit its type is NULL. A quote within a text
that has none around it begins a part in which commas separate nothing (opencsv's CSVParser). What is left, Python's
csv module reads as Athena does. Sources: Athena user guide, "Open CSV SerDe for processing CSV" and "Lazy Simple
SerDe".
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Columns = tuple[tuple[str, str], ...]
"""Names and Glue types, in their order."""

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|NaN|[+-]?Infinity")
_CODE = re.compile(r"0[0-9]+")
_NUMBERS: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), _INTEGER),
    **dict.fromkeys(("float", "double"), _NUMBER),
}
_YEAR = re.compile(r"(19|20)[0-9]{2}")
"""What may stand in a header all the same."""

_FIELD = r'(?:"[^"]*(?:""[^"]*)*"|[^",]*)'
_QUOTED_LINE = re.compile(rf"{_FIELD}(?:,{_FIELD})*")
"""A line whose quotes stand around texts, or are doubled within them."""

_OTHER_DELIMITERS = (";", "\t", "|")
_LINE_BREAK = "a text has a line break in it: Athena takes the rest for another row"


def problems(sample: bytes, columns: Columns | None, *, is_complete: bool, reads_quotes: bool) -> dict[str, int]:
    """Return what is wrong with a file for a table, with the number of the first line that it is found in.

    No value of the file is repeated: it may be personal, and a message goes to many people.

    Args:
        sample: the file, or its beginning.
        columns: the table's, without partition keys; None where no table reads the file.
        is_complete: whether the sample is the whole file.
        reads_quotes: whether the table's SerDe is OpenCSVSerDe.
    """
    if not is_complete:
        sample = sample[: sample.rfind(b"\n") + 1]
    try:
        text = sample.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return {"it is not UTF-8": sample.count(b"\n", 0, error.start) + 1}
    if "\0" in text:
        return {"it is no text: it has a byte of zeros": sample.count(b"\n", 0, sample.index(0)) + 1}
    first_lines: dict[str, int] = {}
    try:
        for problem, line in _problems(text, columns, reads_quotes=reads_quotes):
            first_lines.setdefault(problem, line)
    except csv.Error:
        first_lines["it is no CSV: a quote that nothing ends"] = 1
    return first_lines


def _problems(text: str, columns: Columns | None, *, reads_quotes: bool) -> Iterator[tuple[str, int]]:
    lines = list(io.StringIO(text, newline=""))
    rows = csv.reader(lines)
    header = [name.strip().lower() for name in next(rows, [])]
    columns = tuple((name, "string") for name in header) if columns is None else columns
    if problem := _LINE_BREAK if rows.line_num > 1 else _header_problem(header, [name for name, _ in columns]):
        yield problem, 1
        return
    if not reads_quotes and '"' in text:
        yield "the table takes quotes for a part of the text (LazySimpleSerDe): let a new crawler make it", 1
        return
    line = rows.line_num + 1
    for row in rows:
        if rows.line_num > line:
            yield _LINE_BREAK, line
        elif '"' in lines[line - 1] and not _QUOTED_LINE.fullmatch(lines[line - 1].rstrip("\r\n")):
            yield (
                "a quote in a text is not doubled, or the text not in quotes: Athena may read columns after it as NULL",
                line,
            )
        elif len(row) != len(columns):
            yield "a row has more or fewer fields than the header", line
        else:
            yield from ((problem, line) for problem in _value_problems(row, columns, reads_quotes=reads_quotes))
        line = rows.line_num + 1


def _value_problems(row: Sequence[str], columns: Columns, *, reads_quotes: bool) -> Iterator[str]:
    if reads_quotes and any("\\" in value for value in row):
        yield "a text has a backslash in it: Athena drops it, and a quote after it ends nothing"
    fails = "queries of the table fail"
    for value, (name, kind) in zip(row, columns, strict=True):
        pattern = _NUMBERS.get(kind)
        if pattern is None:
            continue
        if pattern.fullmatch(value):
            if _CODE.fullmatch(value):
                yield f"column {name} ({kind}) has a value that begins with 0: Athena reads a number without it"
            continue
        if value:
            yield f"column {name} has a value that is no {kind}: {fails if reads_quotes else 'Athena reads NULL'}"
        elif reads_quotes:
            yield f"column {name} ({kind}) is empty in a row: {fails}"


def _header_problem(header: Sequence[str], names: Sequence[str]) -> str | None:
    if len(header) == 1 and any(delimiter in header[0] for delimiter in _OTHER_DELIMITERS):
        return "its fields are not separated by commas"
    if any(_NUMBER.fullmatch(name) and not _YEAR.fullmatch(name) for name in header):
        return (
            "its first line has a number where a column's name is expected: Athena leaves this line out as the header"
        )
    # What a crawl calls a column without a name, such as the index that pandas writes, is Glue's.
    header = [name or crawled for name, crawled in zip(header, names, strict=False)] + [*header[len(names) :]]
    if header == names:
        return None
    if header[: len(names)] == names:
        return f"it has columns after {names[-1]} that the table does not have: queries do not see them"
    if header == names[: len(header)]:
        return f"it has no column {names[len(header)]}: Athena reads NULL"
    return (
        f"its columns are not those of the table in their order ({', '.join(names)}): Athena reads values as another "
        "column's"
    )
