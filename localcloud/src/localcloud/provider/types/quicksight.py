"""QuickSight: data sources, data sets, refresh schedules, and what all its assets have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.errors import ProviderError
from localcloud.provider.fields import ANY, Field
from localcloud.provider.resource_type import Change, Naming, Read, Reading, ResourceType, Tagging, Update
from localcloud.provider.values import UNKNOWN, Props

TAGGING: Final = Tagging(resource="ResourceArn")
_IN_PROGRESS: Final = "_IN_PROGRESS"


def permission_changes(old: Any, new: Any) -> dict[str, Any]:
    """Return the grants and revocations between two lists of permissions, as every Update...Permissions takes them.

    A principal that is to have more is granted all of its actions: QuickSight takes whole sets.
    """
    before, after = _by_principal(old), _by_principal(new)
    granted = [(who, actions) for who, actions in after.items() if actions - before.get(who, frozenset())]
    revoked = [(who, actions - after.get(who, frozenset())) for who, actions in before.items()]
    return {
        name: [{"Principal": who, "Actions": sorted(actions, key=str)} for who, actions in changes if actions]
        for name, changes in (("GrantPermissions", granted), ("RevokePermissions", revoked))
        if any(actions for _, actions in changes)
    }


def _by_principal(permissions: Any) -> dict[Any, frozenset[Any]]:
    """Return actions by principal; what is unknown before an apply is left out or counts as an action of its own."""
    merged: dict[Any, frozenset[Any]] = {}
    for item in cast("list[Any]", permissions) if isinstance(permissions, list) else []:
        if isinstance(item, dict):
            permission = cast("Props", item)
            actions: Any = permission["actions"]
            listed = cast("list[Any]", actions) if isinstance(actions, list) else [actions]
            merged[permission["principal"]] = merged.get(permission["principal"], frozenset()) | frozenset(listed)
    return merged


def permissions_update(operation: str) -> Update:
    """Return the update of an asset's permissions."""

    def requests(_: Cloud, change: Change) -> list[Request]:
        changes = permission_changes(change.old.get("permissions"), change.new.get("permissions"))
        return [Request(operation, {**change.key, **changes})]

    return Update(fields=("permissions",), requests=requests)


def with_permissions(operation: str, key: Callable[[str], Mapping[str, Any]]) -> Callable[[Cloud, Reading], Props]:
    """Complete an asset by its permissions; `key` gives the parameters that name it."""

    def complete(cloud: Cloud, reading: Reading) -> Props:
        response = cloud.call(operation, **key(reading.resource_id))
        return {**reading.props, "permissions": cloud.value(operation, "Permissions", response.get("Permissions", []))}

    return complete


