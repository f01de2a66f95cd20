"""Declared tables: the columns that the writers write, and partitions that need no crawl."""

import json
from datetime import UTC, date, datetime
from typing import Any, get_args, get_type_hints

import pytest

from components.kpi_visualization import catalog
from contract.layout import METRICS, PARTITION_KEYS, DataLayout
from lambdas.notifier import registry_event
from lambdas.notifier.events import Envelope

ATHENA_TYPES: dict[type, str] = {str: "string", int: "bigint", float: "double"}
ROWS, EVENTS = catalog.declared_tables(DataLayout("abalone"))


def test_registry_events_has_the_notifiers_columns() -> None:
    hints = get_type_hints(registry_event.RegistryEvent)
    types = {name: ATHENA_TYPES[get_args(hint)[0] if get_args(hint) else hint] for name, hint in hints.items()}
    assert list(EVENTS.columns.items()) == list(types.items())
    assert set(METRICS) <= set(types)


def test_the_notifiers_keys_lie_in_the_declared_partitions() -> None:
    moment = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
    envelope = Envelope(event_id="1-2", event_time=moment, detail_type="", detail={})
    template = EVENTS.all_parameters("lake", "abalone")["storage.location.template"]
    partition = template.replace("${use_case}", "abalone").replace("${dt}", "2026-03-02")
    assert f"s3://lake/{registry_event.key(envelope, 'abalone')}" == f"{partition}1-2.json"


def test_partitions_are_projected_from_a_fixed_day_on_so_that_no_row_slides_out_of_sight() -> None:
    for table in (ROWS, EVENTS):
        parameters = table.all_parameters("lake", "abalone")
        assert parameters["projection.enabled"] == "true"
        assert (parameters["projection.use_case.type"], parameters["projection.use_case.values"]) == ("enum", "abalone")
        assert (parameters["projection.dt.type"], parameters["projection.dt.format"]) == ("date", "yyyy-MM-dd")
        first, last = parameters["projection.dt.range"].split(",")
        assert date.fromisoformat(first) < date(2025, 1, 1)
        assert last == "NOW+1DAY"
        assert {f"projection.{key}.type" for key in PARTITION_KEYS} <= set(parameters)


def test_a_header_is_skipped_in_csv_and_json_is_read_line_by_line() -> None:
    csv, events = (table.all_parameters("lake", "abalone") for table in (ROWS, EVENTS))
    assert (csv["classification"], csv["skip.header.line.count"]) == ("csv", "1")
    assert ROWS.serialization["field.delim"] == ","
    assert (events["classification"], events.get("skip.header.line.count")) == ("json", None)


@pytest.mark.parametrize("preview", [False, True])
def test_the_catalog_holds_both_tables_as_declared(kpi_stack: Any, preview: bool) -> None:
    registered = kpi_stack(preview=preview)
    assert registered.inputs("kpis-database")["name"] == "abalone_local_kpis"
    for table in (ROWS, EVENTS):
        inputs = registered.inputs(f"kpis-{table.name.replace('_', '-')}")
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
