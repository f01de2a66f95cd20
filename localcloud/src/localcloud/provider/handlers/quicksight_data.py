"""QuickSight: data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Naming, Request
from localcloud.provider.handlers.quicksight import TAGGING, account, permission_changes, read_permissions
from localcloud.provider.values import UNKNOWN, Props

# Lists here, maps by an ID in the API: the property, its member and the ID's property.
_MAPS: Final[Mapping[str, tuple[str, str]]] = {
    "physicalTableMaps": ("PhysicalTableMap", "physicalTableMapId"),
    "logicalTableMaps": ("LogicalTableMap", "logicalTableMapId"),
    "fieldFolders": ("FieldFolders", "fieldFoldersId"),
}
_DATA_SET: Final[Mapping[str, Field]] = {
    "dataSetId": Field(replace=True),
    "awsAccountId": Field(replace=True, computed=True),
    "name": Field(computed=True),
    "importMode": Field(),
    "physicalTableMaps": Field(to="PhysicalTableMap", kind="set"),
    "logicalTableMaps": Field(to="LogicalTableMap", kind="set", computed=True),
    "fieldFolders": Field(kind="set"),
    "columnGroups": Field(),
    "columnLevelPermissionRules": Field(),
    "dataSetUsageConfiguration": Field(computed=True),
    "permissions": Field(kind="sets"),
    "refreshProperties": Field(),
    "rowLevelPermissionDataSet": Field(),
    "rowLevelPermissionTagConfiguration": Field(),
    "useAs": Field(replace=True),
    "tags": Field(),
}
_APART: Final = frozenset({"permissions", "refreshProperties", "tags"})
"""What an update of the data set itself does not say."""
_TABLE_KINDS: Final = ("customSql", "relationalTable", "s3Source")


def _data_set(api: Api, operation: str, inputs: Props) -> Request:
    given = dict(inputs)
    for name, (_, key) in _MAPS.items():
        if isinstance(given.get(name), list):
            items = cast("list[Any]", given[name])
            known = [item for item in items if isinstance(item, dict) and isinstance(item[key], str)]
            given[name] = {item[key]: {k: v for k, v in item.items() if k != key} for item in known}
            if len(known) < len(items):
                # Before an apply some of it is unknown, so that nothing can be said of the whole.
                given[name] = UNKNOWN
    if operation == "update_data_set":
        given = {name: value for name, value in given.items() if name not in _APART}
    params = api.build(operation, _DATA_SET, given)
    return Request(operation, {**params, "AwsAccountId": account(api, inputs)})


def _set_names(set_id: str) -> dict[str, str]:
    owner, _, name = set_id.partition(",")
    return {"AwsAccountId": owner, "DataSetId": name}


def _read_set(api: Api, set_id: str, _: Props) -> Props | None:
    names = _set_names(set_id)
    found = api.find("describe_data_set", **names)
    if found is None:
        return None
    record: dict[str, Any] = found["DataSet"]
    state = api.parse("describe_data_set", {**_DATA_SET, "outputColumns": Field()}, record, "DataSet")
    for name, (_member, key) in _MAPS.items():
        if name in state:
            state[name] = [{key: item_id, **item} for item_id, item in state[name].items()]
    return {
        **state,
        "awsAccountId": names["AwsAccountId"],
        "permissions": read_permissions(api, "describe_data_set_permissions", names),
        "refreshProperties": _read_refresh(api, names) if record["ImportMode"] == "SPICE" else None,
        "tags": tagging.read(TAGGING, api, record["Arn"]),
        "arn": record["Arn"],
    }


_REFRESH: Final = {"refreshProperties": Field(to="DataSetRefreshProperties")}


def _read_refresh(api: Api, names: Mapping[str, str]) -> Any:
    operation = "describe_data_set_refresh_properties"
    found = api.find(operation, **names)
    return api.parse(operation, _REFRESH, found).get("refreshProperties") if found else None


def _update_set(api: Api, _id: Any, old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    names = {"AwsAccountId": account(api, new), "DataSetId": new["dataSetId"]}
    requests = [_data_set(api, "update_data_set", new)] if changed - _APART else []
    if "permissions" in changed:
        changes = permission_changes(old.get("permissions"), new.get("permissions"))
        requests.append(Request("update_data_set_permissions", {**names, **changes}))
    if "refreshProperties" in changed:
        operation = "put_data_set_refresh_properties"
        put = api.build(operation, _REFRESH, new)
        delete = Request("delete_data_set_refresh_properties", names)
        requests.append(Request(operation, {**names, **put}) if put else delete)
    return requests


def _check_set(inputs: Props) -> list[tuple[str, str]]:
    if inputs.get("importMode") == "DIRECT_QUERY" and "refreshProperties" in inputs:
        return [("refreshProperties", "cannot be given where importMode is DIRECT_QUERY")]
    tables = inputs.get("physicalTableMaps")
    for i, table in enumerate(cast("list[Any]", tables) if isinstance(tables, list) else []):
        if isinstance(table, dict) and len([kind for kind in _TABLE_KINDS if kind in table]) != 1:
            return [(f"physicalTableMaps[{i}]", f"exactly one of {', '.join(_TABLE_KINDS)} has to be given")]
    return []


DATA_SET: Final = Handler(
    service="quicksight",
    fields=_DATA_SET,
    outputs=("arn", "outputColumns"),
    identity=("dataSetId",),
    naming=Naming(longest=128),
    tagging=TAGGING,
    create=lambda api, inputs: _data_set(api, "create_data_set", inputs),
    identify=lambda api, inputs, response: f"{account(api, inputs)},{inputs['dataSetId']}",
    read=_read_set,
    update=_update_set,
    delete=lambda api, set_id, state: [Request("delete_data_set", _set_names(set_id))],
    derived={"outputColumns": ("physicalTableMaps", "logicalTableMaps")},
    check=_check_set,
)