def await_status(cloud: Cloud, operation: str, key: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Wait until QuickSight has done with an asset, and return its record under `path`.

    Raises:
        ProviderError: It failed; with QuickSight's reason.
    """
    record: dict[str, Any] = {}

    def settled() -> bool:
        record.clear()
        response: Any = cloud.call(operation, **key)
        for step in path:
            response = response[step]
        record.update(response)
        return not str(record["Status"]).endswith(_IN_PROGRESS)

    cloud.wait(settled, f"{path[0]} {key}")
    if str(record["Status"]).endswith("_FAILED"):
        errors = record.get("Errors") or [record.get("ErrorInfo", {})]
        reasons = "; ".join(f"{error.get('Type')}: {error.get('Message')}" for error in errors)
        raise ProviderError(f"{record['Status']}: {reasons}")
    return record


# The API has one member for each kind of source: `athena` is AthenaParameters.
_KINDS: Final = (
    "amazonElasticsearch athena aurora auroraPostgresql awsIotAnalytics databricks jira mariaDb mysql oracle "
    "postgresql presto rds redshift s3 serviceNow snowflake spark sqlServer teradata twitter"
)


def _source_key(source_id: str) -> dict[str, str]:
    owner, _, name = source_id.partition("/")
    return {"AwsAccountId": owner, "DataSourceId": name}


def _await_source(cloud: Cloud, source_id: str, _: Props) -> None:
    await_status(cloud, "describe_data_source", _source_key(source_id), ("DataSource",))


DATA_SOURCE: Final = ResourceType(
    "aws:quicksight/dataSource:DataSource",
    service="quicksight",
    fields={
        "dataSourceId": Field(replace=True),
        "awsAccountId": Field(replace=True, computed=True),
        "name": Field(computed=True),
        "type": Field(replace=True),
        "parameters": Field(
            to="DataSourceParameters",
            renames={kind: f"{kind[0].upper()}{kind[1:]}Parameters" for kind in _KINDS.split()},
        ),
        "credentials": Field(write_only=True),
        "permissions": Field(kind="sets"),
        "sslProperties": Field(),
        "vpcConnectionProperties": Field(),
        "tags": Field(),
    },
    outputs={"arn": "Arn"},
    identity=("dataSourceId",),
    naming=Naming(longest=128),
    tagging=TAGGING,
    id="{awsAccountId}/{dataSourceId}",
    key={"AwsAccountId": "{awsAccountId}", "DataSourceId": "{dataSourceId}"},
    create="create_data_source",
    after=_await_source,
    read=Read("describe_data_source", "DataSource"),
    from_api=with_permissions("describe_data_source_permissions", _source_key),
    update=(Update("update_data_source", whole=True), permissions_update("update_data_source_permissions")),
    delete="delete_data_source",
)

# Lists here, maps by an id in the API: the property and the id's property.
_MAPS: Final[Mapping[str, str]] = {
    "physicalTableMaps": "physicalTableMapId",
    "logicalTableMaps": "logicalTableMapId",
    "fieldFolders": "fieldFoldersId",
}
_TABLE_KINDS: Final = ("customSql", "relationalTable", "s3Source")
_REFRESH: Final = {"refreshProperties": Field(to="DataSetRefreshProperties")}


def _mapped(inputs: Props) -> Props:
    return {name: _by_id(value, _MAPS[name]) if name in _MAPS else value for name, value in inputs.items()}


def _by_id(items: Any, key: str) -> Any:
    if not isinstance(items, list):
        return items
    known = [item for item in cast("list[Any]", items) if isinstance(item, dict) and isinstance(item[key], str)]
    if len(known) < len(cast("list[Any]", items)):
        # Before an apply some of it is unknown, so that nothing can be said of the whole.
        return UNKNOWN
    return {item[key]: {name: value for name, value in item.items() if name != key} for item in known}


def _data_set_key(data_set_id: str) -> dict[str, str]:
    owner, _, name = data_set_id.partition(",")
    return {"AwsAccountId": owner, "DataSetId": name}


def _complete_data_set(cloud: Cloud, reading: Reading) -> Props:
    key = _data_set_key(reading.resource_id)
    operation = "describe_data_set_refresh_properties"
    refresh = cloud.find(operation, **key) if reading.record["ImportMode"] == "SPICE" else None
    listed = {
        name: [{key: item_id, **item} for item_id, item in reading.props[name].items()]
        for name, key in _MAPS.items()
        if name in reading.props
    }
    return {
        **with_permissions("describe_data_set_permissions", _data_set_key)(cloud, reading),
        **listed,
        "refreshProperties": cloud.parse(operation, _REFRESH, refresh).get("refreshProperties") if refresh else None,
    }


def _update_refresh(cloud: Cloud, change: Change) -> list[Request]:
    operation = "put_data_set_refresh_properties"
    properties = cloud.build(operation, _REFRESH, change.new)
    if not properties:
        return [Request("delete_data_set_refresh_properties", change.key)]
    return [Request(operation, {**change.key, **properties})]


def _check_data_set(inputs: Props) -> list[tuple[str, str]]:
    if inputs.get("importMode") == "DIRECT_QUERY" and "refreshProperties" in inputs:
        return [("refreshProperties", "cannot be given where importMode is DIRECT_QUERY")]
    tables = inputs.get("physicalTableMaps")
    for i, table in enumerate(cast("list[Any]", tables) if isinstance(tables, list) else []):
        if isinstance(table, dict) and len([kind for kind in _TABLE_KINDS if kind in table]) != 1:
            return [(f"physicalTableMaps[{i}]", f"exactly one of {', '.join(_TABLE_KINDS)} has to be given")]
    return []


DATA_SET: Final = ResourceType(
    "aws:quicksight/dataSet:DataSet",
    service="quicksight",
    fields={
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
    },
    outputs={"arn": "Arn", "outputColumns": "OutputColumns"},
    identity=("dataSetId",),
    naming=Naming(longest=128),
    tagging=TAGGING,
    id="{awsAccountId},{dataSetId}",
    key={"AwsAccountId": "{awsAccountId}", "DataSetId": "{dataSetId}"},
    create="create_data_set",
    read=Read("describe_data_set", "DataSet"),
    update=(
        Update("update_data_set", whole=True),
        permissions_update("update_data_set_permissions"),
        Update(fields=("refreshProperties",), requests=_update_refresh),
    ),
    delete="delete_data_set",
    to_api=_mapped,
    from_api=_complete_data_set,
    derived={"outputColumns": ("physicalTableMaps", "logicalTableMaps")},
    check=_check_data_set,
)

_DAYS: Final = {"WEEKLY": "dayOfWeek", "MONTHLY": "dayOfMonth"}


def _schedule_to_api(inputs: Props) -> Props:
    """Put the schedule's id inside, and its start into UTC: pulumi-aws takes it without a zone."""
    schedule: Any = inputs["schedule"]
    if not isinstance(schedule, dict):
        return inputs
    complete: Props = {**cast("Props", schedule), "scheduleId": inputs["scheduleId"]}
    if isinstance(complete.get("startAfterDateTime"), str):
        complete["startAfterDateTime"] = f"{complete['startAfterDateTime'].removesuffix('Z')}Z"
    return {**inputs, "schedule": complete}


def _schedule_from_api(_: Cloud, reading: Reading) -> Props:
    schedule = {name: item for name, item in reading.props["schedule"].items() if name not in {"arn", "scheduleId"}}
    if "startAfterDateTime" in schedule:
        schedule["startAfterDateTime"] = schedule["startAfterDateTime"].removesuffix("Z")
    return {**reading.props, "schedule": schedule}


def _update_schedule(cloud: Cloud, change: Change) -> list[Request]:
    # A start that has not changed may be in the past by now, which QuickSight would refuse.
    before, after = change.old.get("schedule", {}), change.new["schedule"]
    if isinstance(after, dict) and after.get("startAfterDateTime") == before.get("startAfterDateTime"):
        after = {name: value for name, value in cast("Props", after).items() if name != "startAfterDateTime"}
    inputs = _schedule_to_api({**change.new, "schedule": after})
    operation = "update_refresh_schedule"
    params = cloud.build(operation, REFRESH_SCHEDULE.fields, inputs)
    key = {name: value for name, value in change.key.items() if name != "ScheduleId"}
    return [Request(operation, {**params, **key})]


def _check_schedule(inputs: Props) -> list[tuple[str, str]]:
    schedule: Any = inputs.get("schedule")
    frequency = schedule.get("scheduleFrequency") if isinstance(schedule, dict) else None
    if not isinstance(frequency, dict) or not isinstance(frequency.get("interval"), str):
        return []
    interval, on_day = frequency["interval"], frequency.get("refreshOnDay") or {}
    if not isinstance(on_day, dict):
        return []
    day = set(cast("Props", on_day))
    needed = {_DAYS[interval]} if interval in _DAYS else set[str]()
    if day == needed:
        return []
    expected = f"exactly {_DAYS[interval]}" if needed else "nothing"
    return [("schedule.scheduleFrequency.refreshOnDay", f"has to hold {expected} where interval is {interval}")]


REFRESH_SCHEDULE: Final = ResourceType(
    "aws:quicksight/refreshSchedule:RefreshSchedule",
    service="quicksight",
    fields={
        "awsAccountId": Field(replace=True, computed=True),
        "dataSetId": Field(replace=True),
        "scheduleId": Field(replace=True),
        "schedule": Field(
            at="RefreshSchedule",
            nested={
                "startAfterDateTime": ANY,
                "scheduleFrequency.timeOfTheDay": ANY,
                "scheduleFrequency.timezone": ANY,
            },
        ),
    },
    outputs={"arn": "Arn"},
    identity=("dataSetId", "scheduleId"),
    id="{awsAccountId},{dataSetId},{scheduleId}",
    key={"AwsAccountId": "{awsAccountId}", "DataSetId": "{dataSetId}", "ScheduleId": "{scheduleId}"},
    create="create_refresh_schedule",
    read=Read("describe_refresh_schedule"),
    update=(Update(requests=_update_schedule),),
    delete="delete_refresh_schedule",
    to_api=_schedule_to_api,
    from_api=_schedule_from_api,
    check=_check_schedule,
)
