"""From a data set's physical and logical tables to its columns and rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from localcloud.services.quicksight import errors

if TYPE_CHECKING:
    from mypy_boto3_quicksight.type_defs import (
        CustomSqlOutputTypeDef,
        LogicalTableOutputTypeDef,
        OutputColumnTypeDef,
        PhysicalTableOutputTypeDef,
        RelationalTableOutputTypeDef,
        TransformOperationOutputTypeDef,
    )

Value = str | int | float | None
Row = dict[str, Value]
"""Values by column."""

# QuickSight user guide, "Supported data types": what other types of a source become.
_OUTPUT_TYPES = {"BIT": "INTEGER", "BOOLEAN": "INTEGER", "JSON": "STRING", "SEMISTRUCT": "STRING"}


@dataclass(frozen=True)
class Tables:
    """The tables of a data set, by their ids: one physical table, and at most one logical one on top of it."""

    physical: Mapping[str, PhysicalTableOutputTypeDef]
    logical: Mapping[str, LogicalTableOutputTypeDef]

    @classmethod
    def of(
        cls,
        physical: Mapping[str, PhysicalTableOutputTypeDef],
        logical: Mapping[str, LogicalTableOutputTypeDef] | None,
    ) -> Tables:
        """Return tables; where no logical one is given, QuickSight makes one of each physical table."""
        return cls(physical, logical or {key: _logical_table(key, table) for key, table in physical.items()})

    @property
    def source(self) -> CustomSqlOutputTypeDef | RelationalTableOutputTypeDef:
        """The physical table: SQL, or a table by its name.

        Raises:
            AwsError: InvalidParameterValueException for another number or kind of tables.
        """
        table = next(iter(self.physical.values())) if len(self.physical) == 1 else None
        if table and "CustomSql" in table:
            return table["CustomSql"]
        if table and "RelationalTable" in table:
            return table["RelationalTable"]
        raise errors.invalid("The local cloud takes data sets of one physical table, a CustomSql or a RelationalTable.")

    def source_columns(self) -> dict[str, str]:
        """Return the physical table's columns: type by name."""
        source = self.source
        columns = source.get("Columns", []) if "SqlQuery" in source else source["InputColumns"]
        return {column["Name"]: column["Type"] for column in columns}

    def output_columns(self) -> list[OutputColumnTypeDef]:
        """Return the columns that the data set offers to dashboards.

        Raises:
            AwsError: InvalidParameterValueException for a transform of a column that is not there.
        """
        columns = {name: _OUTPUT_TYPES.get(kind, kind) for name, kind in self.source_columns().items()}
        if not columns:
            raise errors.invalid("The physical table has no columns.")
        for transform in self._transforms():
            columns = _transformed(columns, transform)
        return cast("list[OutputColumnTypeDef]", [{"Name": name, "Type": kind} for name, kind in columns.items()])

    def rows(self, results: Iterable[Mapping[str, str | None]]) -> tuple[list[Row], int]:
        """Return a query's results as rows, and how many were dropped for a value of another type.

        Source: QuickSight user guide, "Handling failed refreshes": a row with a value that cannot be converted is
        skipped.
        """
        columns, source_names = self.output_columns(), self._source_names()
        rows: list[Row] = []
        dropped = 0
        for result in results:
            try:
                rows.append(_row(result, columns, source_names))
            except ValueError:
                dropped += 1
        return rows, dropped

    def _transforms(self) -> list[TransformOperationOutputTypeDef]:
        tables = list(self.logical.values())
        if len(tables) > 1 or any("JoinInstruction" in table["Source"] for table in tables):
            raise errors.invalid("The local cloud does not join tables.")
        for table in tables:
            source = table["Source"].get("PhysicalTableId")
            if source not in self.physical:
                raise errors.invalid(
                    f"Logical table {table['Alias']} has the source {source}, which is no physical table."
                )
        return [transform for table in tables for transform in table.get("DataTransforms", [])]

    def _source_names(self) -> dict[str, str]:
        """Return the query's column by that of the data set."""
        names = {name: name for name in self.source_columns()}
        for transform in self._transforms():
            if rename := transform.get("RenameColumnOperation"):
                names[rename["NewColumnName"]] = names.pop(rename["ColumnName"])
        return names


def _logical_table(key: str, table: PhysicalTableOutputTypeDef) -> LogicalTableOutputTypeDef:
    members: Mapping[str, Any] = next(iter(cast("Mapping[str, Any]", table).values()))
    return {"Alias": members.get("Name", key), "Source": {"PhysicalTableId": key}}


def _transformed(columns: Mapping[str, str], transform: TransformOperationOutputTypeDef) -> dict[str, str]:
    [(kind, operation)] = cast("Mapping[str, Mapping[str, Any]]", transform).items()
    column = operation.get("ColumnName")
    names: list[str] = operation.get("ProjectedColumns", []) if column is None else [column]
    if missing := [name for name in names if name not in columns]:
        raise errors.invalid(f"{kind}: the table has no column {', '.join(missing)}.")
    match kind:
        case "ProjectOperation":
            return {name: columns[name] for name in names}
        case "RenameColumnOperation":
            return {operation["NewColumnName"] if name == column else name: type_ for name, type_ in columns.items()}
        case "CastColumnTypeOperation":
            return {**columns, names[0]: operation["NewColumnType"]}
        case "TagColumnOperation" | "UntagColumnOperation":
            return dict(columns)
        case _:
            raise errors.invalid(f"The local cloud does not evaluate {kind}; say it in the SQL.")


def _row(
    result: Mapping[str, str | None], columns: Iterable[OutputColumnTypeDef], source_names: Mapping[str, str]
) -> Row:
    row: Row = {}
    for column in columns:
        name = column.get("Name", "")
        row[name] = _value(result[source_names[name]], column.get("Type", "STRING"))
    return row


def _value(text: str | None, kind: str) -> Value:
    if text is None or (not text and kind != "STRING"):
        return None
    if kind == "INTEGER":
        return {"true": 1, "false": 0}[text] if text in {"true", "false"} else int(text)
    return float(text) if kind == "DECIMAL" else text
