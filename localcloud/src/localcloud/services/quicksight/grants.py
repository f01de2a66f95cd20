"""Who may do what with an asset: the action sets that QuickSight knows, and principals of this account.

Sources: QuickSight developer guide, "Operations" (UpdateDataSourcePermissions, UpdateDataSetPermissions,
UpdateDashboardPermissions); QuickSight API reference, ResourcePermission.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.layout import ACCOUNT

Permissions = dict[str, set[str]]
"""Actions by principal."""


def _actions(names: str) -> frozenset[str]:
    return frozenset(f"quicksight:{name}" for name in names.split())


_SOURCE_VIEWER = _actions("DescribeDataSource DescribeDataSourcePermissions PassDataSource")
_SET_VIEWER = _actions("DescribeDataSet DescribeDataSetPermissions PassDataSet DescribeIngestion ListIngestions")
_BOARD_VIEWER = _actions("DescribeDashboard ListDashboardVersions QueryDashboard")
VIEWER: Mapping[str, frozenset[str]] = {
    "DataSource": _SOURCE_VIEWER,
    "DataSet": _SET_VIEWER,
    "Dashboard": _BOARD_VIEWER,
}
OWNER: Mapping[str, frozenset[str]] = {
    "DataSource": _SOURCE_VIEWER | _actions("UpdateDataSource DeleteDataSource UpdateDataSourcePermissions"),
    "DataSet": _SET_VIEWER
    | _actions("UpdateDataSet DeleteDataSet CreateIngestion CancelIngestion UpdateDataSetPermissions"),
    "Dashboard": _BOARD_VIEWER
    | _actions(
        "UpdateDashboard DeleteDashboard DescribeDashboardPermissions UpdateDashboardPermissions "
        "UpdateDashboardPublishedVersion"
    ),
}
# Owners may be given these too, where the service authorization reference has the action for the resource.
_FURTHER: Mapping[str, frozenset[str]] = {
    "DataSource": frozenset(),
    "DataSet": _actions(
        "CreateRefreshSchedule DescribeRefreshSchedule ListRefreshSchedules UpdateRefreshSchedule "
        "DeleteRefreshSchedule PutDataSetRefreshProperties DescribeDataSetRefreshProperties "
        "DeleteDataSetRefreshProperties"
    ),
    "Dashboard": _actions("UpdateDashboardLinks"),
}
# IDs of users hold letters, digits and what single sign-on puts into them (QuickSight API reference, User).
_PRINCIPAL = re.compile(
    rf"arn:aws:quicksight:(?P<region>[a-z]{{2}}(-[a-z]+)+-\d):{ACCOUNT}:(?P<kind>user|group|namespace)/"
    r"(?P<name>[\w.+=,@-]+(/[\w.+=,@-]+)*)"
)


def grant(
    noun: str, principals: frozenset[str], permissions: Permissions, granted: Iterable[Mapping[str, Any]]
) -> None:
    """Adds grants; the whole of them is checked first.

    Raises:
        AwsError: InvalidParameterValueException for another principal or action set.
    """
    granted = list(granted)
    for item in granted:
        _check_principal(item["Principal"], principals)
        _check_actions(noun, set(item["Actions"]))
    for item in granted:
        permissions.setdefault(item["Principal"], set()).update(item["Actions"])


def revoke(permissions: Permissions, revoked: Iterable[Mapping[str, Any]]) -> None:
    """Takes actions from principals.

    Raises:
        AwsError: InvalidParameterValueException for a principal that has no permission.
    """
    for item in revoked:
        if item["Principal"] not in permissions:
            raise _invalid(f"Principal {item['Principal']} has no permissions on this resource.")
        permissions[item["Principal"]] -= set(item["Actions"])
        if not permissions[item["Principal"]]:
            del permissions[item["Principal"]]


def listed(permissions: Permissions) -> list[dict[str, Any]]:
    """The grants as Describe...Permissions lists them."""
    return [{"Principal": principal, "Actions": sorted(actions)} for principal, actions in permissions.items()]


def _check_principal(arn: str, allowed: frozenset[str]) -> None:
    found = _PRINCIPAL.fullmatch(arn)
    # A user's or group's name comes after its namespace.
    if found and found["kind"] in allowed and (found["kind"] == "namespace") == ("/" not in found["name"]):
        return
    kinds = ", ".join(sorted(allowed))
    raise _invalid(f"Principal ARN {arn} is not valid: expected a QuickSight {kinds} of account {ACCOUNT}.")


def _check_actions(noun: str, actions: set[str]) -> None:
    """Takes a viewer's set or an owner's; QuickSight refuses parts of them ("... is not a supported action set")."""
    if VIEWER[noun] <= actions <= VIEWER[noun] or OWNER[noun] <= actions <= OWNER[noun] | _FURTHER[noun]:
        return
    missing = sorted((VIEWER[noun] if len(actions) <= len(VIEWER[noun]) else OWNER[noun]) - actions)
    unknown = sorted(actions - OWNER[noun] - _FURTHER[noun])
    text = f"The actions are neither a viewer's nor an owner's set of a {noun}"
    raise _invalid(f"{text}: missing {missing or 'nothing'}, unknown {unknown or 'nothing'}.")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
