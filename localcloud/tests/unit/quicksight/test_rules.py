"""QuickSight's rules: action sets, tables, definitions, and what each call is authorized on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from localcloud.http.errors import AwsError
from localcloud.http.request import Caller
from localcloud.http.service import Call
from localcloud.services.quicksight import access, definition, grants
from localcloud.services.quicksight.models import KINDS, DataSource
from localcloud.services.quicksight.tables import Tables

if TYPE_CHECKING:
    from mypy_boto3_quicksight.type_defs import (
        DashboardVersionDefinitionOutputTypeDef,
        InputColumnTypeDef,
        ResourcePermissionOutputTypeDef,
        TransformOperationOutputTypeDef,
    )

ARN = "arn:aws:quicksight:us-east-1:123456789012"
ADA = f"{ARN}:user/default/ada"
CALLER = Caller("arn:aws:iam::123456789012:user/u", "id", "AKIA", "us-east-1", "quicksight")
SHARINGS = {kind.name: kind.sharing for kind in KINDS}


def granted(sharing: grants.Sharing, principal: str, actions: frozenset[str]) -> grants.Permissions:
    return grants.granted(sharing, {}, [{"Principal": principal, "Actions": sorted(actions)}])


@pytest.mark.parametrize("kind", SHARINGS)
def test_a_viewers_and_an_owners_set_can_be_granted_and_no_part_of_them(kind: str) -> None:
    sharing = SHARINGS[kind]
    assert sharing.viewer < sharing.owner
    for actions in (sharing.viewer, sharing.owner):
        assert granted(sharing, ADA, actions) == {ADA: actions}
        for missing in actions:
            with pytest.raises(AwsError, match="missing"):
                granted(sharing, ADA, actions - {missing})


@pytest.mark.parametrize(
    ("principal", "valid"),
    [
        (ADA, True),
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
        assert granted(grants.DATA_SET, principal, grants.DATA_SET.viewer)
        return
    with pytest.raises(AwsError, match="is not valid"):
        granted(grants.DATA_SET, principal, grants.DATA_SET.viewer)


def test_a_namespace_can_be_granted_a_dashboard() -> None:
    assert granted(grants.DASHBOARD, f"{ARN}:namespace/default", grants.DASHBOARD.viewer)


def test_a_grant_or_revocation_leaves_the_permissions_before_it_as_they_are() -> None:
    before = granted(grants.DATA_SET, ADA, grants.DATA_SET.owner)
    other = f"{ARN}:group/default/analysts"
    after = grants.granted(grants.DATA_SET, before, [{"Principal": other, "Actions": sorted(grants.DATA_SET.viewer)}])
    assert set(after) == {ADA, other}
    revocation = grants.describe(before)
    assert grants.revoked(after, revocation) == {other: grants.DATA_SET.viewer}
    assert before == {ADA: grants.DATA_SET.owner}
    with pytest.raises(AwsError, match="has no permissions"):
        grants.revoked({}, revocation)


def test_a_refused_grant_changes_nothing() -> None:
    source = DataSource(region="us-east-1", asset_id="s", name="s", parameters={})
    viewer: ResourcePermissionOutputTypeDef = {"Principal": ADA, "Actions": sorted(grants.DATA_SOURCE.viewer)}
    with pytest.raises(AwsError):
        source.share([viewer, {"Principal": "nobody", "Actions": viewer["Actions"]}])
    assert source.permissions == {}
    source.share([viewer])
    assert source.describe_permissions()["Permissions"] == [viewer]


COLUMNS: list[InputColumnTypeDef] = [
    {"Name": "n", "Type": "INTEGER"},
    {"Name": "x", "Type": "DECIMAL"},
    {"Name": "ok", "Type": "BOOLEAN"},
]


def tables(*transforms: TransformOperationOutputTypeDef) -> Tables:
    return Tables(
        {"t": {"CustomSql": {"DataSourceArn": "arn", "Name": "t", "SqlQuery": "SELECT 1", "Columns": COLUMNS}}},
        {"t": {"Alias": "t", "Source": {"PhysicalTableId": "t"}, "DataTransforms": list(transforms)}},
    )


def test_transforms_decide_the_columns_and_rows_of_a_data_set() -> None:
    transformed = tables(
        {"RenameColumnOperation": {"ColumnName": "x", "NewColumnName": "rmse"}},
        {"CastColumnTypeOperation": {"ColumnName": "n", "NewColumnType": "STRING"}},
        {"ProjectOperation": {"ProjectedColumns": ["n", "rmse"]}},
    )
    assert transformed.output_columns() == [{"Name": "n", "Type": "STRING"}, {"Name": "rmse", "Type": "DECIMAL"}]
    assert transformed.rows([{"n": "1", "x": "2.5", "ok": "true"}]) == ([{"n": "1", "rmse": 2.5}], 0)


def test_a_row_of_another_type_is_dropped_and_nothing_stays_nothing() -> None:
    results = [
        {"n": "1", "x": "2.5", "ok": "true"},
        {"n": "one", "x": "2.5", "ok": "true"},
        {"n": None, "x": "", "ok": "false"},
    ]
    rows, dropped = tables().rows(results)
    assert rows == [{"n": 1, "x": 2.5, "ok": 1}, {"n": None, "x": None, "ok": 0}]
    assert dropped == 1


@pytest.mark.parametrize(
    ("transform", "reason"),
    [
        ({"RenameColumnOperation": {"ColumnName": "nothing", "NewColumnName": "a"}}, "no column nothing"),
        ({"ProjectOperation": {"ProjectedColumns": ["n", "nothing"]}}, "no column nothing"),
        ({"FilterOperation": {"ConditionExpression": "{n} > 1"}}, "does not evaluate FilterOperation"),
    ],
)
def test_a_transform_that_cannot_be_done_is_refused(transform: TransformOperationOutputTypeDef, reason: str) -> None:
    with pytest.raises(AwsError, match=reason):
        tables(transform).output_columns()


def dashboard(*visuals: str, element: str = "a", column: str = "n") -> DashboardVersionDefinitionOutputTypeDef:
    identified = {"DataSetIdentifier": "d", "ColumnName": column}

    def visual(name: str) -> dict[str, Any]:
        values = [{"NumericalMeasureField": {"FieldId": f"of-{name}", "Column": identified}}]
        return {"KPIVisual": {"VisualId": name, "ChartConfiguration": {"FieldWells": {"Values": values}}}}

    layout = {"GridLayout": {"Elements": [{"ElementId": element, "ElementType": "VISUAL"}]}}
    sheet = {"SheetId": "s", "Visuals": [visual(name) for name in visuals], "Layouts": [{"Configuration": layout}]}
    content = {"DataSetIdentifierDeclarations": [{"Identifier": "d", "DataSetArn": "arn"}], "Sheets": [sheet]}
    return cast("DashboardVersionDefinitionOutputTypeDef", content)


def test_a_definition_has_each_id_once_and_lays_out_only_what_it_has() -> None:
    definition.check_ids(dashboard("a", "b"))
    with pytest.raises(AwsError, match="field IDs of-a are there twice"):
        definition.check_ids(dashboard("a", "a"))
    with pytest.raises(AwsError, match="lays out c, which is not on it"):
        definition.check_ids(dashboard("a", "b", element="c"))


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
    errors = definition.errors(dashboard("a", column=column), lambda _: columns)
    assert [error.get("Type") for error in errors] == kinds


def test_a_calculated_field_is_a_column_too() -> None:
    content = dashboard("a", column="rate")
    content["CalculatedFields"] = [{"DataSetIdentifier": "d", "Name": "rate", "Expression": "{n} / 2"}]
    assert definition.errors(content, lambda _: {"n": "INTEGER"}) == []


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
    permissions = access.permissions(Call(operation, CALLER, {"AwsAccountId": "123456789012", **members}))
    assert [(action, resource) for action, resource, _ in permissions] == [
        (f"quicksight:{action}", resource) for action, resource in expected
    ]


def test_a_data_sources_role_is_passed() -> None:
    parameters = {"AthenaParameters": {"RoleArn": "arn:role"}}
    members = {"AwsAccountId": "123456789012", "DataSourceId": "s", "DataSourceParameters": parameters}
    permissions = access.permissions(Call("UpdateDataSource", CALLER, members))
    assert ("iam:PassRole", "arn:role", {"iam:PassedToService": "quicksight.amazonaws.com"}) in permissions
