from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from demo import Patience, kpis

PATIENCE = Patience(poll_seconds=0, longest_seconds=60)
SQL = "SELECT version, mse FROM model_metrics"
NAMED = {"NamedQuery": {"Name": "q", "Database": "abalone_local_kpis", "QueryString": SQL}}


@pytest.fixture
def athena() -> Any:
    return boto3.client("athena", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def stub(athena: Any) -> Iterator[Stubber]:
    """What Athena is asked, in order, and answers; each against the service model."""
    with Stubber(athena) as stubber:
        stubber.add_response("get_named_query", NAMED, {"NamedQueryId": "id-1"})
        yield stubber
        stubber.assert_no_pending_responses()


def started(stub: Stubber) -> None:
    asked = {"QueryString": SQL, "QueryExecutionContext": {"Database": "abalone_local_kpis"}, "WorkGroup": "kpis"}
    stub.add_response("start_query_execution", {"QueryExecutionId": "e-1"}, asked)


def state(stub: Stubber, name: str, reason: str = "", scanned: int = 0) -> None:
    status = {"State": name, "StateChangeReason": reason}
    execution = {"Status": status, "Statistics": {"DataScannedInBytes": scanned}}
    stub.add_response("get_query_execution", {"QueryExecution": execution}, {"QueryExecutionId": "e-1"})


def page(
    stub: Stubber, columns: list[tuple[str, str]], rows: list[list[str | None]], token: str = "", follows: str = ""
) -> None:
    data = [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in rows]
    info = [{"Name": name, "Type": kind} for name, kind in columns]
    answer: dict[str, Any] = {"ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": info}}}
    asked = {"QueryExecutionId": "e-1"}
    stub.add_response(
        "get_query_results",
        answer | ({"NextToken": token} if token else {}),
        asked | ({"NextToken": follows} if follows else {}),
    )


def ask(athena: Any, patience: Patience = PATIENCE) -> dict[str, Any]:
    return kpis.answers(lambda service: {"athena": athena}[service], "kpis", {"metric-by-version": "id-1"}, patience)


def test_rows_of_all_pages_are_typed_by_column_and_the_header_is_left_out(athena: Any, stub: Stubber) -> None:
    columns = [
        ("version", "integer"),
        ("mse", "double"),
        ("rate", "decimal(5,2)"),
        ("passed", "boolean"),
        ("day", "date"),
        ("why", "varchar"),
    ]
    started(stub)
    state(stub, "QUEUED")
    state(stub, "RUNNING")
    state(stub, "SUCCEEDED", scanned=1843)
    page(stub, columns, [[name for name, _ in columns], ["1", "3041.25", "0.50", "true", "2026-11-25", "12"]], "more")
    page(stub, columns, [["2", "NaN", None, "false", "2026-11-26", None]], follows="more")

    [(name, answer)] = ask(athena).items()
    assert name == "metric-by-version"
    assert [column["name"] for column in answer["columns"]] == ["version", "mse", "rate", "passed", "day", "why"]
    assert [list(row.values()) for row in answer["rows"]] == [
        [1, 3041.25, 0.5, True, "2026-11-25", "12"],
        [2, None, None, False, "2026-11-26", None],
    ]
    assert answer["bytes_scanned"] == 1843
    assert answer["seconds"] >= 0
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_a_query_without_rows_still_tells_its_columns(athena: Any, stub: Stubber) -> None:
    started(stub)
    state(stub, "SUCCEEDED")
    page(stub, [("version", "integer")], [["version"]])
    answer = ask(athena)["metric-by-version"]
    assert (answer["columns"], answer["rows"]) == ([{"name": "version", "type": "integer"}], [])


@pytest.mark.parametrize("ending", ["FAILED", "CANCELLED"])
def test_a_failure_names_the_query_and_gives_athenas_reason(athena: Any, stub: Stubber, ending: str) -> None:
    started(stub)
    state(stub, ending, "TABLE_NOT_FOUND: line 1:8: Table 'model_metrics' does not exist")
    with pytest.raises(kpis.KpiError, match=rf"metric-by-version {ending.lower()}: TABLE_NOT_FOUND: line 1:8"):
        ask(athena)


def test_a_refusal_names_the_query(athena: Any, stub: Stubber) -> None:
    denial = "not authorized to perform: athena:StartQueryExecution"
    stub.add_client_error("start_query_execution", "AccessDeniedException", denial)
    with pytest.raises(kpis.KpiError, match=f"named query metric-by-version: .*{re.escape(denial)}"):
        ask(athena)


def test_a_query_that_does_not_end_is_stopped(athena: Any, stub: Stubber) -> None:
    started(stub)
    stub.add_response("stop_query_execution", {}, {"QueryExecutionId": "e-1"})
    with pytest.raises(kpis.KpiError, match="metric-by-version was still running after 0 s"):
        ask(athena, Patience(poll_seconds=0, longest_seconds=0))
