"""Who may do what with an asset: the action sets that QuickSight knows, and principals of this account.

Sources: QuickSight developer guide, "Operations" (UpdateDataSourcePermissions, UpdateDataSetPermissions,
UpdateDashboardPermissions); QuickSight API reference, ResourcePermission.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcloud.layout import ACCOUNT
from localcloud.services.quicksight import errors

if TYPE_CHECKING:
    from mypy_boto3_quicksight.type_defs import ResourcePermissionOutputTypeDef

Permissions = Mapping[str, frozenset[str]]
"""Actions by principal."""

# IDs of users hold letters, digits and what single sign-on puts into them (QuickSight API reference, User).
_PRINCIPAL = re.compile(
    rf"arn:aws:quicksight:(?P<region>[a-z]{{2}}(-[a-z]+)+-\d):{ACCOUNT}:(?P<kind>user|group|namespace)/"
    r"(?P<name>[\w.+=,@-]+(/[\w.+=,@-]+)*)"
)


@dataclass(frozen=True)
class Sharing:
    """The sets of actions that can be granted on a kind of asset, and the kinds of principals that take them.

    Owners may be granted `further` actions too, where the service authorization reference has them for the resource.
    """

    viewer: frozenset[str]
    owner: frozenset[str]
    further: frozenset[str] = frozenset()
    principals: frozenset[str] = frozenset({"user", "group"})


def _actions(names: str) -> frozenset[str]:
    return frozenset(f"quicksight:{name}" for name in names.split())


_SOURCE_VIEWER = _actions("DescribeDataSource DescribeDataSourcePermissions PassDataSource")
_SET_VIEWER = _actions("DescribeDataSet DescribeDataSetPermissions PassDataSet DescribeIngestion ListIngestions")
_DASHBOARD_VIEWER = _actions("DescribeDashboard ListDashboardVersions QueryDashboard")

DATA_SOURCE = Sharing(
    viewer=_SOURCE_VIEWER,
    owner=_SOURCE_VIEWER | _actions("UpdateDataSource DeleteDataSource UpdateDataSourcePermissions"),
)
DATA_SET = Sharing(
    viewer=_SET_VIEWER,
    owner=_SET_VIEWER
    | _actions("UpdateDataSet DeleteDataSet CreateIngestion CancelIngestion UpdateDataSetPermissions"),
    further=_actions(
        "CreateRefreshSchedule DescribeRefreshSchedule ListRefreshSchedules UpdateRefreshSchedule "
        "DeleteRefreshSchedule PutDataSetRefreshProperties DescribeDataSetRefreshProperties "
        "DeleteDataSetRefreshProperties"
    ),
)
# QuickSight API reference, ResourcePermission: a namespace may be granted a dashboard.
DASHBOARD = Sharing(
    viewer=_DASHBOARD_VIEWER,
    owner=_DASHBOARD_VIEWER
    | _actions(
        "UpdateDashboard DeleteDashboard DescribeDashboardPermissions UpdateDashboardPermissions "
        "UpdateDashboardPublishedVersion"
    ),
    further=_actions("UpdateDashboardLinks"),
    principals=frozenset({"user", "group", "namespace"}),
)


def granted(
    sharing: Sharing, permissions: Permissions, grants: Iterable[ResourcePermissionOutputTypeDef]
) -> Permissions:
    """Return permissions with grants added.

    Raises:
        AwsError: InvalidParameterValueException for another principal or set of actions.
    """
    actions_by_principal = dict(permissions)
    for grant in grants:
        principal, actions = grant["Principal"], frozenset(grant["Actions"])
        _check_principal(principal, sharing.principals)
        _check_actions(sharing, actions)
        actions_by_principal[principal] = actions_by_principal.get(principal, frozenset()) | actions
    return actions_by_principal


def revoked(permissions: Permissions, revocations: Iterable[ResourcePermissionOutputTypeDef]) -> Permissions:
    """Return permissions without those that are revoked.

    Raises:
        AwsError: InvalidParameterValueException for a principal that has no permission.
    """
    actions_by_principal = dict(permissions)
    for revocation in revocations:
        principal = revocation["Principal"]
        if principal not in actions_by_principal:
            raise errors.invalid(f"Principal {principal} has no permissions on this resource.")
        actions_by_principal[principal] -= frozenset(revocation["Actions"])
    return {principal: actions for principal, actions in actions_by_principal.items() if actions}


def describe(permissions: Permissions) -> list[ResourcePermissionOutputTypeDef]:
    """Return permissions as Describe...Permissions answers them."""
    return [{"Principal": principal, "Actions": sorted(actions)} for principal, actions in permissions.items()]


def _check_principal(arn: str, allowed: frozenset[str]) -> None:
    match = _PRINCIPAL.fullmatch(arn)
    # A user's or group's name comes after its namespace.
    if match and match["kind"] in allowed and (match["kind"] == "namespace") == ("/" not in match["name"]):
        return
    kinds = ", ".join(sorted(allowed))
    raise errors.invalid(f"Principal ARN {arn} is not valid: expected a QuickSight {kinds} of account {ACCOUNT}.")


def _check_actions(sharing: Sharing, actions: frozenset[str]) -> None:
    """Take a viewer's set or an owner's; QuickSight refuses parts of them ("... is not a supported action set")."""
    if sharing.viewer <= actions <= sharing.viewer or sharing.owner <= actions <= sharing.owner | sharing.further:
        return
    nearest = sharing.viewer if len(actions) <= len(sharing.viewer) else sharing.owner
    missing, unknown = sorted(nearest - actions), sorted(actions - sharing.owner - sharing.further)
    raise errors.invalid(
        "The actions are neither a viewer's nor an owner's set: "
        f"missing {missing or 'nothing'}, unknown {unknown or 'nothing'}."
    )
