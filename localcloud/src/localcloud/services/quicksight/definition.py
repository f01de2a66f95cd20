"""What QuickSight finds wrong with a dashboard's definition beyond the form of the request.

Source: QuickSight API reference, DashboardVersionDefinition, ColumnIdentifier, DashboardError.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localcloud.services.quicksight.tables import invalid

Record = dict[str, Any]
Columns = Callable[[str], dict[str, str] | None]
"""The columns, type by name, of a data set's ARN; None when it does not exist."""
_NUMBERS = ("INTEGER", "DECIMAL")
_FIELD_TYPES: Mapping[str, tuple[str, ...]] = {
    "CategoricalDimensionField": ("STRING",),
    "CategoricalMeasureField": ("STRING",),
    "NumericalDimensionField": _NUMBERS,
    "NumericalMeasureField": _NUMBERS,
    "DateDimensionField": ("DATETIME",),
    "DateMeasureField": ("DATETIME",),
}


def check_ids(definition: Record) -> None:
    """Refuses ids that are there twice, and layouts of elements that are not on their sheet.

    Raises:
        AwsError: InvalidParameterValueException.
    """
    declared = [item["Identifier"] for item in definition["DataSetIdentifierDeclarations"]]
    sheets = definition.get("Sheets", [])
    _unique("data set identifiers", declared)
    _unique("sheet IDs", [sheet["SheetId"] for sheet in sheets])
    _unique("field IDs", [_of(field, "FieldId") for field in _fields(definition)])
    for sheet in sheets:
        elements = [_of(next(iter(visual.values())), "VisualId") for visual in sheet.get("Visuals", [])]
        _unique(f"visual IDs of sheet {sheet['SheetId']}", elements)
        elements += [_of(box, "SheetTextBoxId") for box in sheet.get("TextBoxes", [])]
        for element in _elements(sheet):
            if element["ElementType"] in {"VISUAL", "TEXT_BOX"} and element["ElementId"] not in elements:
                raise invalid(f"Sheet {sheet['SheetId']} lays out {element['ElementId']}, which is not on it.")


def errors(definition: Record, columns: Columns) -> list[Record]:
    """The errors of a version: data sets and columns that are not there, columns of the wrong type."""
    known: dict[str, dict[str, str]] = {}
    found: list[Record] = []
    for item in definition["DataSetIdentifierDeclarations"]:
        of_set = columns(item["DataSetArn"])
        if of_set is None:
            found.append(_error("DATA_SET_NOT_FOUND", f"Data set {item['DataSetArn']} is not found."))
        known[item["Identifier"]] = of_set or {}
    if found:
        return found
    for field in definition.get("CalculatedFields", []):
        # The type of an expression is QuickSight's to tell.
        known.setdefault(field["DataSetIdentifier"], {})[field["Name"]] = ""
    return [error for kind, column in _columns(definition) for error in _column_errors(kind, column, known)]


def _column_errors(kind: str, column: Record, known: Mapping[str, Mapping[str, str]]) -> Iterator[Record]:
    identifier, name = column["DataSetIdentifier"], column["ColumnName"]
    if identifier not in known:
        yield _error("DATA_SET_NOT_FOUND", f"The data set identifier {identifier} is not declared.")
    elif name not in known[identifier]:
        yield _error("COLUMN_REPLACEMENT_MISSING", f"Data set {identifier} has no column {name}.")
    else:
        found, expected = known[identifier][name], _FIELD_TYPES.get(kind, ())
        if expected and found and found not in expected:
            text = f"Column {name} of {identifier} is {found}; a {kind} takes {' or '.join(expected)}."
            yield _error("COLUMN_TYPE_MISMATCH", text)


def _columns(node: Any, kind: str = "") -> Iterator[tuple[str, Record]]:
    """Every ColumnIdentifier, with the kind of field that it is the column of."""
    if isinstance(node, dict):
        if {"DataSetIdentifier", "ColumnName"} <= node.keys():
            yield kind, node
        for name, inner in node.items():
            yield from _columns(inner, name if name in _FIELD_TYPES else kind if name == "Column" else "")
    elif isinstance(node, list):
        for inner in node:
            yield from _columns(inner, "")


def _fields(node: Any) -> Iterator[Record]:
    if isinstance(node, dict):
        for name, inner in node.items():
            if name in _FIELD_TYPES and isinstance(inner, dict):
                yield inner
            else:
                yield from _fields(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _fields(inner)


def _elements(node: Any) -> Iterator[Record]:
    if isinstance(node, dict):
        if {"ElementId", "ElementType"} <= node.keys():
            yield node
        for inner in node.values():
            yield from _elements(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _elements(inner)


def _of(record: Record, member: str) -> str:
    return str(record.get(member, ""))


def _unique(what: str, values: list[str]) -> None:
    if twice := sorted(value for value, count in Counter(values).items() if count > 1):
        raise invalid(f"The {what} {', '.join(twice)} are there twice.")


def _error(kind: str, message: str) -> Record:
    return {"Type": kind, "Message": message}
