"""The named queries on rows as their writers leave them, run by DuckDB from the very Athena SQL that is deployed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from components.kpi_visualization import catalog, queries
from contract.layout import PARTITION_KEYS, DataLayout

DATABASE = "abalone_local_kpis"
TYPES = {"string": "VARCHAR", "bigint": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN", "timestamp": "TIMESTAMP"}
QUICKSIGHT_TYPES = {
    "VARCHAR": "STRING",
    "BIGINT": "INTEGER",
    "HUGEINT": "INTEGER",
    "DOUBLE": "DECIMAL",
    "TIMESTAMP": "DATETIME",
    "DATE": "DATETIME",
}
# The first day of last month, so that no test depends on where in a month it runs; day n is n days later.
START = (datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)).replace(day=1)
GROUP = "abalone-local-stable-models"
ARN = "arn:aws:sagemaker:us-east-1:123456789012"


class Kpis:
    """What the declared tables hold, in DuckDB."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.deliveries = 0

    def insert(self, table: str, row: dict[str, Any], day: date, use_case: str = "abalone") -> None:
        values = {**row, "use_case": use_case, "dt": day.isoformat()}
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" * len(values))
        statement = f'INSERT INTO "{DATABASE}"."{table}" ({names}) VALUES ({marks})'
        self.connection.execute(statement, list(values.values()))

    def evaluated(self, execution: str, when: datetime, *, passed: bool, mse: float = 1.0, **place: str) -> None:
        row = {"run_ts": when.replace(tzinfo=None), "execution_id": execution, "mse": mse, "passed": passed}
        self.insert("model_metrics", row, when.date(), **place)

    def event(self, row: dict[str, Any], when: datetime, **place: str) -> None:
        """One delivery of an event: each has an id of its own."""
        self.deliveries += 1
        common = {"event_id": f"e{self.deliveries}", "event_time": iso(when), "changed_at": iso(when)}
        self.insert("registry_events", {**common, **row}, when.date(), **place)

    def version(self, version: int, status: str, when: datetime, created: datetime | None, **more: Any) -> None:
        waited = (when - created).total_seconds() if created and status in ("Approved", "Rejected") else None
        row = {
            "kind": "model-package",
            "model_package_group": GROUP,
            "version": version,
            "arn": f"{ARN}:model-package/{GROUP}/{version}",
            "status": status,
            "created_at": iso(created) if created else None,
            "approval_lead_time_seconds": waited,
            "mse": float(version),
            **more,
        }
        self.event(row, when)

    def failed(self, execution: str, when: datetime) -> None:
        arn = f"{ARN}:pipeline/abalone-local/execution/{execution}"
        self.event({"kind": "pipeline-execution", "arn": arn, "execution_arn": arn, "status": "Failed"}, when)

    def ask(self, query: queries.Query) -> list[dict[str, Any]]:
        sql = query.sql(DATABASE, "abalone")
        [translated] = sqlglot.transpile(sql, read="athena", write="duckdb")
        answer = self.connection.execute(translated)
        names = [column[0] for column in answer.description or []]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def iso(moment: datetime) -> str:
    """As the notifier writes times."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def at(day: int, hour: float = 12) -> datetime:
    return START + timedelta(days=day, hours=hour)


def plain(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """The declared tables, empty."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f'CREATE SCHEMA "{DATABASE}"')
        for table in catalog.declared_tables(DataLayout("abalone")):
            columns = {**table.columns, **dict.fromkeys(PARTITION_KEYS, "string")}
            typed = ", ".join(f'"{name}" {TYPES[kind]}' for name, kind in columns.items())
            connection.execute(f'CREATE TABLE "{DATABASE}"."{table.name}" ({typed})')
        yield connection


@pytest.fixture
def kpis(connection: duckdb.DuckDBPyConnection) -> Iterator[Kpis]:
    """The tables for one test, which are empty again after it."""
    connection.begin()
    yield Kpis(connection)
    connection.rollback()


@pytest.mark.parametrize("query", queries.QUERIES, ids=lambda query: query.name)
def test_an_answer_has_the_columns_and_types_that_the_data_set_declares(kpis: Kpis, query: queries.Query) -> None:
    [translated] = sqlglot.transpile(query.sql(DATABASE, "abalone"), read="athena", write="duckdb")
    described = kpis.connection.execute(f"DESCRIBE {translated}").fetchall()
    assert {name: QUICKSIGHT_TYPES[kind] for name, kind, *_ in described} == dict(query.columns)


@pytest.mark.parametrize("query", queries.QUERIES, ids=lambda query: query.name)
def test_every_read_of_a_table_names_its_partitions(query: queries.Query) -> None:
    tree = sqlglot.parse_one(query.sql(DATABASE, "abalone"), read="athena")
    reads = [table for table in tree.find_all(exp.Table) if table.db]
    assert reads
    for table in reads:
        assert table.db == DATABASE
        select = table.find_ancestor(exp.Select)
        assert select
        filters = {column.name for column in select.args["where"].find_all(exp.Column)}
        assert filters == {"use_case", "dt"}


