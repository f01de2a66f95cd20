"""The KPIs in the demo: a team's own table crawled, the dashboard filled, the named queries asked."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from demo import DemoError, Patience
from demo.people import Client

_PATIENCE = Patience(poll_seconds=0.1, longest_seconds=120)
_DATA_SET = "aws:quicksight/dataSet:DataSet"
_OVER = ("SUCCEEDED", "FAILED", "CANCELLED")
_WHOLE = frozenset({"tinyint", "smallint", "integer", "bigint"})
_FRACTION = frozenset({"float", "real", "double", "decimal"})

Value = str | int | float | bool | None


class KpiError(DemoError):
    """A named query has no answer; the message names the query and gives Athena's reason."""


def answers(
    client: Client, workgroup: str, named_queries: Mapping[str, str], patience: Patience = _PATIENCE
) -> dict[str, dict[str, Any]]:
    """Ask every named query (name to id, as in the stack's output `kpis`).

    Returns, by name, `{"columns": [{"name", "type"}], "rows": [{column: value}], "seconds", "bytes_scanned", "sql"}`,
    ready for JSON: numbers and booleans are themselves, nulls and doubles that are no finite number None, else Athena's
    text. `seconds` from the start of the query to its last row.

    Raises:
        KpiError: a query is refused, fails, is cancelled, or takes too long, by default longer than two minutes.
    """
    athena = client("athena")
    return {
        name: _answer_or_error(athena, workgroup, name, identifier, patience)
        for name, identifier in named_queries.items()
    }


def _answer_or_error(athena: Any, workgroup: str, name: str, identifier: str, patience: Patience) -> dict[str, Any]:
    try:
        return _answer(athena, workgroup, name, identifier, patience)
    except ClientError as error:
        raise KpiError(f"named query {name}: {error}") from error


def _answer(athena: Any, workgroup: str, name: str, identifier: str, patience: Patience) -> dict[str, Any]:
    query = athena.get_named_query(NamedQueryId=identifier)["NamedQuery"]
    began = time.monotonic()
    execution = athena.start_query_execution(
        QueryString=query["QueryString"],
        QueryExecutionContext={"Database": query["Database"]},
        WorkGroup=workgroup,
    )["QueryExecutionId"]
    ended = _wait(athena, name, execution, patience)
    columns, rows = _rows(athena, execution)
    return {
        "columns": columns,
        "rows": rows,
        "seconds": round(time.monotonic() - began, 3),
        "bytes_scanned": ended.get("Statistics", {}).get("DataScannedInBytes", 0),
        "sql": query["QueryString"],
    }


def _wait(athena: Any, name: str, execution: str, patience: Patience) -> dict[str, Any]:
    deadline = time.monotonic() + patience.longest_seconds
    while time.monotonic() < deadline:
        query = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]
        state = query["Status"]["State"]
        if state == "SUCCEEDED":
            return query
        if state in _OVER:
            reason = query["Status"].get("StateChangeReason", "no reason given")
            raise KpiError(f"named query {name} {state.lower()}: {reason}")
        time.sleep(patience.poll_seconds)
    athena.stop_query_execution(QueryExecutionId=execution)
    raise KpiError(f"named query {name} was still running after {patience.longest_seconds:g} s")


def _rows(athena: Any, execution: str) -> tuple[list[dict[str, str]], list[dict[str, Value]]]:
    """Return columns and typed rows; a SELECT's first row repeats the columns' names (GetQueryResults)."""
    columns: list[dict[str, str]] = []
    texts: list[list[str | None]] = []
    for page in athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution):
        result_set = page["ResultSet"]
        columns = columns or [
            {"name": column["Name"], "type": column["Type"]} for column in result_set["ResultSetMetadata"]["ColumnInfo"]
        ]
        texts.extend([cell.get("VarCharValue") for cell in row.get("Data", [])] for row in result_set["Rows"])
    names = [column["name"] for column in columns]
    return columns, [dict(zip(names, _typed(columns, row), strict=True)) for row in texts[1:]]


def _typed(columns: list[dict[str, str]], row: list[str | None]) -> Iterator[Value]:
    for column, text in zip(columns, row, strict=True):
        yield None if text is None else _value(column["type"], text)


def _value(kind: str, text: str) -> Value:
    base = kind.partition("(")[0].strip().lower()
    if base in _WHOLE:
        return int(text)
    if base in _FRACTION:
        value = float(text)
        return value if math.isfinite(value) else None
    if base == "boolean":
        return text == "true"
    return text


def crawl(client: Client, crawler: str, patience: Patience = _PATIENCE) -> None:
    """Run a crawler to its end; raise DemoError where the crawl does not succeed."""
    glue = client("glue")
    glue.start_crawler(Name=crawler)
    ended = _wait_for(lambda: _idle(glue.get_crawler(Name=crawler)["Crawler"]), f"the crawl of {crawler}", patience)
    if ended["Status"] != "SUCCEEDED":
        raise DemoError(f"the crawl of {crawler} ended {ended['Status']}: {ended.get('ErrorMessage', '')}")


def refresh(
    client: Client,
    account_id: str,
    state: Mapping[str, Any],
    ingestion_id: str = "demo",
    patience: Patience = _PATIENCE,
) -> dict[str, int]:
    """Fill every data set in the engine's state from Athena; return rows by data set, or raise DemoError."""
    quicksight, rows = client("quicksight"), dict[str, int]()
    for resource in state["deployment"]["resources"]:
        if resource["type"] != _DATA_SET:
            continue
        data_set = resource["outputs"]["dataSetId"]
        ingestion_key = {"AwsAccountId": account_id, "DataSetId": data_set, "IngestionId": ingestion_id}
        quicksight.create_ingestion(**ingestion_key)

        def ended(ingestion_key: Mapping[str, str] = ingestion_key) -> dict[str, Any]:
            ingestion: dict[str, Any] = quicksight.describe_ingestion(**ingestion_key)["Ingestion"]
            return ingestion if ingestion["IngestionStatus"] in {"COMPLETED", "FAILED", "CANCELLED"} else {}

        ingestion = _wait_for(ended, f"the refresh of {data_set}", patience)
        if ingestion["IngestionStatus"] != "COMPLETED":
            raise DemoError(f"{data_set} could not be refreshed: {ingestion.get('ErrorInfo')}")
        rows[data_set] = ingestion["RowInfo"]["RowsIngested"]
    return rows


def _idle(crawler: Mapping[str, Any]) -> dict[str, Any]:
    return crawler.get("LastCrawl", {}) if crawler["State"] == "READY" else {}


def _wait_for(ended: Callable[[], dict[str, Any]], what: str, patience: Patience) -> dict[str, Any]:
    deadline = time.monotonic() + patience.longest_seconds
    while not (description := ended()):
        if time.monotonic() > deadline:
            raise DemoError(f"{what} is not over after {patience.longest_seconds:.0f} s")
        time.sleep(patience.poll_seconds)
    return description
