"""QuickSight's rules: action sets, tables, definitions, and what each call is authorized on."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.http.errors import AwsError
from localcloud.http.service import Call
from localcloud.iam.callers import Caller
from localcloud.services.quicksight import access, definition, grants, tables

ARN = "arn:aws:quicksight:us-east-1:123456789012"
CALLER = Caller("arn:aws:iam::123456789012:user/u", "id", "AKIA", "us-east-1", "quicksight")
PEOPLE = frozenset({"user", "group"})


def granted(noun: str, principal: str, actions: set[str]) -> grants.Permissions:
    permissions: grants.Permissions = {}
    grants.grant(noun, PEOPLE, permissions, [{"Principal": principal, "Actions": sorted(actions)}])
    return permissions


@pytest.mark.parametrize("noun", ["DataSource", "DataSet", "Dashboard"])
def test_a_viewers_and_an_owners_set_can_be_granted_and_no_part_of_them(noun: str) -> None:
    ada = f"{ARN}:user/default/ada"
    for actions in (grants.VIEWER[noun], grants.OWNER[noun]):
        assert granted(noun, ada, set(actions)) == {ada: set(actions)}
        for missing in actions:
            with pytest.raises(AwsError, match="missing"):
                granted(noun, ada, set(actions) - {missing})


@pytest.mark.parametrize(
    ("principal", "valid"),
    [
        (f"{ARN}:user/default/ada", True),
        (f"{ARN}:user/default/Admin/ada@example.com", True),
        (f"{ARN.replace('us-east-1', 'eu-west-1')}:group/team-a/analysts", True),
        (f"{ARN}:user/ada", False),
        (f"{ARN}:namespace/default", False),
        (f"{ARN.replace('123456789012', '999999999999')}:user/default/ada", False),
        ("arn:aws:iam::123456789012:root", False),
        ("ada", False),
    ],
)
def test_a_principal_is_a_user_or_group_of_this_account(principal: str, valid: bool) -> None:
    if valid:
        assert granted("DataSet", principal, set(grants.VIEWER["DataSet"]))
        return
    with pytest.raises(AwsError, match="is not valid"):
        granted("DataSet", principal, set(grants.VIEWER["DataSet"]))


def test_a_refused_grant_changes_nothing() -> None:
    ada, wrong = f"{ARN}:user/default/ada", {"Principal": "nobody", "Actions": ["quicksight:DescribeDataSet"]}
    permissions: grants.Permissions = {}
    right = {"Principal": ada, "Actions": list(grants.VIEWER["DataSet"])}
    with pytest.raises(AwsError):
        grants.grant("DataSet", PEOPLE, permissions, [right, wrong])
    assert permissions == {}


COLUMNS = [{"Name": "n", "Type": "INTEGER"}, {"Name": "x", "Type": "DECIMAL"}, {"Name": "ok", "Type": "BOOLEAN"}]


def data_set(*transforms: dict[str, Any]) -> dict[str, Any]:
    table = {"DataSourceArn": "arn", "Name": "t", "SqlQuery": "SELECT 1", "Columns": COLUMNS}
    logical = {"Alias": "t", "Source": {"PhysicalTableId": "t"}, "DataTransforms": list(transforms)}
    return {"PhysicalTableMap": {"t": {"CustomSql": table}}, "LogicalTableMap": {"t": logical}}


def test_transforms_decide_the_columns_and_rows_of_a_data_set() -> None:
    record = data_set(
        {"RenameColumnOperation": {"ColumnName": "x", "NewColumnName": "rmse"}},
        {"CastColumnTypeOperation": {"ColumnName": "n", "NewColumnType": "STRING"}},
        {"ProjectOperation": {"ProjectedColumns": ["n", "rmse"]}},
    )
    assert tables.output_columns(record) == [{"Name": "n", "Type": "STRING"}, {"Name": "rmse", "Type": "DECIMAL"}]
    assert tables.rows_of(record, [{"n": "1", "x": "2.5", "ok": "true"}]) == ([{"n": "1", "rmse": 2.5}], 0)


def test_a_row_of_another_type_is_dropped_and_nothing_stays_nothing() -> None:
    found = [
        {"n": "1", "x": "2.5", "ok": "true"},
        {"n": "one", "x": "2.5", "ok": "true"},
        {"n": None, "x": "", "ok": "false"},
    ]
    kept, dropped = tables.rows_of(data_set(), found)
    assert kept == [{"n": 1, "x": 2.5, "ok": 1}, {"n": None, "x": None, "ok": 0}]
    assert dropped == 1


@pytest.mark.parametrize(
    ("transform", "reason"),
    [
        ({"RenameColumnOperation": {"ColumnName": "nothing", "NewColumnName": "a"}}, "no column nothing"),
        ({"ProjectOperation": {"ProjectedColumns": ["n", "nothing"]}}, "no column nothing"),
        ({"FilterOperation": {"ConditionExpression": "{n} > 1"}}, "does not evaluate FilterOperation"),
    ],
)
def test_a_transform_that_cannot_be_done_is_refused(transform: dict[str, Any], reason: str) -> None:
    with pytest.raises(AwsError, match=reason):
        tables.output_columns(data_set(transform))


def board(*visuals: str, element: str = "a", column: str = "n") -> dict[str, Any]:
    identified = {"DataSetIdentifier": "d", "ColumnName": column}

    def visual(name: str) -> dict[str, Any]:
        values = [{"NumericalMeasureField": {"FieldId": f"of-{name}", "Column": identified}}]
        return {"KPIVisual": {"VisualId": name, "ChartConfiguration": {"FieldWells": {"Values": values}}}}

    layout = {"GridLayout": {"Elements": [{"ElementId": element, "ElementType": "VISUAL"}]}}
    sheet = {"SheetId": "s", "Visuals": [visual(name) for name in visuals], "Layouts": [{"Configuration": layout}]}
    return {"DataSetIdentifierDeclarations": [{"Identifier": "d", "DataSetArn": "arn"}], "Sheets": [sheet]}


def test_a_definition_has_each_id_once_and_lays_out_only_what_it_has() -> None:
    definition.check_ids(board("a", "b"))
    with pytest.raises(AwsError, match="field IDs of-a are there twice"):
        definition.check_ids(board("a", "a"))
    with pytest.raises(AwsError, match="lays out c, which is not on it"):
        definition.check_ids(board("a", "b", element="c"))


@pytest.mark.parametrize(
    ("columns", "column", "kinds"),
    [
        ({"n": "INTEGER"}, "n", []),
        ({"n": "STRING"}, "n", ["COLUMN_TYPE_MISMATCH"]),
        ({"n": "INTEGER"}, "other", ["COLUMN_REPLACEMENT_MISSING"]),
        (None, "n", ["DATA_SET_NOT_FOUND"]),
    ],
)
def test_a_definitions_columns_have_to_be_there_and_of_the_right_type(
    columns: dict[str, str] | None, column: str, kinds: list[str]
) -> None:
    found = definition.errors(board("a", column=column), lambda _: columns)
    assert [error["Type"] for error in found] == kinds


def test_a_calculated_field_is_a_column_too() -> None:
    wanted = {**board("a", column="rate"), "CalculatedFields": [{"DataSetIdentifier": "d", "Name": "rate"}]}
    assert definition.errors(wanted, lambda _: {"n": "INTEGER"}) == []


SQL = {"t": {"CustomSql": {"DataSourceArn": f"{ARN}:datasource/s"}}}


@pytest.mark.parametrize(
    ("operation", "members", "expected"),
    [
        ("CreateDataSource", {"DataSourceId": "s"}, [("CreateDataSource", "*")]),
        ("DescribeDataSource", {"DataSourceId": "s"}, [("DescribeDataSource", f"{ARN}:datasource/s")]),
        (
            "CreateDataSet",
            {"DataSetId": "d", "PhysicalTableMap": SQL, "Tags": [{"Key": "a", "Value": "1"}]},
            [
                ("CreateDataSet", f"{ARN}:datasource/s"),
                ("PassDataSource", f"{ARN}:datasource/s"),
                ("TagResource", f"{ARN}:dataset/d"),
            ],
        ),
        (
            "CreateIngestion",
            {"DataSetId": "d", "IngestionId": "i"},
            [("CreateIngestion", f"{ARN}:dataset/d/ingestion/i")],
        ),
        (
            "CreateRefreshSchedule",
            {"DataSetId": "d", "Schedule": {"ScheduleId": "r"}},
            [("CreateRefreshSchedule", f"{ARN}:dataset/d/refresh-schedule/r")],
        ),
        (
            "UpdateDashboard",
            {"DashboardId": "b", "Definition": {"DataSetIdentifierDeclarations": [{"DataSetArn": f"{ARN}:dataset/d"}]}},
            [("UpdateDashboard", f"{ARN}:dashboard/b"), ("PassDataSet", f"{ARN}:dataset/d")],
        ),
        ("ListDashboards", {}, [("ListDashboards", f"{ARN}:dashboard/*")]),
    ],
)
def test_a_call_is_authorized_on_what_it_names(
    operation: str, members: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    found = access.permissions(Call(operation, CALLER, {"AwsAccountId": "123456789012", **members}))
    assert [(action, resource) for action, resource, _ in found] == [
        (f"quicksight:{action}", resource) for action, resource in expected
    ]


def test_a_data_sources_role_is_passed() -> None:
    parameters = {"AthenaParameters": {"RoleArn": "arn:role"}}
    members = {"AwsAccountId": "123456789012", "DataSourceId": "s", "DataSourceParameters": parameters}
    found = access.permissions(Call("UpdateDataSource", CALLER, members))
    assert ("iam:PassRole", "arn:role", {"iam:PassedToService": "quicksight.amazonaws.com"}) in found
