"""CloudWatch Logs: log groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.values import Props, Unknown

_FIELDS: Final[Mapping[str, Field]] = {
    "name": Field(to="logGroupName", replace=True, computed=True),
    "kmsKeyId": Field(),
    "logGroupClass": Field(replace=True, computed=True),
    "retentionInDays": Field(default=0),
    "skipDestroy": Field(default=False),
    "tags": Field(),
}
# CloudWatch Logs API reference, PutRetentionPolicy; 0 keeps for ever.
_RETENTIONS: Final = frozenset(
    {0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731} | {1096, 1827, 2192, 2557, 2922, 3288, 3653}
)
_TAGGING: Final = Tagging(resource="resourceArn", member="tags", keys="tagKeys")


def _read(api: Api, name: str, state: Props) -> Props | None:
    groups = api.pages("describe_log_groups", "logGroups", logGroupNamePrefix=name)
    group: dict[str, Any] | None = next((item for item in groups if item["logGroupName"] == name), None)
    if group is None:
        return None
    arn = group.get("logGroupArn") or group["arn"].removesuffix(":*")
    return {
        "name": name,
        "kmsKeyId": group.get("kmsKeyId"),
        "logGroupClass": group.get("logGroupClass", "STANDARD"),
        "retentionInDays": group.get("retentionInDays", 0),
        "skipDestroy": state.get("skipDestroy", False),
        "tags": tagging.read(_TAGGING, api, arn),
        "arn": arn,
    }


def _update(_: Api, name: str, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    group = {"logGroupName": name}
    requests: list[Request] = []
    if "retentionInDays" in changed:
        days = new.get("retentionInDays", 0)
        put = Request("put_retention_policy", {**group, "retentionInDays": days})
        requests.append(put if days else Request("delete_retention_policy", group))
    if "kmsKeyId" in changed:
        key = new.get("kmsKeyId")
        associate = Request("associate_kms_key", {**group, "kmsKeyId": key})
        requests.append(associate if key else Request("disassociate_kms_key", group))
    return requests


def _check(inputs: Props) -> list[tuple[str, str]]:
    days = inputs.get("retentionInDays", 0)
    if isinstance(days, Unknown) or days in _RETENTIONS:
        return []
    return [("retentionInDays", f"is {days}, expected one of {', '.join(map(str, sorted(_RETENTIONS)))}")]


def _delete(_: Api, name: str, state: Props) -> list[Request]:
    return [] if state.get("skipDestroy") is True else [Request("delete_log_group", {"logGroupName": name})]


LOG_GROUP: Final = Handler(
    service="logs",
    fields=_FIELDS,
    outputs=("arn",),
    naming=Naming(longest=512),
    tagging=_TAGGING,
    create=lambda api, inputs: Request("create_log_group", api.build("create_log_group", _FIELDS, inputs)),
    identify=lambda api, inputs, response: inputs["name"],
    read=_read,
    update=_update,
    delete=_delete,
    check=_check,
)
