"""Which conditions of a statement decide which partitions are read."""

import datetime as dt
from typing import Any, cast

import duckdb
import pytest
import sqlglot

from localcloud.services.athena.engine.catalog import Catalog, Table
from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.partitions import partitions
from localcloud.services.athena.engine.planner import plan

NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
PARAMETERS = {
    "projection.enabled": "true",
    "projection.team.type": "injected",
    "projection.dt.type": "date",
    "projection.dt.format": "yyyy-MM-dd",
    "projection.dt.range": "2026-03-28,NOW",
    "projection.hour.type": "integer",
    "projection.hour.range": "0,1",
}
TABLE = Table(
    database="kpis",
    name="metrics",
    columns=(("mse", "double"),),
    keys=(("team", "string"), ("dt", "string"), ("hour", "int")),
    parameters=PARAMETERS,
    descriptor={"Location": "s3://bucket/metrics/", "SerdeInfo": {}},
)


class OneTable:
    """A catalog of one table."""

    def has_database(self, name: str) -> bool:
        return name == "kpis"

    def table(self, _database: str, name: str) -> Table | None:
        return TABLE if name == "metrics" else None


def read(sql: str) -> list[list[str]]:
    """Per reference to the table, the partitions that are read as `team/dt/hour`."""
    catalog = cast("Catalog", OneTable())
    tree: Any = sqlglot.parse_one(sql, read="athena")
    with duckdb.connect(":memory:") as engine:
        scans = plan(tree, sql, "kpis", catalog).scans
        return [
            [
                "/".join(str(value) for value in partition.values.values())
                for partition in partitions(scan, catalog, engine, NOW)
            ]
            for scan in scans
        ]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("team = 'a' AND dt = '2026-03-29' AND hour = 1", ["a/2026-03-29/1"]),
        ("'a' = team AND dt >= '2026-03-31'", ["a/2026-03-31/0", "a/2026-03-31/1"]),
        ("team IN ('a', 'b') AND dt = '2026-03-28' AND hour < 1", ["a/2026-03-28/0", "b/2026-03-28/0"]),
        ("team = 'a' AND dt BETWEEN '2026-03-29' AND '2026-03-30' AND hour <> 0", ["a/2026-03-29/1", "a/2026-03-30/1"]),
        ("team = 'a' AND (dt = '2026-03-28' OR dt = '2026-03-31') AND hour = 0", ["a/2026-03-28/0", "a/2026-03-31/0"]),
        ("team = 'a' AND substr(dt, 9, 2) = '30' AND hour = 0", ["a/2026-03-30/0"]),
        ("team = 'a' AND date(dt) = date '2026-03-31' - interval '1' day AND hour = 0", ["a/2026-03-30/0"]),
        ("team = concat('a', 'b') AND dt = '2026-03-28' AND hour = 0", ["ab/2026-03-28/0"]),
        ("team = 'a' AND team = 'b'", []),
    ],
)
def test_conditions_on_partition_columns_are_evaluated(condition: str, expected: list[str]) -> None:
    assert read("SELECT mse FROM metrics WHERE " + condition) == [expected]


@pytest.mark.parametrize(
    "condition",
    [
        "team = 'a' AND (dt = '2026-03-28' OR mse > 1)",
        "team = 'a' AND dt = (SELECT max(dt) FROM metrics WHERE team = 'a')",
        "team = 'a'",
    ],
)
def test_conditions_that_need_data_prune_nothing(condition: str) -> None:
    assert len(read("SELECT mse FROM metrics WHERE " + condition)[-1]) == 8


def test_each_reference_to_a_table_has_its_own_partitions() -> None:
    sql = """
        SELECT a.mse FROM metrics a JOIN metrics b ON a.hour = b.hour AND b.team = 'b' AND b.dt = '2026-03-28'
        WHERE a.team = 'a' AND a.dt = '2026-03-29' AND b.hour = 0
    """
    assert read(sql) == [["a/2026-03-29/0", "a/2026-03-29/1"], ["b/2026-03-28/0"]]


def test_conditions_go_through_both_sides_of_a_union() -> None:
    sql = """
        SELECT * FROM (SELECT team AS t, dt AS d, hour FROM metrics UNION ALL SELECT team, dt, hour FROM metrics)
        WHERE t = 'a' AND d = '2026-03-28' AND hour = 0
    """
    assert read(sql) == [["a/2026-03-28/0"]] * 2


@pytest.mark.parametrize(
    "inner",
    [
        "SELECT *, row_number() OVER (ORDER BY mse) AS n FROM metrics WHERE team = 'a'",
        "SELECT * FROM metrics WHERE team = 'a' ORDER BY mse LIMIT 3",
        "SELECT team, max(dt) AS dt FROM metrics WHERE team = 'a' GROUP BY team",
        "SELECT dt FROM metrics WHERE team = 'a' UNION SELECT '2026-03-28' LIMIT 3",
    ],
)
def test_conditions_stay_outside_of_what_depends_on_other_rows(inner: str) -> None:
    assert len(read("SELECT 1 FROM (" + inner + ") WHERE dt = '2026-03-28'")[0]) == 8


def test_a_condition_that_accepts_missing_rows_does_not_prune_the_optional_side_of_a_join() -> None:
    sql = """
        SELECT a.mse FROM metrics a LEFT JOIN metrics b ON a.hour = b.hour AND b.team = 'b'
        WHERE a.team = 'a' AND (b.dt = '2026-03-28' OR b.dt IS NULL)
    """
    assert [len(partitions_read) for partitions_read in read(sql)] == [8, 8]


def test_an_injected_column_of_a_shared_expression_needs_its_condition_inside() -> None:
    sql = "WITH m AS (SELECT * FROM metrics) SELECT 1 FROM m x, m y WHERE x.team = 'a' AND y.team = 'a'"
    with pytest.raises(QueryError, match="CONSTRAINT_VIOLATION"):
        read(sql)


def test_recursive_expressions_are_planned() -> None:
    sql = """
        WITH RECURSIVE days (dt) AS (
            SELECT max(dt) FROM metrics WHERE team = 'a' AND hour = 0 UNION ALL SELECT dt FROM days WHERE dt > '2026'
        )
        SELECT * FROM days WHERE dt = '2026-03-28'
    """
    assert [len(partitions_read) for partitions_read in read(sql)] == [4]


def test_names_of_the_statement_are_its_own() -> None:
    sql = """
        WITH t0 AS (SELECT 1 AS a), "scan 0" AS (SELECT 2 AS b)
        SELECT * FROM t0, "scan 0", metrics m WHERE m.team = 'a'
    """
    tree: Any = sqlglot.parse_one(sql, read="athena")
    planned = plan(tree, sql, "kpis", cast("Catalog", OneTable()))
    with duckdb.connect(":memory:") as engine:
        engine.execute(f'CREATE TABLE "{planned.scans[0].relation}" (mse DOUBLE, team TEXT, dt TEXT, hour INT)')
        engine.execute(f"INSERT INTO \"{planned.scans[0].relation}\" VALUES (3, 'a', '2026-03-28', 0)")
        assert engine.execute(planned.sql).fetchall() == [(1, 2, 3.0, "a", "2026-03-28", 0)]