@pytest.mark.parametrize("query", queries.QUERIES, ids=lambda query: query.name)
def test_a_data_sets_query_begins_with_the_query_itself_and_says_the_same(query: queries.Query) -> None:
    bare = query.bare_sql(DATABASE, "abalone")
    assert bare.startswith("WITH ")
    assert "--" not in bare
    with_comments, without = (
        sqlglot.parse_one(sql, read="athena").sql("athena", comments=False)
        for sql in (query.sql(DATABASE, "abalone"), bare)
    )
    assert with_comments == without


@pytest.mark.parametrize("query", queries.QUERIES, ids=lambda query: query.name)
def test_rows_of_another_use_case_and_of_years_ago_are_left_out(kpis: Kpis, query: queries.Query) -> None:
    before = kpis.ask(query)
    row = {"kind": "model-package", "version": 1, "arn": "a", "status": "Approved", "created_at": iso(at(0))}
    kpis.event(row, at(1), use_case="other")
    kpis.event({**row, "kind": "pipeline-execution", "execution_arn": "x/1", "status": "Failed"}, at(-400))
    kpis.evaluated("1", at(1), passed=True, use_case="other")
    kpis.evaluated("2", at(-400), passed=True)
    assert kpis.ask(query) == before


def test_a_version_has_its_newest_status_and_the_newest_metrics_that_were_known(kpis: Kpis) -> None:
    kpis.version(2, "PendingManualApproval", at(2), at(2), commit_id="def", r2=0.5)
    kpis.version(1, "PendingManualApproval", at(1), at(1), commit_id="abc", mse=9.0)
    kpis.version(1, "Approved", at(3), at(1), commit_id=None, mse=None)
    answer = kpis.ask(queries.METRIC_BY_VERSION)
    shown = [{k: row[k] for k in ("version", "status", "registered_at", "mse", "r2", "commit_id")} for row in answer]
    assert shown == [
        {
            "version": 1,
            "status": "Approved",
            "registered_at": plain(at(1)),
            "mse": 9.0,
            "r2": None,
            "commit_id": "abc",
        },
        {
            "version": 2,
            "status": "PendingManualApproval",
            "registered_at": plain(at(2)),
            "mse": 2.0,
            "r2": 0.5,
            "commit_id": "def",
        },
    ]


def test_times_with_and_without_milliseconds_are_told_apart(kpis: Kpis) -> None:
    moment = at(1)
    kpis.version(1, "PendingManualApproval", moment, moment)
    kpis.version(1, "Approved", moment + timedelta(milliseconds=5), moment)
    [row] = kpis.ask(queries.METRIC_BY_VERSION)
    assert row["status"] == "Approved"


def test_a_version_is_the_same_in_whatever_case_sagemaker_writes_its_group(kpis: Kpis) -> None:
    written = {"model_package_group": GROUP.title(), "arn": f"{ARN}:model-package/{GROUP.title()}/1"}
    kpis.version(1, "PendingManualApproval", at(1), at(1))
    kpis.version(1, "PendingManualApproval", at(1), at(1), **written)
    kpis.version(1, "Approved", at(2), at(1), **written)
    kpis.version(1, "Rejected", at(3), at(1))
    assert kpis.ask(queries.LATEST_APPROVED) == []
    [version] = kpis.ask(queries.METRIC_BY_VERSION)
    assert (version["model_package_group"], version["version"], version["status"]) == (GROUP, 1, "Rejected")
    [month] = kpis.ask(queries.APPROVAL_RATE)
    assert (month["versions"], month["approved"], month["rejected"]) == (1, 0, 1)


def test_the_latest_approved_version_is_the_one_approved_last_and_not_rejected_since(kpis: Kpis) -> None:
    assert kpis.ask(queries.LATEST_APPROVED) == []
    kpis.version(1, "Approved", at(1), at(0), changed_by="ann", reason="good", commit_id="abc")
    kpis.version(2, "Approved", at(2), at(1), changed_by="bob", reason="better")
    kpis.version(3, "PendingManualApproval", at(3), at(3))
    [row] = kpis.ask(queries.LATEST_APPROVED)
    assert (row["version"], row["approved_at"], row["approved_by"]) == (2, plain(at(2)), "bob")
    kpis.version(2, "Rejected", at(4), at(1), changed_by="bob", reason="drifts")
    [row] = kpis.ask(queries.LATEST_APPROVED)
    assert row == {
        "model_package_group": GROUP,
        "version": 1,
        "approved_at": plain(at(1)),
        "approved_by": "ann",
        "reason": "good",
        "mse": 1.0,
        "rmse": None,
        "r2": None,
        "commit_id": "abc",
        "arn": f"{ARN}:model-package/{GROUP}/1",
    }


def test_lead_time_is_from_registration_to_the_first_decision(kpis: Kpis) -> None:
    kpis.version(1, "PendingManualApproval", at(1), at(1))
    kpis.version(1, "Rejected", at(1, 18), at(1), changed_by="ann")
    kpis.version(1, "Approved", at(5), at(1), changed_by="bob")
    kpis.version(2, "Approved", at(6, 1.5), at(6, 0))
    kpis.version(3, "PendingManualApproval", at(7), at(7))
    answer = kpis.ask(queries.APPROVAL_LEAD_TIME)
    assert [(r["version"], r["decision"], r["decided_by"], r["lead_time_hours"]) for r in answer] == [
        (1, "Rejected", "ann", 6.0),
        (2, "Approved", None, 1.5),
    ]


