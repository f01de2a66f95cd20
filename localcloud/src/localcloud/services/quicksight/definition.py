"""What QuickSight finds wrong with a dashboard's definition beyond the form of the request.

Source: QuickSight API reference, DashboardVersionDefinition, ColumnIdentifier, DashboardError.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from localcloud.services.quicksight.errors import invalid

if TYPE_CHECKING:
    from mypy_boto3_quicksight.literals import DashboardErrorTypeType
    from mypy_boto3_quicksight.type_defs import DashboardErrorTypeDef, DashboardVersionDefinitionOutputTypeDef

ColumnTypes = Callable[[str], Mapping[str, str] | None]
"""Return the types of a data set's columns by name, from its ARN; None when it does not exist."""
Node = Mapping[str, Any]
"""A structure somewhere in a definition."""
_NUMBERS = ("INTEGER", "DECIMAL")
_FIELD_TYPES: Mapping[str, tuple[str, ...]] = {
    "CategoricalDimensionField": ("STRING",),
    "CategoricalMeasureField": ("STRING",),
    "NumericalDimensionField": _NUMBERS,
    "NumericalMeasureField": _NUMBERS,
    "DateDimensionField": ("DATETIME",),
    "DateMeasureField": ("DATETIME",),
}


def check_ids(definition: DashboardVersionDefinitionOutputTypeDef) -> None:
    """Check that ids are there once, and that layouts are of elements that are on their sheet.

    Raises:
        AwsError: InvalidParameterValueException.
    """
    sheets = definition.get("Sheets", [])
    _check_unique("data set identifiers", [item["Identifier"] for item in definition["DataSetIdentifierDeclarations"]])
    _check_unique("sheet IDs", [sheet["SheetId"] for sheet in sheets])
    _check_unique("field IDs", [str(field.get("FieldId", "")) for field in _fields(definition)])
    for sheet in sheets:
        visuals = [next(iter(cast("Mapping[str, Node]", visual).values())) for visual in sheet.get("Visuals", [])]
        element_ids = [str(visual.get("VisualId", "")) for visual in visuals]
        _check_unique(f"visual IDs of sheet {sheet['SheetId']}", element_ids)
        element_ids += [box["SheetTextBoxId"] for box in sheet.get("TextBoxes", [])]
        for node in _structures(sheet):
            placed = node.get("ElementId") if node.get("ElementType") in {"VISUAL", "TEXT_BOX"} else None
            if placed is not None and placed not in element_ids:
                raise invalid(f"Sheet {sheet['SheetId']} lays out {placed}, which is not on it.")


def errors(
    definition: DashboardVersionDefinitionOutputTypeDef, column_types: ColumnTypes
) -> list[DashboardErrorTypeDef]:
    """Return the errors of a version: data sets and columns that are not there, columns of the wrong type."""
    types_by_identifier: dict[str, dict[str, str]] = {}
    missing: list[DashboardErrorTypeDef] = []
    for declaration in definition["DataSetIdentifierDeclarations"]:
        types = column_types(declaration["DataSetArn"])
        if types is None:
            text = f"Data set {declaration['DataSetArn']} is not found."
            missing.append(_error("DATA_SET_NOT_FOUND", text))
        types_by_identifier[declaration["Identifier"]] = dict(types or {})
    if missing:
        return missing
    for calculated in definition.get("CalculatedFields", []):
        # The type of an expression is QuickSight's to tell.
        types_by_identifier.setdefault(calculated.get("DataSetIdentifier", ""), {})[calculated.get("Name", "")] = ""
    return [
        error
        for field_kind, column in _columns(definition)
        for error in _column_errors(field_kind, column, types_by_identifier)
    ]


def _column_errors(
    field_kind: str, column: Node, types_by_identifier: Mapping[str, Mapping[str, str]]
) -> Iterator[DashboardErrorTypeDef]:
    identifier, name = column["DataSetIdentifier"], column["ColumnName"]
    types = types_by_identifier.get(identifier)
    if types is None:
        yield _error("DATA_SET_NOT_FOUND", f"The data set identifier {identifier} is not declared.")
    elif name not in types:
        yield _error("COLUMN_REPLACEMENT_MISSING", f"Data set {identifier} has no column {name}.")
    else:
        allowed = _FIELD_TYPES.get(field_kind, ())
        if allowed and types[name] and types[name] not in allowed:
            text = f"Column {name} of {identifier} is {types[name]}; a {field_kind} takes {' or '.join(allowed)}."
            yield _error("COLUMN_TYPE_MISMATCH", text)


def _columns(node: object, field_kind: str = "") -> Iterator[tuple[str, Node]]:
    """Yield every ColumnIdentifier, with the kind of field that it is the column of."""
    if isinstance(node, dict):
        structure = cast("Node", node)
        if "DataSetIdentifier" in structure and "ColumnName" in structure:
            yield field_kind, structure
        for name, inner in structure.items():
            inner_kind = field_kind if name == "Column" else ""
            yield from _columns(inner, name if name in _FIELD_TYPES else inner_kind)
    elif isinstance(node, list):
        for inner in cast("list[object]", node):
            yield from _columns(inner)


def _fields(node: object) -> Iterator[Node]:
    """Yield every dimension and measure field."""
    for structure in _structures(node):
        yield from (inner for name, inner in structure.items() if name in _FIELD_TYPES and isinstance(inner, dict))


def _structures(node: object) -> Iterator[Node]:
    """Yield every structure below a node, and the node itself."""
    if isinstance(node, dict):
        structure = cast("Node", node)
        yield structure
        for inner in structure.values():
            yield from _structures(inner)
    elif isinstance(node, list):
        for inner in cast("list[object]", node):
            yield from _structures(inner)


def _check_unique(kind: str, values: list[str]) -> None:
    if twice := sorted(value for value, count in Counter(values).items() if count > 1):
        raise invalid(f"The {kind} {', '.join(twice)} are there twice.")


def _error(kind: DashboardErrorTypeType, message: str) -> DashboardErrorTypeDef:
    return {"Type": kind, "Message": message}
