"""Filling SPICE: a data set's query, run through Athena with the credentials of the data source's role."""

import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.http.errors import AwsError
from localcloud.services.quicksight import tables
from localcloud.services.quicksight.data_sources import assume

Record = dict[str, Any]
_QUERY_SECONDS = 60
_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


class IngestionError(Exception):
    """An ingestion that failed: an IngestionErrorType of the QuickSight API reference, and the reason."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def rows(endpoint: str, source: Mapping[str, Any] | None, data_set: Mapping[str, Any]) -> tuple[list[Record], int]:
    """A data set's rows and how many were dropped, as the source's role may read them.

    Raises:
        IngestionError: The role, the query or the result is not as it should be.
    """
    if source is None:
        raise IngestionError("DATA_SOURCE_NOT_FOUND", "The data source is not found.")
    athena = _client(endpoint, source)
    group = source["DataSourceParameters"]["AthenaParameters"].get("WorkGroup", "primary")
    table = tables.physical(data_set)
    try:
        query = athena.start_query_execution(QueryString=_sql(table, data_set), WorkGroup=group, **_where(table))
        _wait(athena, query["QueryExecutionId"])
        names, found = _results(athena, query["QueryExecutionId"])
    except ClientError as error:
        raise _failure(str(error)) from error
    except BotoCoreError as error:
        raise IngestionError("CONNECTION_FAILURE", str(error)) from error
    missing = [name for name in tables.declared(data_set) if name not in names]
    if missing:
        raise IngestionError("SQL_SCHEMA_MISMATCH_ERROR", f"The query gives no column {', '.join(missing)}.")
    return tables.rows_of(data_set, found)


def _client(endpoint: str, source: Mapping[str, Any]) -> Any:
    role = source["DataSourceParameters"]["AthenaParameters"].get("RoleArn")
    if not role:
        # AWS then takes the account's aws-quicksight-service-role-v0, which a local account does not have.
        raise IngestionError(
            "IAM_ROLE_NOT_AVAILABLE", "The data source has no role, and the account has none for QuickSight."
        )
    try:
        return assume(role, source["Arn"], endpoint).client("athena")
    except AwsError as error:
        raise IngestionError("FAILURE_TO_ASSUME_ROLE", error.message) from error


def _sql(table: Mapping[str, Any], data_set: Mapping[str, Any]) -> str:
    if "SqlQuery" in table:
        return str(table["SqlQuery"])
    columns = ", ".join(_quoted(name) for name in tables.declared(data_set))
    parts = (table[part] for part in ("Catalog", "Schema", "Name") if table.get(part))
    return f"SELECT {columns} FROM {'.'.join(_quoted(part) for part in parts)}"  # noqa: S608 (names, quoted)


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _where(table: Mapping[str, Any]) -> Record:
    schema, catalog = table.get("Schema"), table.get("Catalog")
    context = {**({"Database": schema} if schema else {}), **({"Catalog": catalog} if catalog else {})}
    return {"QueryExecutionContext": context} if context else {}


def _wait(athena: Any, query_id: str) -> None:
    deadline = time.monotonic() + _QUERY_SECONDS
    while True:
        status = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]
        if status["State"] in _ENDED:
            break
        if time.monotonic() > deadline:
            raise IngestionError("QUERY_TIMEOUT", f"Query {query_id} did not end within {_QUERY_SECONDS} s.")
        time.sleep(0.05)
    if status["State"] != "SUCCEEDED":
        raise _failure(status.get("StateChangeReason") or status["State"])


def _results(athena: Any, query_id: str) -> tuple[list[str], list[dict[str, str | None]]]:
    """The names of a result's columns, and its rows by them; the first row of a SELECT holds the names."""
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
    found = [[item.get("VarCharValue") for item in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
    names = [str(name) for name in (found[0] if found else [])]
    return names, [dict(zip(names, values, strict=True)) for values in found[1:]]


def _failure(reason: str) -> IngestionError:
    """An Athena error by the type that QuickSight gives it."""
    lower = reason.lower()
    if any(words in lower for words in ("accessdenied", "access denied", "not authorized")):
        return IngestionError("PERMISSION_DENIED", reason)
    if any(words in lower for words in ("does not exist", "not found", "table_not_found", "schema_not_found")):
        return IngestionError("SQL_TABLE_NOT_FOUND", reason)
    return IngestionError("SQL_EXCEPTION", reason)
