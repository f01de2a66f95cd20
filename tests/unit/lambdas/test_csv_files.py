"""Where Athena reads a CSV otherwise than it is written."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.notifier.csv_file import Columns, problems
from localcloud.services.athena.engine.serdes import serde

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS: Columns = (("id", "bigint"), ("customer", "string"), ("city", "string"), ("amount", "double"))
HEADER = "id,customer,city,amount\n"
QUOTE = "a quote in a text is not doubled, or the text not in quotes: Athena may read columns after it as NULL"


def of(text: str | bytes, *, is_complete: bool = True, reads_quotes: bool = True) -> dict[str, int]:
    sample = text.encode() if isinstance(text, str) else text
    return problems(sample, COLUMNS, is_complete=is_complete, reads_quotes=reads_quotes)


@pytest.mark.parametrize(
    "text",
    [
        '1,Miller,Bern,10.5\n2,"Smith, John",Genf,20.25\n3,Weber,Basel,30\n',
        '"1","Miller","Bern","10.5"\r\n"2","say ""hi""","Genf","-2e3"\r\n',
        "1,,,0\n",
        "1,a\u2028b,c\u0085d,1\n",
        "",
    ],
)
def test_what_pandas_and_excel_write_is_read_as_it_is_written(text: str) -> None:
    assert of(HEADER + text) == {}
    assert of(f"\ufeff{HEADER}{text}") == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '1,Miller,Bern,10.5\n2,Smith,Genf,""\n',
            "column amount (double) is empty in a row: queries of the table fail",
        ),
        ("1,a,b,10.5\n2,a,b,\n", "column amount (double) is empty in a row: queries of the table fail"),
        (
            "1,Miller,Bern,10.5\n2,Smith,Genf,n/a\n",
            "column amount has a value that is no double: queries of the table fail",
        ),
        (
            "1,a,b,0\n01099,a,b,0.5\n",
            "column id (bigint) has a value that begins with 0: Athena reads a number without it",
        ),
        ("1,a,b,1\n2.5,a,b,1\n", "column id has a value that is no bigint: queries of the table fail"),
        (
            "1,a,b,1\n2,C:\\temp,b,1\n",
            "a text has a backslash in it: Athena drops it, and a quote after it ends nothing",
        ),
        ('1,a,b,1\n2,"a\nb",b,1\n', "a text has a line break in it: Athena takes the rest for another row"),
        ('1,a,b,1\n2,5" nail,b,1\n', QUOTE),
        ('1,a,b,1\n2,"say "hi"",b,1\n', QUOTE),
        ('1,a,b,1\n2,a,b "x"\n', QUOTE),
        ("1,a,b,1\n2,a,b,1,c\n", "a row has more or fewer fields than the header"),
        ("1,a,b,1\n\n", "a row has more or fewer fields than the header"),
    ],
)
def test_a_row_that_athena_reads_otherwise_is_named_by_its_line(text: str, problem: str) -> None:
    assert of(HEADER + text) == {problem: 3}


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (
            "id,amount,customer,city",
            "its columns are not those of the table in their order (id, customer, city, amou",
        ),
        ("id,customer,city,amount,vat", "it has columns after amount that the table does not have"),
        ("id,customer,city", "it has no column amount: Athena reads NULL"),
        ("1,Miller,Bern,10.5", "its first line has a number where a column's name is expected"),
        ("a,Miller,Bern,c", "its columns are not those of the table"),
        ("id;customer;city;amount", "its fields are not separated by commas"),
        ('id,customer,city,"amount\n(CHF)"', "a text has a line break in it"),
    ],
)
def test_other_columns_than_the_tables_are_found_without_a_value_of_the_file(header: str, problem: str) -> None:
    [(text, line)] = of(f"{header}\n1,2,3,4\n").items()
    assert text.startswith(problem)
    assert line == 1
    assert "Miller" not in text


def test_names_of_columns_are_compared_as_a_crawl_writes_them() -> None:
    assert of("ID, Customer ,City,Amount\n1,a,b,1\n") == {}


def test_a_file_whose_first_line_is_data_is_found_on_its_first_day_and_years_are_names() -> None:
    columns: Columns = (("1", "bigint"), ("miller", "string"))
    [problem] = problems(b"1,Miller\n2,Weber\n", columns, is_complete=True, reads_quotes=True)
    assert problem.startswith("its first line has a number")
    years: Columns = (("city", "string"), ("2024", "double"), ("2025", "double"))
    assert problems(b"city,2024,2025\nBern,1,2\n", years, is_complete=True, reads_quotes=True) == {}


def test_a_column_without_a_name_such_as_the_index_that_pandas_writes_is_the_tables() -> None:
    import pandas as pd

    columns: Columns = (("col0", "bigint"), ("customer", "string"), ("amount", "double"))
    text = pd.DataFrame({"customer": ["Smith, John", "Weber"], "amount": [20.25, 30]}).to_csv()
    assert problems(text.encode(), columns, is_complete=True, reads_quotes=True) == {}
    [(problem, line)] = problems(b",amount,customer\n", columns, is_complete=True, reads_quotes=True).items()
    assert (problem.partition(" (")[0], line) == ("its columns are not those of the table in their order", 1)


@given(st.lists(st.text("a1 ,\"'\t.;", max_size=6), min_size=2, max_size=2))
def test_a_line_without_a_problem_has_the_fields_that_athena_reads(texts: Sequence[str]) -> None:
    line = f"1,{','.join(texts)},2.5"
    if problems(f"{HEADER}{line}\n".encode(), COLUMNS, is_complete=True, reads_quotes=True):
        return
    properties = {"separatorChar": ",", "quoteChar": '"'}
    [row] = serde("org.apache.hadoop.hive.serde2.OpenCSVSerde").rows(line, COLUMNS, properties)
    assert row == next(csv.reader([line]))


def test_a_table_that_takes_quotes_for_text_is_found_where_there_are_quotes() -> None:
    assert of(f"{HEADER}1,a,b,\n", reads_quotes=False) == {}
    assert [*of(f'{HEADER}1,"a, b",b,1\n', reads_quotes=False)] == [
        "the table takes quotes for a part of the text (LazySimpleSerDe): let a new crawler make it"
    ]
    first_lines = of(f"{HEADER}2.5,a,b,1\n", reads_quotes=False)
    assert [*first_lines] == ["column id has a value that is no bigint: Athena reads NULL"]


def test_bytes_that_are_no_text_and_quotes_that_nothing_ends_are_problems() -> None:
    assert of(f"{HEADER}1,Müller,Genf,1\n".encode("latin-1")) == {"it is not UTF-8": 2}
    assert [*of(f'{HEADER}1,"{"a" * 200_000}')] == ["it is no CSV: a quote that nothing ends"]
    assert of(f"{HEADER}1,a\0,b,1\n") == {"it is no text: it has a byte of zeros": 2}


def test_a_sample_ends_with_its_last_whole_line() -> None:
    assert of(f"{HEADER}1,a,b,1\n2,a,\xc3".encode()[:-1], is_complete=False) == {}


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5), st.booleans())
def test_any_text_is_read_or_has_a_named_problem(rows: Sequence[tuple[str, str]], all_quoted: bool) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL)
    writer.writerow(("id", "text", "other"))
    writer.writerows((1, *row) for row in rows)
    columns: Columns = (("id", "bigint"), ("text", "string"), ("other", "string"))
    first_lines = problems(stream.getvalue().encode("utf-8", "replace"), columns, is_complete=True, reads_quotes=True)
    texts = "".join(text for row in rows for text in row)
    assert bool(first_lines) == any(letter in texts for letter in "\n\r\\\0")
