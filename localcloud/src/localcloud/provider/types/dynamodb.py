"""DynamoDB: tables."""

from __future__ import annotations

from typing import Final

from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Change, Naming, Read, Reading, ResourceType, Tagging, Update
from localcloud.provider.values import Props, is_unknown

_KEYS: Final = (("hashKey", "HASH"), ("rangeKey", "RANGE"))
_CAPACITY: Final = ("billingMode", "readCapacity", "writeCapacity")
_APART: Final = ("pointInTimeRecovery", "ttl")
"""What operations of their own set."""
_FIELDS: Final = {
    "name": Field(to="TableName", replace=True, computed=True),
    "attributes": Field(
        to="AttributeDefinitions", kind="set", renames={"name": "AttributeName", "type": "AttributeType"}
    ),
    "hashKey": Field(replace=True),
    "rangeKey": Field(replace=True),
    "billingMode": Field(
        at="BillingModeSummary.BillingMode", default="PROVISIONED", choices=("PROVISIONED", "PAY_PER_REQUEST")
    ),
    "readCapacity": Field(to="ProvisionedThroughput.ReadCapacityUnits", computed=True, low=1),
    "writeCapacity": Field(to="ProvisionedThroughput.WriteCapacityUnits", computed=True, low=1),
    "tableClass": Field(at="TableClassSummary.TableClass", default="STANDARD"),
    "deletionProtectionEnabled": Field(default=False),
    "serverSideEncryption": Field(
        to="SSESpecification",
        renames={"enabled": "Enabled", "kmsKeyArn": "KMSMasterKeyId"},
        unset={"enabled": False},
    ),
    "streamEnabled": Field(to="StreamSpecification.StreamEnabled", computed=True, default=False),
    "streamViewType": Field(to="StreamSpecification.StreamViewType", computed=True, default=""),
    "pointInTimeRecovery": Field(),
    "ttl": Field(),
    "tags": Field(),
}


def _to_api(inputs: Props) -> Props:
    settings = dict(inputs)
    if "readCapacity" in settings or "writeCapacity" in settings:
        settings = {"readCapacity": 1, "writeCapacity": 1, **settings}
    if settings.get("billingMode") == "PAY_PER_REQUEST":
        settings = {name: value for name, value in settings.items() if name not in _CAPACITY[1:]}
    if "streamEnabled" not in settings or not settings.get("streamViewType"):
        settings.pop("streamViewType", None)
    return settings


def _create(cloud: Cloud, inputs: Props) -> Request:
    schema = [{"AttributeName": inputs[name], "KeyType": kind} for name, kind in _KEYS if inputs.get(name)]
    settings = _to_api({"billingMode": _FIELDS["billingMode"].default, **inputs})
    return Request("create_table", {**cloud.build("create_table", _FIELDS, settings), "KeySchema": schema})


def _complete(cloud: Cloud, reading: Reading) -> Props:
    table, name = reading.record, reading.resource_id
    keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
    encryption = table.get("SSEDescription", {})
    encrypted = encryption.get("Status") in {"ENABLED", "UPDATING", "ENABLING"}
    return {
        **reading.props,
        "hashKey": keys.get("HASH"),
        "rangeKey": keys.get("RANGE"),
        "readCapacity": reading.props.get("readCapacity", 0),
        "writeCapacity": reading.props.get("writeCapacity", 0),
        "serverSideEncryption": (
            {"enabled": True, "kmsKeyArn": encryption.get("KMSMasterKeyArn", "")} if encrypted else None
        ),
        "pointInTimeRecovery": _recovery(cloud, name),
        "ttl": _time_to_live(cloud, name),
    }


