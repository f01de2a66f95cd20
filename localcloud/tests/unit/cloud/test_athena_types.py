"""Types and values as Glue and Athena write them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from localcloud.services.athena.engine.text import text
from localcloud.services.athena.engine.types import duckdb_type, result_column
from localcloud.services.glue.crawl.schema import Schema, glue_type, merged, similar


@pytest.mark.parametrize(
    ("glue", "duckdb"),
    [
        ("string", "TEXT"),
        ("bigint", "BIGINT"),
        ("int", "INT"),
        ("double", "DOUBLE"),
        ("decimal(10,2)", "DECIMAL(10, 2)"),
        ("array<string>", "TEXT[]"),
        ("map<string,int>", "MAP(TEXT, INT)"),
        ("struct<a:int,b:array<string>>", "STRUCT(a INT, b TEXT[])"),
    ],
)
def test_glues_types_have_their_like_in_duckdb(glue: str, duckdb: str) -> None:
    assert duckdb_type(glue) == duckdb


@pytest.mark.parametrize(
    ("duckdb", "athena"),
    [
        ("VARCHAR", "varchar"),
        ("HUGEINT", "bigint"),
        ("TIMESTAMP WITH TIME ZONE", "timestamp with time zone"),
        ("STRUCT(a INTEGER)", "row"),
        ("STRUCT(a INTEGER)[]", "array"),
        ("MAP(VARCHAR, INTEGER)", "map"),
    ],
)
def test_results_have_athenas_types(duckdb: str, athena: str) -> None:
    assert result_column("c", duckdb).type == athena


def test_decimals_tell_their_precision() -> None:
    column = result_column("c", "DECIMAL(10,2)")
    assert (column.type, column.precision, column.scale) == ("decimal", 10, 2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, "true"),
        (7, "7"),
        (0.1, "0.1"),
        (100.0, "100.0"),
        (12345678.9, "1.23456789E7"),
        (0.0001, "1.0E-4"),
        (-1e-7, "-1.0E-7"),
        (float("nan"), "NaN"),
        (Decimal("1.50"), "1.50"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (dt.datetime(2026, 1, 2, 3, 4, 5, 678000), "2026-01-02 03:04:05.678"),  # noqa: DTZ001
        (dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "2026-01-02 03:04:05.000 UTC"),
        ({"a": 1, "b": [None, "x"]}, "{a=1, b=[null, x]}"),
        (dt.timedelta(days=1, hours=2), "1 02:00:00.000"),
    ],
)
def test_values_are_printed_as_athena_prints_them(value: Any, expected: str | None) -> None:
    assert text(value) == expected


@pytest.mark.parametrize(
    ("duckdb", "glue"),
    [
        ("BIGINT", "bigint"),
        ("JSON", "string"),
        ('STRUCT(a BIGINT, "B" STRUCT(c VARCHAR[]))', "struct<a:bigint,b:struct<c:array<string>>>"),
        ("MAP(VARCHAR, DOUBLE)", "map<string,double>"),
    ],
)
def test_inferred_types_are_glues(duckdb: str, glue: str) -> None:
    assert glue_type(duckdb) == glue


def schema(**columns: str) -> Schema:
    return Schema("csv", tuple(columns.items()), "serde")


def test_a_table_has_the_columns_of_all_days_with_the_wider_type() -> None:
    days = [schema(a="bigint", b="string"), schema(b="string", a="double", c="bigint"), schema(c="string")]
    assert merged(days) == (("a", "double"), ("b", "string"), ("c", "string"))


def test_schemas_are_similar_when_they_share_seven_of_ten_columns() -> None:
    assert similar(schema(a="bigint", b="string", c="double"), schema(a="bigint", b="string", c="double", d="string"))
    assert not similar(schema(a="bigint", b="string"), schema(a="bigint", b="string", c="double"))
    assert similar(schema(a="bigint"), schema(z="bigint"), combine=True)
    assert not similar(schema(a="bigint"), Schema("json", (("a", "bigint"),), "serde"), combine=True)
