"""QuickSight: data sets and their refresh schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from local.provider import tagging
from local.provider.handler import ANY, Api, Field, Handler, Naming, Request
from local.provider.handlers.quicksight import TAGGING, account, permission_changes, read_permissions
from local.provider.values import Props

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
            items = cast("list[Props]", given[name])
            given[name] = {item[key]: {k: v for k, v in item.items() if k != key} for item in items}
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
    for i, table in enumerate(cast("list[Props]", tables) if isinstance(tables, list) else []):
        if len([kind for kind in _TABLE_KINDS if kind in table]) != 1:
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

_SCHEDULE: Final[Mapping[str, Field]] = {
    "awsAccountId": Field(replace=True, computed=True),
    "dataSetId": Field(replace=True),
    "scheduleId": Field(replace=True),
    "schedule": Field(
        nested={
            "startAfterDateTime": ANY,
            "scheduleFrequency.timeOfTheDay": ANY,
            "scheduleFrequency.timezone": ANY,
        }
    ),
}
_DAYS: Final = {"WEEKLY": "dayOfWeek", "MONTHLY": "dayOfMonth"}


def _schedule(api: Api, operation: str, inputs: Props) -> Request:
    schedule: Any = inputs["schedule"]
    if isinstance(schedule, dict):
        schedule = {**cast("Props", schedule), "scheduleId": inputs["scheduleId"]}
        if isinstance(schedule.get("startAfterDateTime"), str):
            # pulumi-aws takes it without a zone, in UTC.
            schedule["startAfterDateTime"] = f"{schedule['startAfterDateTime'].removesuffix('Z')}Z"
    given = {"dataSetId": inputs["dataSetId"], "schedule": schedule}
    return Request(operation, {**api.build(operation, _SCHEDULE, given), "AwsAccountId": account(api, inputs)})


def _schedule_names(schedule_id: str) -> dict[str, str]:
    owner, data_set, schedule = schedule_id.split(",")
    return {"AwsAccountId": owner, "DataSetId": data_set, "ScheduleId": schedule}


def _read_schedule(api: Api, schedule_id: str, _: Props) -> Props | None:
    names = _schedule_names(schedule_id)
    found = api.find("describe_refresh_schedule", **names)
    if found is None:
        return None
    fields = {"schedule": Field(to="RefreshSchedule")}
    schedule: Props = api.parse("describe_refresh_schedule", fields, found)["schedule"]
    kept = {name: value for name, value in schedule.items() if name not in {"arn", "scheduleId"}}
    if "startAfterDateTime" in kept:
        kept["startAfterDateTime"] = kept["startAfterDateTime"].removesuffix("Z")
    return {
        "awsAccountId": names["AwsAccountId"],
        "dataSetId": names["DataSetId"],
        "scheduleId": names["ScheduleId"],
        "schedule": kept,
        "arn": found["Arn"],
    }


def _update_schedule(api: Api, _id: Any, old: Props, new: Props, _changed: frozenset[str]) -> list[Request]:
    # A start that has not changed may be in the past by now, which QuickSight would refuse.
    before, after = old.get("schedule", {}), dict(new["schedule"])
    if after.get("startAfterDateTime") == before.get("startAfterDateTime"):
        after.pop("startAfterDateTime", None)
    return [_schedule(api, "update_refresh_schedule", {**new, "schedule": after})]


def _check_schedule(inputs: Props) -> list[tuple[str, str]]:
    schedule: Any = inputs.get("schedule")
    frequency = schedule.get("scheduleFrequency") if isinstance(schedule, dict) else None
    if not isinstance(frequency, dict) or not isinstance(frequency.get("interval"), str):
        return []
    interval, day = frequency["interval"], set(cast("Props", frequency.get("refreshOnDay") or {}))
    needed = {_DAYS[interval]} if interval in _DAYS else set[str]()
    if day == needed:
        return []
    expected = f"exactly {_DAYS[interval]}" if needed else "nothing"
    return [("schedule.scheduleFrequency.refreshOnDay", f"has to hold {expected} where interval is {interval}")]


REFRESH_SCHEDULE: Final = Handler(
    service="quicksight",
    fields=_SCHEDULE,
    outputs=("arn",),
    identity=("dataSetId", "scheduleId"),
    create=lambda api, inputs: _schedule(api, "create_refresh_schedule", inputs),
    identify=lambda api, inputs, response: f"{account(api, inputs)},{inputs['dataSetId']},{inputs['scheduleId']}",
    read=_read_schedule,
    update=_update_schedule,
    delete=lambda api, schedule_id, state: [Request("delete_refresh_schedule", _schedule_names(schedule_id))],
    check=_check_schedule,
)
