"""Partition projection gives the values and locations that the Athena user guide describes."""

import datetime as dt

import pytest

from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.projection import check_template, location, projected_values, python_format

NOW = dt.datetime(2026, 3, 31, 12, 30, tzinfo=dt.UTC)


def projected(kind: str, equal_to: list[str] | None = None, **properties: str) -> list[str]:
    of_column = {
        f"projection.c.{name.replace('_', '.')}": value for name, value in {"type": kind, **properties}.items()
    }
    return projected_values("c", of_column, equal_to, NOW)


def test_an_enum_lists_its_values_with_their_spaces() -> None:
    assert projected("ENUM", values="a, b,c") == ["a", " b", "c"]


def test_integers_run_through_their_range_in_steps_and_with_leading_zeros() -> None:
    assert projected("integer", range="1,5", interval="2", digits="3") == ["001", "003", "005"]
    assert projected("integer", range="-1,1") == ["-1", "0", "1"]


def test_days_run_until_today() -> None:
    assert projected("date", range="2026-03-29,NOW", format="yyyy-MM-dd") == ["2026-03-29", "2026-03-30", "2026-03-31"]
    assert projected("date", range="NOW-2DAYS,NOW", format="yyyy/MM/dd") == ["2026/03/29", "2026/03/30", "2026/03/31"]
    assert len(projected("date", range="NOW-5YEARS,NOW", format="yyyy-MM-dd")) == 1827


def test_months_keep_their_place_also_after_a_short_one() -> None:
    assert projected("date", range="NOW-4MONTHS,NOW", format="yyyy-MM") == [
        "2025-11", "2025-12", "2026-01", "2026-02", "2026-03",
    ]  # fmt: skip


def test_hours_need_their_unit() -> None:
    hours = projected("date", range="2026-03-31-10,NOW", format="yyyy-MM-dd-HH", interval_unit="HOURS")
    assert hours == ["2026-03-31-10", "2026-03-31-11", "2026-03-31-12"]
    with pytest.raises(QueryError, match=r"projection.c.interval.unit .* required unless"):
        projected("date", range="2026-03-31-10,NOW", format="yyyy-MM-dd-HH")


def test_an_injected_column_takes_what_the_statement_gives_and_nothing_else() -> None:
    assert projected("injected", ["a", "b"]) == ["a", "b"]
    with pytest.raises(QueryError, match="must contain only static equality conditions"):
        projected("injected")


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("enum", {}),
        ("integer", {"range": "1"}),
        ("integer", {"range": "a,b"}),
        ("date", {"range": "2026-01-01,NOW"}),
        ("date", {"range": "yesterday,NOW", "format": "yyyy-MM-dd"}),
        ("date", {"range": "2026-01-01,NOW", "format": "yyyy-QQ-dd"}),
        ("other", {}),
    ],
)
def test_wrong_properties_are_named(kind: str, properties: dict[str, str]) -> None:
    with pytest.raises(QueryError, match="INVALID_TABLE_PROPERTY"):
        projected(kind, None, **properties)


def test_a_format_is_one_of_java() -> None:
    assert python_format("yyyy-MM-dd'T'HH") == "%Y-%m-%dT%H"


def test_a_partition_lies_where_the_template_or_the_hive_layout_says() -> None:
    partition = {"use_case": "a", "dt": "2026-01-01"}
    assert location(None, "s3://b/kpi", partition) == "s3://b/kpi/use_case=a/dt=2026-01-01/"
    template = "s3://b/${use_case}/x/${dt}"
    assert location(template, "s3://b/kpi", partition) == "s3://b/a/x/2026-01-01"
    with pytest.raises(QueryError, match="dt"):
        check_template("s3://b/${use_case}/", ["use_case", "dt"])
