"""QuickSight's data sources, data sets and dashboards."""

from __future__ import annotations

from typing import Any

from .case import ACCOUNT, Case, trust

_ID = {"AwsAccountId": ACCOUNT}
_VIEWER = f"arn:aws:quicksight:us-east-1:{ACCOUNT}:user/default/ada"
_OWNER = f"arn:aws:quicksight:us-east-1:{ACCOUNT}:group/default/owners"


def _actions(text: str) -> list[str]:
    return [f"quicksight:{name}" for name in text.split()]


def _permissions(viewer: str, owner: str) -> dict[str, list[dict[str, Any]]]:
    """Permissions of nobody else, of a viewer and an owner, and of the owner alone."""
    owners = {"principal": _OWNER, "actions": _actions(f"{viewer} {owner}")}
    viewers = {"principal": _VIEWER, "actions": _actions(viewer)}
    return {"both": [viewers, owners], "owner": [owners]}


_SOURCE = _permissions(
    "DescribeDataSource DescribeDataSourcePermissions PassDataSource",
    "UpdateDataSource DeleteDataSource UpdateDataSourcePermissions",
)
_SET = _permissions(
    "DescribeDataSet DescribeDataSetPermissions PassDataSet DescribeIngestion ListIngestions",
    "UpdateDataSet DeleteDataSet CreateIngestion CancelIngestion UpdateDataSetPermissions",
)
_BOARD = _permissions(
    "DescribeDashboard ListDashboardVersions QueryDashboard",
    "UpdateDashboard DeleteDashboard DescribeDashboardPermissions UpdateDashboardPermissions "
    "UpdateDashboardPublishedVersion",
)
_ATHENA = {"athena": {"workGroup": "${workgroup-2.name}", "roleArn": "${dashboard-role.arn}"}}


def _table(*columns: str) -> list[dict[str, Any]]:
    names = [{"name": name, "type": kind} for name, _, kind in (column.partition(":") for column in columns)]
    sql = {"name": "kpi", "dataSourceArn": "${data-source-2.arn}", "sqlQuery": "SELECT 1 AS rmse", "columns": names}
    return [{"physicalTableMapId": "kpi", "customSql": sql}]


def _board(title: str) -> dict[str, Any]:
    column = {"dataSetIdentifier": "metrics", "columnName": "rmse"}
    field = {"numericalMeasureField": {"fieldId": "rmse", "column": column}}
    visual = {
        "visualId": "rmse",
        "title": {"visibility": "VISIBLE", "formatText": {"plainText": title}},
        "chartConfiguration": {"fieldWells": {"values": [field]}},
    }
    return {
        "dataSetIdentifierDeclarations": [{"identifier": "metrics", "dataSetArn": "${data-set-2.arn}"}],
        "sheets": [{"sheetId": "kpis", "name": "KPIs", "visuals": [{"kpiVisual": visual}]}],
    }


