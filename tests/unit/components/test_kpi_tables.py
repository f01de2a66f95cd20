"""Declared tables: the columns that the writers write, and partitions that need no crawl."""

import argparse
import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from components import DataLayout
from components.kpi_visualization import tables
from lambdas.notifier import registry_event
from lambdas.notifier.envelope import Envelope

STEPS = Path(__file__).parents[3] / "pipeline_def" / "steps"
METRICS, EVENTS = tables.declared(DataLayout("abalone"))


@pytest.fixture
def kpi_row(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A row of the evaluate step's own making."""
    monkeypatch.syspath_prepend(str(STEPS))
    for name in ("splits", "evaluate"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import evaluate  # pyright: ignore[reportMissingImports]

    values = {"pipeline_name": "p", "execution_id": "e", "train_job": "t", "dataset": "d", "mse_threshold": 1.0}
    measured = {"mse": 1.0, "rmse": 1.0, "mae": 1.0, "r2": 0.5}
    return evaluate.kpi_row(measured, argparse.Namespace(**values), 10, datetime(2026, 3, 2, 8, 9, 10, tzinfo=UTC))


def test_model_metrics_has_the_evaluate_steps_columns_in_its_order(kpi_row: dict[str, object]) -> None:
    assert list(METRICS.columns) == list(kpi_row)


def test_model_metrics_reads_each_value_as_what_it_is(kpi_row: dict[str, object]) -> None:
    python = {"string": str, "bigint": int, "double": float}
    for name, kind in METRICS.columns.items():
        if kind in python:
            assert isinstance(kpi_row[name], python[kind]), name
    # The one format of timestamps, and the words for booleans, that Athena's LazySimpleSerDe reads.
    assert METRICS.columns["run_ts"] == "timestamp"
    assert kpi_row["run_ts"] == "2026-03-02 08:09:10"
    assert METRICS.columns["passed"] == "boolean"
    assert kpi_row["passed"] in ("true", "false")


def test_registry_events_has_the_notifiers_columns() -> None:
    assert tuple(EVENTS.columns) == registry_event.COLUMNS
    assert {EVENTS.columns[name] for name in registry_event.METRIC_COLUMNS} == {"double"}


def test_the_notifiers_keys_lie_in_the_declared_partitions() -> None:
    moment = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
    envelope = Envelope(event_id="1-2", event_time=moment, detail_type="", detail={})
    template = EVENTS.all_parameters("lake", "abalone")["storage.location.template"]
    partition = template.replace("${use_case}", "abalone").replace("${dt}", "2026-03-02")
    assert f"s3://lake/{registry_event.key(envelope, 'abalone')}" == f"{partition}1-2.json"


def test_partitions_are_projected_from_a_fixed_day_on_so_that_no_row_slides_out_of_sight() -> None:
    for table in (METRICS, EVENTS):
        parameters = table.all_parameters("lake", "abalone")
        assert parameters["projection.enabled"] == "true"
        assert (parameters["projection.use_case.type"], parameters["projection.use_case.values"]) == ("enum", "abalone")
        assert (parameters["projection.dt.type"], parameters["projection.dt.format"]) == ("date", "yyyy-MM-dd")
        first, last = parameters["projection.dt.range"].split(",")
        assert date.fromisoformat(first) < date(2025, 1, 1)
        assert last == "NOW+1DAY"
        assert set(tables.PARTITION_KEYS) == {"use_case", "dt"}
        assert not set(tables.PARTITION_KEYS) & set(table.columns)


def test_a_header_is_skipped_in_csv_and_json_is_read_line_by_line() -> None:
    csv, events = (table.all_parameters("lake", "abalone") for table in (METRICS, EVENTS))
    assert (csv["classification"], csv["skip.header.line.count"]) == ("csv", "1")
    assert METRICS.serialization["field.delim"] == ","
    assert (events["classification"], events.get("skip.header.line.count")) == ("json", None)


@pytest.mark.parametrize("preview", [False, True])
def test_the_catalog_holds_both_tables_as_declared(kpi_stack: Any, preview: bool) -> None:
    made = kpi_stack(preview=preview)
    assert made.inputs("kpis-database")["name"] == "abalone_local_kpis"
    for table in (METRICS, EVENTS):
        inputs = made.inputs(f"kpis-{table.name.replace('_', '-')}")
        assert (inputs["name"], inputs["databaseName"]) == (table.name, "abalone_local_kpis")
        assert inputs["tableType"] == "EXTERNAL_TABLE"
        assert [key["name"] for key in inputs["partitionKeys"]] == ["use_case", "dt"]
        assert inputs["parameters"] == table.all_parameters("data-bucket", "abalone")
        storage = inputs["storageDescriptor"]
        assert storage["location"] == f"s3://data-bucket/{table.prefix}/"
        assert {column["name"]: column["type"] for column in storage["columns"]} == dict(table.columns)
        assert storage["serDeInfo"]["serializationLibrary"] == table.serialization_library
        assert json.dumps(storage["serDeInfo"]["parameters"], sort_keys=True) == json.dumps(
            dict(table.serialization), sort_keys=True
        )
