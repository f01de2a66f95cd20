"""DynamoDB: tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.values import Props, is_unknown

_ATTRIBUTE: Final = {"name": "AttributeName", "type": "AttributeType"}
_SSE: Final = {"enabled": "Enabled", "kmsKeyArn": "KMSMasterKeyId"}
_FIELDS: Final[Mapping[str, Field]] = {
    "name": Field(to="TableName", replace=True, computed=True),
    "attributes": Field(to="AttributeDefinitions", kind="set", renames=_ATTRIBUTE),
    "hashKey": Field(replace=True),
    "rangeKey": Field(replace=True),
    "billingMode": Field(default="PROVISIONED", choices=("PROVISIONED", "PAY_PER_REQUEST")),
    "readCapacity": Field(computed=True, low=1),
    "writeCapacity": Field(computed=True, low=1),
    "tableClass": Field(default="STANDARD"),
    "deletionProtectionEnabled": Field(default=False),
    "serverSideEncryption": Field(to="SSESpecification", renames=_SSE),
    "streamEnabled": Field(computed=True),
    "streamViewType": Field(computed=True),
    "pointInTimeRecovery": Field(),
    "ttl": Field(),
    "tags": Field(),
}
_TAGGING: Final = Tagging(resource="ResourceArn", read="list_tags_of_resource")


def _settings(api: Api, operation: str, inputs: Props) -> dict[str, Any]:
    """Give what CreateTable and UpdateTable say in the same way."""
    common = ("billingMode", "tableClass", "deletionProtectionEnabled", "serverSideEncryption", "attributes")
    params = api.build(operation, {key: _FIELDS[key] for key in common}, inputs)
    if {"readCapacity", "writeCapacity"} & inputs.keys() and inputs.get("billingMode") != "PAY_PER_REQUEST":
        params["ProvisionedThroughput"] = {
            "ReadCapacityUnits": inputs.get("readCapacity", 1),
            "WriteCapacityUnits": inputs.get("writeCapacity", 1),
        }
    if "streamEnabled" in inputs:
        view = {"StreamViewType": inputs["streamViewType"]} if inputs.get("streamViewType") else {}
        params["StreamSpecification"] = {"StreamEnabled": inputs["streamEnabled"], **view}
    return params


def _create(api: Api, inputs: Props) -> Request:
    keys = [("hashKey", "HASH"), ("rangeKey", "RANGE")]
    schema = [{"AttributeName": inputs[name], "KeyType": kind} for name, kind in keys if inputs.get(name)]
    named = api.build("create_table", {key: _FIELDS[key] for key in ("name", "tags")}, inputs)
    settings = _settings(api, "create_table", {"billingMode": _FIELDS["billingMode"].default, **inputs})
    return Request("create_table", {**named, **settings, "KeySchema": schema})


def _read(api: Api, name: str, _: Props) -> Props | None:
    found = api.find("describe_table", TableName=name)
    if found is None or found["Table"]["TableStatus"] == "DELETING":
        return None
    table: dict[str, Any] = found["Table"]
    keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
    stream = table.get("StreamSpecification", {})
    throughput = table.get("ProvisionedThroughput", {})
    return {
        **api.parse("describe_table", {key: _FIELDS[key] for key in ("name", "attributes")}, table, "Table"),
        "hashKey": keys.get("HASH"),
        "rangeKey": keys.get("RANGE"),
        "billingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "readCapacity": throughput.get("ReadCapacityUnits", 0),
        "writeCapacity": throughput.get("WriteCapacityUnits", 0),
        "tableClass": table.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
        "deletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
        "serverSideEncryption": _encryption(table.get("SSEDescription", {})),
        "streamEnabled": stream.get("StreamEnabled", False),
        "streamViewType": stream.get("StreamViewType", ""),
        "streamArn": table.get("LatestStreamArn", ""),
        "streamLabel": table.get("LatestStreamLabel", ""),
        "pointInTimeRecovery": _recovery(api, name),
        "ttl": _time_to_live(api, name),
        "tags": tagging.read(_TAGGING, api, table["TableArn"]),
        "arn": table["TableArn"],
    }


def _encryption(description: Mapping[str, Any]) -> Props | None:
    if description.get("Status") not in {"ENABLED", "UPDATING", "ENABLING"}:
        return None
    return {"enabled": True, "kmsKeyArn": description.get("KMSMasterKeyArn", "")}


def _recovery(api: Api, name: str) -> Props:
    found = api.call("describe_continuous_backups", TableName=name)["ContinuousBackupsDescription"]
    recovery = found.get("PointInTimeRecoveryDescription", {})
    enabled = recovery.get("PointInTimeRecoveryStatus") == "ENABLED"
    days = {"recoveryPeriodInDays": recovery["RecoveryPeriodInDays"]} if "RecoveryPeriodInDays" in recovery else {}
    return {"enabled": True, **days} if enabled else {}


def _time_to_live(api: Api, name: str) -> Props:
    found = api.call("describe_time_to_live", TableName=name)["TimeToLiveDescription"]
    if found.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
        return {}
    return {"attributeName": found["AttributeName"], "enabled": True}


def _update(api: Api, name: str, old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    requests: list[Request] = []
    elsewhere = {"tags", "ttl", "pointInTimeRecovery"}
    table = {key: new.get(key, _FIELDS[key].default) for key in changed - elsewhere}
    if {"billingMode", "readCapacity", "writeCapacity"} & changed:
        table |= {key: new[key] for key in ("billingMode", "readCapacity", "writeCapacity") if key in new}
    if "serverSideEncryption" in changed and not new.get("serverSideEncryption"):
        table["serverSideEncryption"] = {"enabled": False}
    params = _settings(api, "update_table", {key: value for key, value in table.items() if value is not None})
    if params:
        requests.append(Request("update_table", {"TableName": name, **params}))
    if "ttl" in changed:
        requests.append(_set_time_to_live(name, old.get("ttl") or {}, new.get("ttl") or {}))
    if "pointInTimeRecovery" in changed:
        wanted = new.get("pointInTimeRecovery") or {}
        days = {"RecoveryPeriodInDays": wanted["recoveryPeriodInDays"]} if "recoveryPeriodInDays" in wanted else {}
        recovery = {"PointInTimeRecoveryEnabled": wanted.get("enabled", False), **days}
        params = {"TableName": name, "PointInTimeRecoverySpecification": recovery}
        requests.append(Request("update_continuous_backups", params))
    return requests


def _set_time_to_live(name: str, old: Props, new: Props) -> Request:
    # Turning it off has to name the attribute as well.
    attribute = new.get("attributeName") or old.get("attributeName") or ""
    settings = {"AttributeName": attribute, "Enabled": new.get("enabled", bool(new))}
    return Request("update_time_to_live", {"TableName": name, "TimeToLiveSpecification": settings})


def _wait(api: Api, name: str, _: Props) -> None:
    api.wait(
        lambda: api.call("describe_table", TableName=name)["Table"]["TableStatus"] == "ACTIVE", f"the table {name}"
    )


def _check(inputs: Props) -> list[tuple[str, str]]:
    wrong: list[tuple[str, str]] = []
    if "hashKey" not in inputs:
        wrong.append(("hashKey", "is required"))
    if is_unknown(inputs.get("attributes")):
        return wrong
    declared = {item.get("name") for item in inputs.get("attributes", [])}
    keys = {inputs[key] for key in ("hashKey", "rangeKey") if isinstance(inputs.get(key), str)}
    wrong += [("attributes", f"the key {key!r} is not declared") for key in sorted(keys - declared)]
    wrong += [("attributes", f"{name!r} is not a key of the table or an index") for name in sorted(declared - keys)]
    provisioned = inputs.get("billingMode", "PROVISIONED") == "PROVISIONED"
    if provisioned and not {"readCapacity", "writeCapacity"} <= inputs.keys():
        wrong.append(("billingMode", "PROVISIONED, the default, needs readCapacity and writeCapacity"))
    return wrong


TABLE: Final = Handler(
    service="dynamodb",
    fields=_FIELDS,
    outputs=("arn", "streamArn", "streamLabel"),
    naming=Naming(longest=255),
    tagging=_TAGGING,
    create=_create,
    identify=lambda api, inputs, response: inputs["name"],
    read=_read,
    update=_update,
    after=_wait,
    delete=lambda api, name, state: [Request("delete_table", {"TableName": name})],
    check=_check,
    derived={"streamArn": ("streamEnabled", "streamViewType"), "streamLabel": ("streamEnabled", "streamViewType")},
)