CASES = [
    Case(
        "data-source",
        "aws:quicksight/dataSource:DataSource",
        {
            "dataSourceId": "provider-test",
            "type": "ATHENA",
            "parameters": _ATHENA,
            "sslProperties": {"disableSsl": False},
            "permissions": _SOURCE["both"],
            "tags": {"a": "1"},
        },
        {
            "parameters": {"athena": {"workGroup": "primary", "roleArn": "${dashboard-role.arn}"}},
            "permissions": _SOURCE["owner"],
            "tags": {"a": "2"},
        },
        {"dataSourceId": "provider-test-other"},
        lambda c, out: c("quicksight").update_data_source_permissions(
            **_ID,
            DataSourceId=out["dataSourceId"],
            RevokePermissions=[{"Principal": _VIEWER, "Actions": _SOURCE["both"][0]["actions"]}],
        ),
        lambda c, out: c("quicksight").delete_data_source(**_ID, DataSourceId=out["dataSourceId"]),
        id="{awsAccountId}/{dataSourceId}",
        outputs=("arn",),
    ),
    Case(
        "data-set",
        "aws:quicksight/dataSet:DataSet",
        {
            "dataSetId": "provider-test",
            "importMode": "SPICE",
            "physicalTableMaps": _table("rmse:DECIMAL", "day:DATETIME"),
            "logicalTableMaps": [
                {
                    "logicalTableMapId": "kpi",
                    "alias": "kpi",
                    "source": {"physicalTableId": "kpi"},
                    "dataTransforms": [{"renameColumnOperation": {"columnName": "day", "newColumnName": "date"}}],
                }
            ],
            "permissions": _SET["owner"],
            "refreshProperties": {
                "refreshConfiguration": {
                    "incrementalRefresh": {"lookbackWindow": {"columnName": "date", "size": 1, "sizeUnit": "DAY"}}
                }
            },
            "tags": {"a": "1"},
        },
        {
            "physicalTableMaps": _table("rmse:DECIMAL", "day:DATETIME", "r2:DECIMAL"),
            "permissions": _SET["both"],
            "refreshProperties": {},
            "fieldFolders": [{"fieldFoldersId": "metrics", "columns": ["rmse"]}],
            "tags": {"a": "2"},
        },
        {"dataSetId": "provider-test-other"},
        lambda c, out: c("quicksight").delete_data_set_refresh_properties(**_ID, DataSetId=out["dataSetId"]),
        lambda c, out: c("quicksight").delete_data_set(**_ID, DataSetId=out["dataSetId"]),
        id="{awsAccountId},{dataSetId}",
        outputs=("arn", "outputColumns"),
    ),
    Case(
        "refresh-schedule",
        "aws:quicksight/refreshSchedule:RefreshSchedule",
        {
            "dataSetId": "${data-set-2.dataSetId}",
            "scheduleId": "daily",
            "schedule": {
                "refreshType": "FULL_REFRESH",
                "scheduleFrequency": {"interval": "DAILY", "timeOfTheDay": "09:00", "timezone": "Europe/London"},
            },
        },
        {
            "schedule": {
                "refreshType": "FULL_REFRESH",
                "scheduleFrequency": {"interval": "WEEKLY", "refreshOnDay": {"dayOfWeek": "MONDAY"}},
                "startAfterDateTime": "2099-01-01T00:00:00",
            }
        },
        {"scheduleId": "another"},
        lambda c, out: c("quicksight").update_refresh_schedule(
            **_ID,
            DataSetId=out["dataSetId"],
            Schedule={
                "ScheduleId": out["scheduleId"],
                "RefreshType": "FULL_REFRESH",
                "ScheduleFrequency": {"Interval": "HOURLY"},
            },
        ),
        lambda c, out: c("quicksight").delete_refresh_schedule(
            **_ID, DataSetId=out["dataSetId"], ScheduleId=out["scheduleId"]
        ),
        id="{awsAccountId},{dataSetId},{scheduleId}",
        outputs=("arn",),
    ),
    Case(
        "dashboard",
        "aws-native:quicksight:Dashboard",
        {
            "awsAccountId": ACCOUNT,
            "dashboardId": "provider-test",
            "definition": _board("one"),
            "permissions": _BOARD["both"],
            "versionDescription": "one",
            "tags": [{"key": "a", "value": "1"}],
        },
        {
            "definition": _board("two"),
            "versionDescription": "two",
            "permissions": _BOARD["owner"],
            "tags": [{"key": "a", "value": "2"}],
        },
        {"dashboardId": "provider-test-other"},
        lambda c, out: c("quicksight").update_dashboard_permissions(
            **_ID,
            DashboardId=out["dashboardId"],
            RevokePermissions=[{"Principal": _VIEWER, "Actions": _BOARD["both"][0]["actions"]}],
        ),
        lambda c, out: c("quicksight").delete_dashboard(**_ID, DashboardId=out["dashboardId"]),
        id="{awsAccountId}|{dashboardId}",
        outputs=("arn", "version"),
    ),
]

SUPPORT = [
    Case(
        "data-source-2",
        "aws:quicksight/dataSource:DataSource",
        {"dataSourceId": "provider-test-2", "type": "ATHENA", "parameters": _ATHENA},
    ),
    Case(
        "data-set-2",
        "aws:quicksight/dataSet:DataSet",
        {"dataSetId": "provider-test-2", "importMode": "SPICE", "physicalTableMaps": _table("rmse:DECIMAL")},
    ),
    Case(
        "dashboard-role", "aws:iam/role:Role", {"assumeRolePolicy": trust("quicksight.amazonaws.com")}, outputs=("arn",)
    ),
]
