"""The format and the schema that a crawl infers for an object."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from localcloud.services.glue.crawl.classify import classify
from localcloud.services.glue.crawl.schema import Schema

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import CsvClassifierTypeDef

LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
PRESENT: CsvClassifierTypeDef = {"Name": "csv", "ContainsHeader": "PRESENT", "Delimiter": ",", "QuoteSymbol": '"'}


def schema_of(
    folder: Path, content: str | bytes, *classifiers: CsvClassifierTypeDef, key: str = "x", is_complete: bool = True
) -> Schema | None:
    data = content.encode() if isinstance(content, str) else content
    return classify(key, data, is_complete=is_complete, classifiers=classifiers, folder=folder)


def columns(
    folder: Path, content: str | bytes, *classifiers: CsvClassifierTypeDef, **more: Any
) -> tuple[tuple[str, str], ...]:
    schema = schema_of(folder, content, *classifiers, **more)
    assert schema is not None
    return schema.columns


@pytest.mark.parametrize("delimiter", [",", "|", "\t", ";"])
def test_the_built_in_classifier_finds_delimiter_header_and_types(tmp_path: Path, delimiter: str) -> None:
    text = "Id,name,rate\n1,a,0.5\n2,b,1\n".replace(",", delimiter)
    schema = schema_of(tmp_path, text)
    assert schema is not None
    assert schema.columns == (("id", "bigint"), ("name", "string"), ("rate", "double"))
    assert (schema.serde, schema.serde_properties) == (LAZY, {"field.delim": delimiter})
    assert schema.properties["skip.header.line.count"] == "1"


@pytest.mark.parametrize(
    "text",
    [
        "id,rate\n1,0.5\n",  # one row of data
        "name,city\na,Bern\nb,Genf\n",  # all columns are text
        "1,2\n3,4\n5,6\n",  # the first row is data
    ],
)
def test_the_built_in_classifier_sees_no_header(tmp_path: Path, text: str) -> None:
    assert [name for name, _ in columns(tmp_path, text)] == ["col0", "col1"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\0\0",
        b"\xff\xfe\xfa",
        "one line, with a comma\n",
        "A note, with a comma.\nAnd a line without.\n",
        "single\ncolumn\n",
        "{broken json\n",
    ],
)
def test_what_is_no_table_is_unknown(tmp_path: Path, content: str | bytes) -> None:
    assert schema_of(tmp_path, content) is None


def test_a_custom_classifier_sees_the_header_above_a_single_row(tmp_path: Path) -> None:
    assert columns(tmp_path, "run,mse\nr-1,4.5\n", PRESENT) == (("run", "string"), ("mse", "double"))
    assert columns(tmp_path, "run,mse\n", PRESENT) == (("run", "string"), ("mse", "string"))


def test_the_first_classifier_that_fits_wins(tmp_path: Path) -> None:
    semicolons: CsvClassifierTypeDef = {**PRESENT, "Delimiter": ";"}
    assert columns(tmp_path, "a,b\n1,x\n", semicolons, PRESENT) == (("a", "bigint"), ("b", "string"))


def test_a_classifier_may_name_columns_and_types_itself(tmp_path: Path) -> None:
    named: CsvClassifierTypeDef = {
        "Name": "named", "ContainsHeader": "ABSENT", "Delimiter": ",", "Header": ["Day", "N"],
        "CustomDatatypeConfigured": True, "CustomDatatypes": ["DATE", "LONG"],
    }  # fmt: skip
    assert columns(tmp_path, "2026-01-01,1\n", named) == (("day", "date"), ("n", "bigint"))
    assert columns(tmp_path, "2026-01-01,1,2\n2026-01-02,1,2\n", named)[0][0] == "col0"  # does not fit: built-in


def test_quoted_values_get_the_serde_that_understands_quotes(tmp_path: Path) -> None:
    text = 'name,n\n"a, b",1\n'
    schema = schema_of(tmp_path, text, PRESENT)
    assert schema is not None
    assert (schema.serde, schema.serde_properties) == (OPEN_CSV, {"separatorChar": ",", "quoteChar": '"'})
    asked = schema_of(tmp_path, text, {**PRESENT, "Serde": "LazySimpleSerDe"})
    assert asked is not None
    assert asked.serde == LAZY


def test_a_classifier_that_names_a_serde_gets_it_whatever_the_first_row_is_like(tmp_path: Path) -> None:
    pinned: CsvClassifierTypeDef = {**PRESENT, "Serde": "OpenCSVSerDe"}
    for text in ('name,n\na,1\n"b, c",2\n', 'name,n\n"a, b",1\nc,2\n'):
        schema = schema_of(tmp_path, text, pinned)
        assert schema is not None
        assert schema.columns == (("name", "string"), ("n", "bigint"))
        assert (schema.serde, schema.serde_properties) == (OPEN_CSV, {"separatorChar": ",", "quoteChar": '"'})


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_a_line_break_in_quotes_belongs_to_its_text(tmp_path: Path, line_break: str) -> None:
    expected = (("text", "string"), ("n", "bigint"))
    assert columns(tmp_path, f'text,n\n"a{line_break}b",1\nc,2\n', PRESENT) == expected
    assert columns(tmp_path, f'text,n\nc,1\n"a{line_break}b",2\n', PRESENT) == expected


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\u0085", "\v", "\f", "\x1c", "\x1e"])
def test_no_character_but_carriage_return_and_line_feed_ends_a_line(tmp_path: Path, character: str) -> None:
    expected = (("text", "string"), ("n", "bigint"))
    assert columns(tmp_path, f"text,n\na{character}b,1\nc,2\n", PRESENT) == expected
    assert columns(tmp_path, f"text,n\na{character}b,1\nc,2\nd,3\n") == expected
    if character in "\u2028\u2029\u0085":  # JSON escapes the others
        assert columns(tmp_path, f'{{"text": "a{character}b", "n": 1}}\n') == expected


def test_a_sample_ends_with_its_last_whole_line(tmp_path: Path) -> None:
    assert columns(tmp_path, "a,b\n1,x\n2,y\n3", PRESENT, is_complete=False) == (("a", "bigint"), ("b", "string"))


def test_json_lines_and_parquet_keep_their_nested_types(tmp_path: Path) -> None:
    assert columns(tmp_path, '{"Id": 1, "who": {"Name": "x"}}\n{"Id": 2, "tags": ["a"]}\n') == (
        ("id", "bigint"), ("who", "struct<name:string>"), ("tags", "array<string>"),
    )  # fmt: skip
    file = tmp_path / "a.parquet"
    duckdb.execute(f"COPY (SELECT 1::BIGINT AS id, [1.5::DOUBLE] AS xs) TO '{file}' (FORMAT parquet)")
    schema = schema_of(tmp_path, file.read_bytes())
    assert schema is not None
    assert (schema.classification, schema.columns) == ("parquet", (("id", "bigint"), ("xs", "array<double>")))


def test_compressed_files_are_looked_into(tmp_path: Path) -> None:
    schema = schema_of(tmp_path, gzip.compress(b"a,b\n1,x\n"), PRESENT, key="x.csv.gz")
    assert schema is not None
    assert (schema.columns[0], schema.properties["compressionType"]) == (("a", "bigint"), "gzip")
