"""The input data: all files of a folder as one table, or an error that names each file that is of another kind.

Written for Python 3.9 and pandas 1.3 and later.
"""

# pandas types most results as a union of everything a call could return:
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false

from __future__ import annotations

import lzma
import tarfile
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

_MOST_PROBLEMS = 20
# ValueError is of pandas' own errors, of bytes that are no text and of archives with more than one file; ImportError is
# of a compression that the image has no module for.
_UNREADABLE = (
    ValueError,
    OSError,
    EOFError,
    ImportError,
    pd.errors.ParserWarning,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
)


class InvalidDataError(ValueError):
    """The input can't be used; the message says what was found and what is expected."""


@dataclass(frozen=True)
class Dataset:
    """The files' rows one below the other, with one type a column, and how many rows come from which file."""

    table: pd.DataFrame
    rows_by_file: dict[str, int]


def load(directory: Path, column_names: Sequence[str] = (), categorical: Sequence[str] = ()) -> Dataset:
    """Load all files below `directory` as one table.

    Files without a byte are left out, and those below a name that starts with "." or "_", as in Athena. With a header,
    columns may be in another order from file to file.

    Args:
        directory: where the files are, in folders or not; compressed ones are recognized by their suffix.
        column_names: in file order, where the files have no header.
        categorical: columns that are text even where they look like numbers.

    Raises:
        InvalidDataError: with one line for each file that is not a CSV, or whose columns differ from those of most
            files in their names, their number or their type.
    """
    files = {path.relative_to(directory).as_posix(): path for path in sorted(directory.rglob("*")) if path.is_file()}
    data = {
        name: path
        for name, path in files.items()
        if path.stat().st_size and not any(part[0] in "._" for part in Path(name).parts)
    }
    if not data:
        raise InvalidDataError(f"no data file below {directory}")
    tables: dict[str, pd.DataFrame] = {}
    problems: list[str] = []
    for name, path in data.items():
        try:
            tables[name] = _read(path, column_names, categorical)
        except InvalidDataError as error:  # noqa: PERF203 reading a file costs far more
            problems.append(f"{name}: {error}")
    problems += _differences(tables)
    if problems:
        more = [f"and {len(problems) - _MOST_PROBLEMS} more"] if len(problems) > _MOST_PROBLEMS else []
        raise InvalidDataError("\n  ".join(["files that are not of one table:", *problems[:_MOST_PROBLEMS], *more]))
    first = next(iter(tables.values()))
    # An empty table has no types, and would make text of the others' numbers.
    filled = [table for table in tables.values() if len(table)] or [first]
    return Dataset(
        pd.concat([table[first.columns] for table in filled], ignore_index=True),
        {name: len(table) for name, table in tables.items()},
    )


def _read(path: Path, column_names: Sequence[str], categorical: Sequence[str]) -> pd.DataFrame:
    """Read one file; what pandas would repair, such as a name that stands twice, is an error."""
    header_row = None if column_names else 0
    try:
        header = pd.read_csv(path, header=None, nrows=1, dtype=str, skipinitialspace=True, keep_default_na=False)
        names = list(column_names) or [str(name) for name in header.iloc[0]]
        _check_names(names, len(header.columns))
        with warnings.catch_warnings():
            # Rows with more fields than names lose the last ones ("IO tools", pandas User Guide).
            warnings.simplefilter("error", pd.errors.ParserWarning)
            read = partial(pd.read_csv, path, header=header_row, names=names, index_col=False, skipinitialspace=True)
            table: pd.DataFrame = read(dtype={name: str for name in categorical if name in names}, low_memory=False)
        if table[names[-1]].isna().to_numpy().any():
            # Only the slower parser of pandas tells a field that is missing from an empty one.
            _check_lengths(read(dtype=str, keep_default_na=False, engine="python"), names)
    except InvalidDataError:
        raise
    except _UNREADABLE as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InvalidDataError(f"it is not a CSV file: {reason}") from error
    truths = table.select_dtypes("bool").columns
    return table.astype(dict.fromkeys(truths, float))


def _check_names(names: Sequence[str], columns: int) -> None:
    if len(names) != columns:
        raise InvalidDataError(f"it has {columns} columns, but {len(names)} column names are given")
    if "" in names:
        raise InvalidDataError(
            f"column {names.index('') + 1} has no name; an index that pandas wrote is left out by index=False"
        )
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidDataError(f"{', '.join(repeated)}: more than one column has this name")


def _check_lengths(texts: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse a row that ends before the last column, as in a file that was cut off: its values would be imputed."""
    shorter = texts[names[-1]].isna().to_numpy()
    if shorter.any():
        raise InvalidDataError(f"row {shorter.argmax() + 1} has fewer fields than the {len(names)} columns")


def _differences(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Return what tells files from the first with the columns of most, or from the first with values in a column."""
    problems: list[str] = []
    sources: dict[str, tuple[str, str]] = {}
    columns = Counter(frozenset(table.columns) for table in tables.values())
    most = max(columns, key=lambda names: columns[names], default=frozenset[str]())
    first = next((name for name, table in tables.items() if most == frozenset(table.columns)), "")
    for name, table in tables.items():
        expected = list(tables[first].columns)
        missing = [column for column in expected if column not in table.columns]
        further = [column for column in table.columns if column not in expected]
        if missing or further:
            parts = [f"lacks {', '.join(missing)}"] if missing else []
            parts += [f"also has {', '.join(further)}"] if further else []
            problems.append(f"{name}: {' and '.join(parts)}; {first} has {', '.join(expected)}")
            continue
        for column in expected:
            kind = _kind(table[column])
            if kind is None:
                continue
            source, other = sources.setdefault(column, (name, kind))
            if other != kind:
                problems.append(f"{name}: column {column} holds {kind}, but {other} in {source}")
    return problems


def _kind(column: pd.Series) -> str | None:
    """Return what a column holds, None where it has no value."""
    if column.isna().all():
        return None
    return "numbers" if pd.api.types.is_numeric_dtype(column) else "text"
