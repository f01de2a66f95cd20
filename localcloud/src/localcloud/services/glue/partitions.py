"""Partitions: operations that the emulator lacks, or answers without looking at the table."""

from typing import Any

import duckdb
import sqlglot
from sqlglot.errors import SqlglotError

from localcloud.emulator.catalog import partitions, set_partitions
from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call
from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.types import duckdb_type
from localcloud.services.glue.catalog import table
from localcloud.services.glue.emulated import perform

Record = dict[str, Any]


def create(call: Call) -> Record:
    """CreatePartition and BatchCreatePartition: the table has to exist, the values have to fit its keys."""
    keys = table(call.input["DatabaseName"], call.input["TableName"])["PartitionKeys"]
    for given in call.get("PartitionInputList", [call.get("PartitionInput")]):
        if len(given.get("Values") or []) != len(keys):
            raise AwsError(
                "InvalidInputException",
                "The number of partition keys do not match the number of partition values",
            )
    return perform(call)


def existing(call: Call) -> Record:
    """GetPartition, BatchGetPartition and BatchUpdatePartition: the table has to exist."""
    table(call.input["DatabaseName"], call.input["TableName"])
    return perform(call)


def list_all(call: Call) -> Record:
    """GetPartitions, with its Expression evaluated on the partition keys."""
    record = table(call.input["DatabaseName"], call.input["TableName"])
    found = list(_of(call))
    if expression := call.get("Expression"):
        found = _selected(found, record["PartitionKeys"], expression)
    return page(call, found, "Partitions", default_size=1000)


def update(call: Call) -> Record:
    """UpdatePartition."""
    record = _found(call, call.input["PartitionValueList"])
    kept = {name: record[name] for name in ("DatabaseName", "TableName", "CreationTime", "CatalogId")}
    record.clear()
    record.update({**call.input["PartitionInput"], **kept})
    return {}


def delete(call: Call) -> Record:
    """DeletePartition."""
    _found(call, call.input["PartitionValues"])
    _remove(call, call.input["PartitionValues"])
    return {}


def batch_delete(call: Call) -> Record:
    """BatchDeletePartition: missing ones are told, the others go."""
    errors: list[Record] = []
    for given in call.input["PartitionsToDelete"]:
        try:
            _found(call, given["Values"])
        except AwsError as error:
            detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
            errors.append({"PartitionValues": given["Values"], "ErrorDetail": detail})
        else:
            _remove(call, given["Values"])
    return {"Errors": errors}


def _of(call: Call) -> list[Record]:
    return partitions(call.input["DatabaseName"], call.input["TableName"])


def _found(call: Call, values: list[str]) -> Record:
    table(call.input["DatabaseName"], call.input["TableName"])
    for record in _of(call):
        if record["Values"] == values:
            return record
    raise AwsError("EntityNotFoundException", "Cannot find partition.")


def _remove(call: Call, values: list[str]) -> None:
    others = [record for record in _of(call) if record["Values"] != values]
    set_partitions(call.input["DatabaseName"], call.input["TableName"], others)


def _selected(found: list[Record], keys: list[Record], expression: str) -> list[Record]:
    try:
        where = sqlglot.parse_one(expression, read="hive").sql("duckdb")
        typed = ", ".join(
            f'CAST(v[{i}] AS {duckdb_type(key["Type"])}) AS "{key["Name"]}"' for i, key in enumerate(keys, 1)
        )
        with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as engine:
            rows = engine.execute(
                f"SELECT i FROM (SELECT i, {typed} FROM "  # noqa: S608
                f"(SELECT UNNEST(range(len($rows))) AS i, UNNEST($rows) AS v)) WHERE {where} ORDER BY i",
                {"rows": [record["Values"] for record in found]},
            ).fetchall()
    except (SqlglotError, duckdb.Error, QueryError) as error:
        raise AwsError("InvalidInputException", f"Unsupported expression '{expression}'") from error
    return [found[int(index)] for (index,) in rows]
