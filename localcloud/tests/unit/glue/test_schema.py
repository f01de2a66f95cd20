"""Schemas that a crawl infers, and when two of them belong to one table."""

import pytest

from localcloud.services.glue.crawl.schema import Schema, glue_type, merged, similar


@pytest.mark.parametrize(
    ("duckdb", "glue"),
    [
        ("BIGINT", "bigint"),
        ("JSON", "string"),
        ('STRUCT(a BIGINT, "B" STRUCT(c VARCHAR[]))', "struct<a:bigint,b:struct<c:array<string>>>"),
        ("MAP(VARCHAR, DOUBLE)", "map<string,double>"),
    ],
)
def test_inferred_types_are_those_of_glue(duckdb: str, glue: str) -> None:
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
