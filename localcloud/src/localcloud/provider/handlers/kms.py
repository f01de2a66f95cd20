"""KMS: keys and aliases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.values import Props

_KEY: Final[Mapping[str, Field]] = {
    "description": Field(computed=True),
    "keyUsage": Field(replace=True, default="ENCRYPT_DECRYPT"),
    "customerMasterKeySpec": Field(to="KeySpec", replace=True, default="SYMMETRIC_DEFAULT"),
    "multiRegion": Field(replace=True, computed=True),
    "policy": Field(kind="resource-policy", computed=True),
    "bypassPolicyLockoutSafetyCheck": Field(default=False),
    "enableKeyRotation": Field(default=False),
    "rotationPeriodInDays": Field(computed=True, low=90, high=2560),
    "isEnabled": Field(default=True),
    "deletionWindowInDays": Field(low=7, high=30),
    "tags": Field(),
}
_PROVIDER_ONLY: Final = ("bypassPolicyLockoutSafetyCheck", "deletionWindowInDays")
_TAGGING: Final = Tagging(resource="KeyId", of="id", read="list_resource_tags")


def _read_key(api: Api, key_id: str, state: Props) -> Props | None:
    found = api.find("describe_key", KeyId=key_id)
    if found is None or found["KeyMetadata"]["KeyState"] in ("PendingDeletion", "PendingReplicaDeletion"):
        return None
    key: dict[str, Any] = found["KeyMetadata"]
    rotation = api.find("get_key_rotation_status", KeyId=key_id) or {}
    policy = api.call("get_key_policy", KeyId=key_id, PolicyName="default")["Policy"]
    return {
        **api.parse("describe_key", _KEY, key, "KeyMetadata"),
        **{name: state.get(name, _KEY[name].default) for name in _PROVIDER_ONLY},
        "customerMasterKeySpec": key.get("KeySpec", key.get("CustomerMasterKeySpec")),
        "multiRegion": key.get("MultiRegion", False),
        "isEnabled": key["Enabled"],
        "enableKeyRotation": rotation.get("KeyRotationEnabled", False),
        "rotationPeriodInDays": rotation.get("RotationPeriodInDays"),
        "policy": policy,
        "tags": tagging.read(_TAGGING, api, key_id),
        "arn": key["Arn"],
        "keyId": key["KeyId"],
    }


def _rotation(key_id: Any, new: Props) -> Request:
    if not new.get("enableKeyRotation"):
        return Request("disable_key_rotation", {"KeyId": key_id})
    period = {"RotationPeriodInDays": new["rotationPeriodInDays"]} if "rotationPeriodInDays" in new else {}
    return Request("enable_key_rotation", {"KeyId": key_id, **period})


def _update_key(_: Api, key_id: str, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    requests: list[Request] = []
    # A disabled key refuses most changes, so it is enabled first and disabled last.
    if "isEnabled" in changed and new.get("isEnabled", True):
        requests.append(Request("enable_key", {"KeyId": key_id}))
    if changed & {"enableKeyRotation", "rotationPeriodInDays"}:
        requests.append(_rotation(key_id, new))
    if "description" in changed:
        requests.append(Request("update_key_description", {"KeyId": key_id, "Description": new.get("description", "")}))
    if "policy" in changed:
        requests.append(Request("put_key_policy", {"KeyId": key_id, "PolicyName": "default", "Policy": new["policy"]}))
    if "isEnabled" in changed and not new.get("isEnabled", True):
        requests.append(Request("disable_key", {"KeyId": key_id}))
    return requests


def _delete_key(_: Api, key_id: str, state: Props) -> list[Request]:
    window = state.get("deletionWindowInDays")
    days = {"PendingWindowInDays": window} if window else {}
    return [Request("schedule_key_deletion", {"KeyId": key_id, **days})]


def _locate_key(api: Api, inputs: Props, started: float, others: frozenset[str]) -> str | None:
    """Find a key that nobody knows, made since with the same description and tags: KMS keys have no name."""
    for item in api.pages("list_keys", "Keys"):
        key_id = item["KeyId"]
        key = api.call("describe_key", KeyId=key_id)["KeyMetadata"]
        if key_id in others or key["CreationDate"].timestamp() < started - 1 or key["KeyState"] == "PendingDeletion":
            continue
        tags = tagging.read(_TAGGING, api, key_id)
        if key.get("Description", "") == inputs.get("description", "") and tags == (inputs.get("tags") or {}):
            return key_id
    return None


KEY: Final = Handler(
    service="kms",
    fields=_KEY,
    outputs=("arn", "keyId"),
    identity=(),
    tagging=_TAGGING,
    create=lambda api, inputs: Request("create_key", api.build("create_key", _KEY, inputs)),
    identify=lambda api, inputs, response: response["KeyMetadata"]["KeyId"],
    locate=_locate_key,
    read=_read_key,
    update=_update_key,
    delete=_delete_key,
)

_ALIAS: Final[Mapping[str, Field]] = {
    "name": Field(to="AliasName", replace=True, computed=True),
    "targetKeyId": Field(),
}


def _read_alias(api: Api, name: str, state: Props) -> Props | None:
    aliases = api.pages("list_aliases", "Aliases")
    alias = next((item for item in aliases if item["AliasName"] == name and item.get("TargetKeyId")), None)
    if alias is None:
        return None
    key_arn = api.place.arn("kms", f"key/{alias['TargetKeyId']}")
    # The program may name the key by its ARN; both mean the same key.
    target = key_arn if str(state.get("targetKeyId", "")).startswith("arn:") else alias["TargetKeyId"]
    return {"name": name, "targetKeyId": target, "arn": alias["AliasArn"], "targetKeyArn": key_arn}


ALIAS: Final = Handler(
    service="kms",
    fields=_ALIAS,
    outputs=("arn", "targetKeyArn"),
    naming=Naming(longest=256, prefix="alias/"),
    create=lambda api, inputs: Request("create_alias", api.build("create_alias", _ALIAS, inputs)),
    identify=lambda api, inputs, response: inputs["name"],
    read=_read_alias,
    update=lambda api, name, old, new, changed: [
        Request("update_alias", {"AliasName": name, "TargetKeyId": new["targetKeyId"]})
    ],
    delete=lambda api, name, state: [Request("delete_alias", {"AliasName": name})],
    derived={"targetKeyArn": ("targetKeyId",)},
)
