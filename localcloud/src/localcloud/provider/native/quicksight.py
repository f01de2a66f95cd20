"""QuickSight: dashboards, defined as code."""

from __future__ import annotations

from typing import Any, Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Naming, Request
from localcloud.provider.handlers.quicksight import TAGGING, await_status, permission_changes, read_permissions
from localcloud.provider.native.resource import as_tag_list, from_schema
from localcloud.provider.values import Props

_FIELDS: Final = {"permissions": Field(kind="sets"), "tags": Field(kind="set")}
_APART: Final = frozenset({"permissions", "tags", "linkEntities", "linkSharingConfiguration", "folderArns"})
"""What UpdateDashboard does not say."""
# Every property is a member of the same name; nested ones are matched without regard to case.
_MEMBERS: Final = (
    "awsAccountId dashboardId dashboardPublishOptions definition folderArns linkEntities linkSharingConfiguration name "
    "parameters permissions sourceEntity tags themeArn validationStrategy versionDescription"
)
_BUILT: Final = {name: Field() for name in _MEMBERS.split()}
_SEPARATOR: Final = "|"


def _names(dashboard_id: str) -> dict[str, str]:
    """Split an id of two primary identifiers, as Cloud Control writes it."""
    owner, _, name = dashboard_id.partition(_SEPARATOR)
    return {"AwsAccountId": owner, "DashboardId": name}


def _read(api: Api, dashboard_id: str, _: Props) -> Props | None:
    names = _names(dashboard_id)
    found = api.find("describe_dashboard", **names)
    if found is None:
        return None
    shown = ("arn", "createdTime", "lastPublishedTime", "lastUpdatedTime", "name", "version", "linkEntities")
    fields = {name: Field() for name in shown}
    return {
        **api.parse("describe_dashboard", fields, found["Dashboard"], "Dashboard"),
        "awsAccountId": names["AwsAccountId"],
        "dashboardId": names["DashboardId"],
        "permissions": read_permissions(api, "describe_dashboard_permissions", names),
        "tags": as_tag_list(tagging.read(TAGGING, api, found["Dashboard"]["Arn"])),
    }


def _publish(api: Api, dashboard_id: str, _: Props) -> None:
    """Wait for the newest version and show it, as CloudFormation does after each change."""
    names = _names(dashboard_id)
    newest = await_status(api, "describe_dashboard", {**names, "AliasName": "$LATEST"}, ("Dashboard", "Version"))
    published: dict[str, Any] = api.call("describe_dashboard", **names)["Dashboard"]["Version"]
    if published["VersionNumber"] != newest["VersionNumber"]:
        api.call("update_dashboard_published_version", **names, VersionNumber=newest["VersionNumber"])


def _update(api: Api, _id: Any, old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    names = {"AwsAccountId": new["awsAccountId"], "DashboardId": new["dashboardId"]}
    requests: list[Request] = []
    if changed - _APART:
        given = {name: value for name, value in new.items() if name not in _APART}
        requests.append(Request("update_dashboard", api.build("update_dashboard", _BUILT, given)))
    if "linkEntities" in changed:
        links = {**names, "LinkEntities": new.get("linkEntities", [])}
        requests.append(Request("update_dashboard_links", links))
    if "permissions" in changed:
        changes = permission_changes(old.get("permissions"), new.get("permissions"))
        requests.append(Request("update_dashboard_permissions", {**names, **changes}))
    return requests


_BY_VERSION: Final = ("definition", "name", "versionDescription", "dashboardPublishOptions", "themeArn", "parameters")

DASHBOARD: Final = from_schema(
    "AWS::QuickSight::Dashboard",
    Handler(
        service="quicksight",
        fields=_FIELDS,
        identity=("awsAccountId", "dashboardId"),
        naming=Naming(longest=2048),
        tagging=TAGGING,
        create=lambda api, inputs: Request("create_dashboard", api.build("create_dashboard", _BUILT, inputs)),
        identify=lambda api, inputs, response: f"{inputs['awsAccountId']}{_SEPARATOR}{inputs['dashboardId']}",
        after=_publish,
        read=_read,
        update=_update,
        delete=lambda api, dashboard_id, state: [Request("delete_dashboard", _names(dashboard_id))],
        derived=dict.fromkeys(("version", "lastPublishedTime", "lastUpdatedTime"), _BY_VERSION),
    ),
)