def _recovery(cloud: Cloud, name: str) -> Props:
    backups = cloud.call("describe_continuous_backups", TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    days = {"recoveryPeriodInDays": recovery["RecoveryPeriodInDays"]} if "RecoveryPeriodInDays" in recovery else {}
    return {"enabled": True, **days} if recovery.get("PointInTimeRecoveryStatus") == "ENABLED" else {}


def _time_to_live(cloud: Cloud, name: str) -> Props:
    description = cloud.call("describe_time_to_live", TableName=name)["TimeToLiveDescription"]
    if description.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
        return {}
    return {"attributeName": description["AttributeName"], "enabled": True}


def _update_table(cloud: Cloud, change: Change) -> list[Request]:
    settings = {name: value for name, value in change.values.items() if name not in {*_APART, "tags"}}
    if change.changed & set(_CAPACITY):
        settings |= {name: change.new[name] for name in _CAPACITY if name in change.new}
    params = cloud.build("update_table", _FIELDS, _to_api(settings))
    return [Request("update_table", {**change.key, **params})] if params else []


def _update_time_to_live(_: Cloud, change: Change) -> list[Request]:
    old, new = change.old.get("ttl") or {}, change.new.get("ttl") or {}
    # Turning it off has to name the attribute as well.
    attribute = new.get("attributeName") or old.get("attributeName") or ""
    settings = {"AttributeName": attribute, "Enabled": new.get("enabled", bool(new))}
    return [Request("update_time_to_live", {**change.key, "TimeToLiveSpecification": settings})]


def _update_recovery(_: Cloud, change: Change) -> list[Request]:
    recovery = change.new.get("pointInTimeRecovery") or {}
    days = {"RecoveryPeriodInDays": recovery["recoveryPeriodInDays"]} if "recoveryPeriodInDays" in recovery else {}
    settings = {"PointInTimeRecoveryEnabled": recovery.get("enabled", False), **days}
    return [Request("update_continuous_backups", {**change.key, "PointInTimeRecoverySpecification": settings})]


def _wait(cloud: Cloud, name: str, _: Props) -> None:
    cloud.wait(
        lambda: cloud.call("describe_table", TableName=name)["Table"]["TableStatus"] == "ACTIVE", f"the table {name}"
    )


def _check(inputs: Props) -> list[tuple[str, str]]:
    wrong: list[tuple[str, str]] = []
    if "hashKey" not in inputs:
        wrong.append(("hashKey", "is required"))
    if is_unknown(inputs.get("attributes")):
        return wrong
    declared = {item.get("name") for item in inputs.get("attributes", [])}
    keys = {inputs[name] for name, _ in _KEYS if isinstance(inputs.get(name), str)}
    wrong += [("attributes", f"the key {key!r} is not declared") for key in sorted(keys - declared)]
    wrong += [("attributes", f"{name!r} is not a key of the table or an index") for name in sorted(declared - keys)]
    provisioned = inputs.get("billingMode", "PROVISIONED") == "PROVISIONED"
    if provisioned and not {"readCapacity", "writeCapacity"} <= inputs.keys():
        wrong.append(("billingMode", "PROVISIONED, the default, needs readCapacity and writeCapacity"))
    return wrong


TABLE: Final = ResourceType(
    "aws:dynamodb/table:Table",
    service="dynamodb",
    fields=_FIELDS,
    outputs={
        "arn": "TableArn",
        "streamArn": Field(to="LatestStreamArn", default=""),
        "streamLabel": Field(to="LatestStreamLabel", default=""),
    },
    naming=Naming(longest=255),
    tagging=Tagging(resource="ResourceArn", read="list_tags_of_resource"),
    id="{name}",
    key={"TableName": "{id}"},
    create=_create,
    read=Read("describe_table", "Table", gone={"TableStatus": ("DELETING",)}),
    from_api=_complete,
    update=(
        Update(requests=_update_table),
        Update(fields=("ttl",), requests=_update_time_to_live),
        Update(fields=("pointInTimeRecovery",), requests=_update_recovery),
    ),
    after=_wait,
    delete="delete_table",
    check=_check,
    derived={"streamArn": ("streamEnabled", "streamViewType"), "streamLabel": ("streamEnabled", "streamViewType")},
)
