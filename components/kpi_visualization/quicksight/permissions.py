"""Who may do what with QuickSight's assets: the sets of actions that its console calls owner and viewer.

Source: "Permissions" of CreateDataSource, CreateDataSet and CreateDashboard (Amazon QuickSight API Reference) and the
roles that its console shows for shared assets.
"""

from collections.abc import Sequence
from typing import TypedDict

from settings.kpis import QuickSightSettings

_DATA_SOURCE_OWNER = ("DeleteDataSource", "DescribeDataSource", "DescribeDataSourcePermissions", "PassDataSource",
                      "UpdateDataSource", "UpdateDataSourcePermissions")  # fmt: skip
_DATA_SET_VIEWER = ("DescribeDataSet", "DescribeDataSetPermissions", "DescribeIngestion", "ListIngestions",
                    "PassDataSet")  # fmt: skip
_DATA_SET_OWNER = (
    *_DATA_SET_VIEWER,
    *("CancelIngestion", "CreateIngestion", "DeleteDataSet", "UpdateDataSet", "UpdateDataSetPermissions"),
    *("CreateRefreshSchedule", "DeleteRefreshSchedule", "DescribeRefreshSchedule", "ListRefreshSchedules"),
    *("UpdateRefreshSchedule", "DeleteDataSetRefreshProperties", "DescribeDataSetRefreshProperties"),
    "PutDataSetRefreshProperties",
)
_DASHBOARD_VIEWER = ("DescribeDashboard", "ListDashboardVersions", "QueryDashboard")
_DASHBOARD_OWNER = (
    *_DASHBOARD_VIEWER,
    *("DeleteDashboard", "DescribeDashboardPermissions", "UpdateDashboard", "UpdateDashboardPermissions"),
    "UpdateDashboardPublishedVersion",
)


class Permission(TypedDict):
    """What one principal may do with an asset."""

    principal: str
    actions: list[str]


def of_data_source(settings: QuickSightSettings) -> list[Permission]:
    """Owners only: with the data source one may write queries of one's own."""
    return _permissions(settings.owners, _DATA_SOURCE_OWNER)


def of_data_set(settings: QuickSightSettings) -> list[Permission]:
    """Owners, and viewers to read and analyse."""
    return _permissions(settings.owners, _DATA_SET_OWNER) + _permissions(settings.viewers, _DATA_SET_VIEWER)


def of_dashboard(settings: QuickSightSettings) -> list[Permission]:
    """Owners, and viewers to look at it."""
    return _permissions(settings.owners, _DASHBOARD_OWNER) + _permissions(settings.viewers, _DASHBOARD_VIEWER)


def _permissions(principals: Sequence[str], actions: Sequence[str]) -> list[Permission]:
    named = sorted(f"quicksight:{action}" for action in actions)
    return [Permission(principal=principal, actions=named) for principal in principals]
