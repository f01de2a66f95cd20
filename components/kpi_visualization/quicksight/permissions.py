"""Permissions on QuickSight's assets: the sets of actions that its console calls owner and viewer.

Source: "Permissions" of CreateDataSource, CreateDataSet and CreateDashboard (Amazon QuickSight API Reference) and the
roles that its console shows for shared assets. No name, id or definition is made of principals, so a change of the list
grants and revokes, and refills no data set.
"""

from collections.abc import Sequence
from typing import TypedDict

from settings.kpis import QuickSightSettings

_DATA_SOURCE_OWNER = (
    "DeleteDataSource",
    "DescribeDataSource",
    "DescribeDataSourcePermissions",
    "PassDataSource",
    "UpdateDataSource",
    "UpdateDataSourcePermissions",
)
_DATA_SET_VIEWER = (
    "DescribeDataSet",
    "DescribeDataSetPermissions",
    "DescribeIngestion",
    "ListIngestions",
    "PassDataSet",
)
_DATA_SET_OWNER = (
    *_DATA_SET_VIEWER,
    "CancelIngestion",
    "CreateIngestion",
    "CreateRefreshSchedule",
    "DeleteDataSet",
    "DeleteDataSetRefreshProperties",
    "DeleteRefreshSchedule",
    "DescribeDataSetRefreshProperties",
    "DescribeRefreshSchedule",
    "ListRefreshSchedules",
    "PutDataSetRefreshProperties",
    "UpdateDataSet",
    "UpdateDataSetPermissions",
    "UpdateRefreshSchedule",
)
_DASHBOARD_VIEWER = ("DescribeDashboard", "ListDashboardVersions", "QueryDashboard")
_DASHBOARD_OWNER = (
    *_DASHBOARD_VIEWER,
    "DeleteDashboard",
    "DescribeDashboardPermissions",
    "UpdateDashboard",
    "UpdateDashboardPermissions",
    "UpdateDashboardPublishedVersion",
)


class Permission(TypedDict):
    """The actions of one principal on an asset."""

    principal: str
    actions: list[str]


def data_source_permissions(settings: QuickSightSettings) -> list[Permission]:
    """Return the owners' permissions alone: whoever may use the data source may write queries of their own."""
    return _permissions(settings.owners, _DATA_SOURCE_OWNER)


def data_set_permissions(settings: QuickSightSettings) -> list[Permission]:
    """Return the permissions of owners, and of viewers to read and analyse."""
    return _permissions(settings.owners, _DATA_SET_OWNER) + _permissions(settings.viewers, _DATA_SET_VIEWER)


def dashboard_permissions(settings: QuickSightSettings) -> list[Permission]:
    """Return the permissions of owners, and of viewers to look at it."""
    return _permissions(settings.owners, _DASHBOARD_OWNER) + _permissions(settings.viewers, _DASHBOARD_VIEWER)


def _permissions(principals: Sequence[str], actions: Sequence[str]) -> list[Permission]:
    full_names = sorted(f"quicksight:{action}" for action in actions)
    return [Permission(principal=principal, actions=full_names) for principal in principals]
