"""Filling SPICE: a data set's query, run through Athena with the credentials of the data source's role."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.http.errors import AwsError
from localcloud.iam.roles import RoleSession, assume_role
from localcloud.services.quicksight import errors
from localcloud.services.quicksight.models import SERVICE, DataSource
from localcloud.services.quicksight.tables import Row, Tables

if TYPE_CHECKING:
    from mypy_boto3_athena.client import AthenaClient
    from mypy_boto3_athena.type_defs import QueryExecutionContextTypeDef
    from mypy_boto3_quicksight.literals import IngestionErrorTypeType

_QUERY_SECONDS = 60
_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


class IngestionError(Exception):
    """An ingestion that failed: an IngestionErrorType of the QuickSight API reference, and the reason."""

    def __init__(self, kind: IngestionErrorTypeType, message: str) -> None:
        super().__init__(message)
        self.kind: IngestionErrorTypeType = kind
        self.message = message


def assume_source_role(role_arn: str, source_arn: str, endpoint: str) -> RoleSession:
    """Assume the role of a data source; clients of the session use the endpoint.

    Raises:
        AwsError: AccessDeniedException when the role does not trust QuickSight for this source.
    """
    try:
        return assume_role(role_arn, SERVICE, session_name="QuickSight", source_arn=source_arn, endpoint=endpoint)
    except AwsError as error:
        text = "Failed to assume your role. Verify the trust relationships of the role in the IAM console"
        raise errors.denied(text) from error


def query_rows(source: DataSource | None, tables: Tables, endpoint: str) -> tuple[list[Row], int]:
    """Return a data set's rows and how many were dropped, as the source's role may read them.

    Raises:
        IngestionError: The role, the query or the result is not as it should be.
    """
    if source is None:
        raise IngestionError("DATA_SOURCE_NOT_FOUND", "The data source is not found.")
    athena = _client(source, endpoint)
    try:
        query_id = athena.start_query_execution(
            QueryString=_sql(tables), WorkGroup=source.workgroup, QueryExecutionContext=_context(tables)
        )["QueryExecutionId"]
        _wait(athena, query_id)
        names, results = _results(athena, query_id)
    except ClientError as error:
        raise _failure(str(error)) from error
    except BotoCoreError as error:
        raise IngestionError("CONNECTION_FAILURE", str(error)) from error
    if missing := [name for name in tables.source_columns() if name not in names]:
        raise IngestionError("SQL_SCHEMA_MISMATCH_ERROR", f"The query gives no column {', '.join(missing)}.")
    return tables.rows(results)


def _client(source: DataSource, endpoint: str) -> AthenaClient:
    if not source.role_arn:
        # AWS then takes the account's aws-quicksight-service-role-v0, which a local account does not have.
        raise IngestionError(
            "IAM_ROLE_NOT_AVAILABLE", "The data source has no role, and the account has none for QuickSight."
        )
    try:
        return assume_source_role(source.role_arn, source.arn, endpoint).client("athena")
    except AwsError as error:
        raise IngestionError("FAILURE_TO_ASSUME_ROLE", error.message) from error


def _sql(tables: Tables) -> str:
    source = tables.source
    if "SqlQuery" in source:
        return source["SqlQuery"]
    columns = ", ".join(_quoted(name) for name in tables.source_columns())
    names = [name for name in (source.get("Catalog"), source.get("Schema"), source["Name"]) if name]
    return f"SELECT {columns} FROM {'.'.join(map(_quoted, names))}"  # noqa: S608 (names, quoted)


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _context(tables: Tables) -> QueryExecutionContextTypeDef:
    context: QueryExecutionContextTypeDef = {}
    source = tables.source
    if "InputColumns" in source:
        if schema := source.get("Schema"):
            context["Database"] = schema
        if catalog := source.get("Catalog"):
            context["Catalog"] = catalog
    return context


def _wait(athena: AthenaClient, query_id: str) -> None:
    deadline = time.monotonic() + _QUERY_SECONDS
    while True:
        status = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"].get("Status", {})
        state = status.get("State", "")
        if state in _ENDED:
            break
        if time.monotonic() > deadline:
            raise IngestionError("QUERY_TIMEOUT", f"Query {query_id} did not end within {_QUERY_SECONDS} s.")
        time.sleep(0.05)
    if state != "SUCCEEDED":
        raise _failure(status.get("StateChangeReason") or state)


def _results(athena: AthenaClient, query_id: str) -> tuple[list[str], list[dict[str, str | None]]]:
    """Return the names of a result's columns, and its rows by them; the first row of a SELECT holds the names."""
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
    rows = [row.get("Data", []) for page in pages for row in page["ResultSet"].get("Rows", [])]
    values = [[datum.get("VarCharValue") for datum in row] for row in rows]
    names = [str(name) for name in (values[0] if values else [])]
    return names, [dict(zip(names, row, strict=True)) for row in values[1:]]


def _failure(reason: str) -> IngestionError:
    """Return the failure for an Athena error, with the type that QuickSight gives it."""
    lower = reason.lower()
    if any(words in lower for words in ("accessdenied", "access denied", "not authorized")):
        return IngestionError("PERMISSION_DENIED", reason)
    if any(words in lower for words in ("does not exist", "not found", "table_not_found", "schema_not_found")):
        return IngestionError("SQL_TABLE_NOT_FOUND", reason)
    return IngestionError("SQL_EXCEPTION", reason)