def test_rates_are_of_the_decided_versions_of_a_month_by_their_present_status(kpis: Kpis) -> None:
    for version, statuses in {
        1: ["PendingManualApproval", "Approved"],
        2: ["PendingManualApproval", "Rejected", "Approved"],
        3: ["PendingManualApproval", "Rejected"],
        4: ["PendingManualApproval"],
        5: ["Failed"],
    }.items():
        for step, status in enumerate(statuses):
            kpis.version(version, status, at(version + step), at(version))
    next_month = at(31)  # longer than any month
    kpis.version(6, "PendingManualApproval", next_month, next_month)

    first, second = kpis.ask(queries.APPROVAL_RATE)
    assert first == {
        "month": f"{START:%Y-%m}",
        "versions": 5,
        "approved": 2,
        "rejected": 1,
        "pending": 1,
        "failed": 1,
        "approval_rate": pytest.approx(2 / 3),
        "rejection_rate": pytest.approx(1 / 3),
    }
    assert (second["versions"], second["approval_rate"], second["rejection_rate"]) == (1, None, None)


def test_an_execution_succeeds_if_its_evaluation_passed_and_nothing_failed_after_it(kpis: Kpis) -> None:
    kpis.evaluated("good", at(1, 1), passed=True)
    kpis.evaluated("too-high", at(1, 2), passed=False)
    kpis.failed("too-high", at(1, 2.1))
    kpis.failed("before-evaluation", at(1, 3))
    kpis.evaluated("not-registered", at(1, 4), passed=True)
    kpis.failed("not-registered", at(1, 4.1))
    kpis.failed("retried", at(1, 5))
    kpis.evaluated("retried", at(1, 6), passed=True)
    kpis.evaluated("missed-and-not-heard-of", at(2, 1), passed=False)
    assert kpis.ask(queries.PIPELINE_SUCCESS_RATE) == [
        {"day": at(1).date(), "executions": 5, "succeeded": 2, "failed": 3, "success_rate": 0.4},
        {"day": at(2).date(), "executions": 1, "succeeded": 0, "failed": 1, "success_rate": 0.0},
    ]


def test_an_execution_that_was_evaluated_twice_counts_once_by_its_last_evaluation(kpis: Kpis) -> None:
    kpis.evaluated("again", at(1), passed=False)
    kpis.failed("again", at(1, 13))
    kpis.evaluated("again", at(2), passed=True)
    assert kpis.ask(queries.PIPELINE_SUCCESS_RATE) == [
        {"day": at(2).date(), "executions": 1, "succeeded": 1, "failed": 0, "success_rate": 1.0}
    ]


def test_a_change_that_was_delivered_twice_counts_once(kpis: Kpis) -> None:
    def answers() -> list[list[dict[str, Any]]]:
        asked = [query for query in queries.QUERIES if query is not queries.DATA_FRESHNESS]
        return [kpis.ask(query) for query in asked]

    def deliver() -> None:
        kpis.version(1, "PendingManualApproval", at(1), at(1))
        kpis.version(1, "Approved", at(2), at(1))
        kpis.failed("f", at(3))

    deliver()
    once = answers()
    deliver()
    assert answers() == once
    assert {row["source"]: row["records"] for row in kpis.ask(queries.DATA_FRESHNESS)} == {
        "model metrics": 0,
        "registry events": 3,
    }


def test_freshness_is_the_time_since_the_newest_record_of_each_source(kpis: Kpis) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    kpis.evaluated("old", now - timedelta(days=3), passed=True)
    kpis.evaluated("new", now - timedelta(hours=30), passed=True)
    metrics, events = kpis.ask(queries.DATA_FRESHNESS)
    assert (metrics["source"], metrics["latest_at"], metrics["records"]) == (
        "model metrics",
        plain(now - timedelta(hours=30)),
        2,
    )
    assert metrics["hours_old"] == pytest.approx(30, abs=0.1)
    assert events == {"source": "registry events", "latest_at": None, "records": 0, "hours_old": None}


def test_a_decision_in_the_second_of_the_registration_counts(kpis: Kpis) -> None:
    """Events tell whole seconds; the rows come in whatever order the objects are listed."""
    for version, decision in ((1, "Approved"), (2, "Rejected"), (3, "Approved")):
        moment = at(version)
        in_order = [("PendingManualApproval", moment), (decision, moment)]
        for status, when in in_order if version % 2 else reversed(in_order):
            kpis.version(version, status, when, created=moment)
    assert [row["status"] for row in kpis.ask(queries.METRIC_BY_VERSION)] == ["Approved", "Rejected", "Approved"]
    assert sum(row["pending"] for row in kpis.ask(queries.APPROVAL_RATE)) == 0
    assert [row["version"] for row in kpis.ask(queries.LATEST_APPROVED)] == [3]
