"""Types and values as Athena prints them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from localcloud.services.athena.engine.types import duckdb_type, printed, result_column


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
def test_types_of_glue_have_their_like_in_duckdb(glue: str, duckdb: str) -> None:
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
def test_results_have_types_of_athena(duckdb: str, athena: str) -> None:
    assert result_column("c", duckdb).type == athena


def test_decimals_have_their_precision() -> None:
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
    assert printed(value) == expected
