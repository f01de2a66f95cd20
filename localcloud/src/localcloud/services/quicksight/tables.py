"""From a data set's physical and logical tables to its columns and rows."""

from collections.abc import Iterable, Mapping
from typing import Any

from localcloud.http.errors import AwsError

Record = dict[str, Any]
Row = dict[str, Any]
# QuickSight user guide, "Supported data types": what other types of a source become.
_OUTPUT_TYPES = {"BIT": "INTEGER", "BOOLEAN": "INTEGER", "JSON": "STRING", "SEMISTRUCT": "STRING"}


def physical(record: Mapping[str, Any]) -> Record:
    """The one physical table of a data set: its CustomSql or RelationalTable.

    Raises:
        AwsError: InvalidParameterValueException for another number or kind of tables.
    """
    tables = record["PhysicalTableMap"]
    found = next(iter(tables.values())) if len(tables) == 1 else {}
    table = found.get("CustomSql") or found.get("RelationalTable")
    if table is None:
        raise invalid("The local cloud takes data sets of one physical table, a CustomSql or a RelationalTable.")
    return table


def declared(record: Mapping[str, Any]) -> dict[str, str]:
    """The physical table's columns: type by name."""
    table = physical(record)
    return {column["Name"]: column["Type"] for column in table.get("Columns") or table.get("InputColumns") or []}


def output_columns(record: Mapping[str, Any]) -> list[Record]:
    """The columns that the data set offers to dashboards.

    Raises:
        AwsError: InvalidParameterValueException for a transform of a column that is not there.
    """
    columns = {name: _OUTPUT_TYPES.get(kind, kind) for name, kind in declared(record).items()}
    if not columns:
        raise invalid("The physical table has no columns.")
    for transform in _transforms(record):
        columns = _transformed(columns, transform)
    return [{"Name": name, "Type": kind} for name, kind in columns.items()]


def _transforms(record: Mapping[str, Any]) -> list[Record]:
    logical = list((record.get("LogicalTableMap") or {}).values())
    if len(logical) > 1 or any("JoinInstruction" in table["Source"] for table in logical):
        raise invalid("The local cloud does not join tables.")
    for table in logical:
        source = table["Source"].get("PhysicalTableId")
        if source not in record["PhysicalTableMap"]:
            raise invalid(f"Logical table {table['Alias']} has the source {source}, which is no physical table.")
    return [transform for table in logical for transform in table.get("DataTransforms", [])]


def _transformed(columns: dict[str, str], transform: Record) -> dict[str, str]:
    [(kind, operation)] = transform.items()
    wanted = operation.get("ColumnName")
    named = operation.get("ProjectedColumns", []) if wanted is None else [wanted]
    if missing := [name for name in named if name not in columns]:
        raise invalid(f"{kind}: the table has no column {', '.join(missing)}.")
    if kind == "ProjectOperation":
        return {name: columns[name] for name in operation["ProjectedColumns"]}
    if kind == "RenameColumnOperation":
        return {operation["NewColumnName"] if name == wanted else name: type_ for name, type_ in columns.items()}
    if kind == "CastColumnTypeOperation":
        return {name: operation["NewColumnType"] if name == wanted else type_ for name, type_ in columns.items()}
    if kind in {"TagColumnOperation", "UntagColumnOperation"}:
        return columns
    raise invalid(f"The local cloud does not evaluate {kind}; say it in the SQL.")


def rows_of(record: Mapping[str, Any], found: Iterable[Mapping[str, str | None]]) -> tuple[list[Row], int]:
    """A query's rows as the data set has them, and how many were dropped for a value of another type.

    Source: QuickSight user guide, "Handling failed refreshes": a row with a value that cannot be converted is skipped.
    """
    columns, kept, dropped = output_columns(record), [], 0
    names = _names(record)
    for row in found:
        try:
            kept.append({column["Name"]: _value(row[names[column["Name"]]], column["Type"]) for column in columns})
        except ValueError:
            dropped += 1
    return kept, dropped


def _names(record: Mapping[str, Any]) -> dict[str, str]:
    """The query's column by that of the data set."""
    names = {name: name for name in declared(record)}
    for transform in _transforms(record):
        rename = transform.get("RenameColumnOperation")
        if rename:
            names[rename["NewColumnName"]] = names.pop(rename["ColumnName"])
    return names


def _value(text: str | None, kind: str) -> Any:
    if text is None or (not text and kind != "STRING"):
        return None
    if kind == "INTEGER":
        return {"true": 1, "false": 0}[text] if text in {"true", "false"} else int(text)
    return float(text) if kind == "DECIMAL" else text


def invalid(message: str) -> AwsError:
    """An input that QuickSight refuses."""
    return AwsError("InvalidParameterValueException", message)
