"""KMS: keys and aliases."""

from __future__ import annotations

from typing import Final

from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Change, Naming, Read, Reading, ResourceType, Tagging, Update
from localcloud.provider.values import Props

_GONE: Final = {"KeyState": ("PendingDeletion", "PendingReplicaDeletion")}


def _complete_key(cloud: Cloud, reading: Reading) -> Props:
    rotation = cloud.find("get_key_rotation_status", KeyId=reading.resource_id) or {}
    return {
        **reading.props,
        "enableKeyRotation": rotation.get("KeyRotationEnabled", False),
        "rotationPeriodInDays": rotation.get("RotationPeriodInDays"),
        "policy": cloud.call("get_key_policy", KeyId=reading.resource_id, PolicyName="default")["Policy"],
        "multiRegion": reading.record.get("MultiRegion", False),
    }


def _update_key(_: Cloud, change: Change) -> list[Request]:
    key, new, changed = change.key, change.new, change.changed
    requests: list[Request] = []
    # A disabled key refuses most changes, so it is enabled first and disabled last.
    if "isEnabled" in changed and new.get("isEnabled", True):
        requests.append(Request("enable_key", key))
    if changed & {"enableKeyRotation", "rotationPeriodInDays"}:
        period = {"RotationPeriodInDays": new["rotationPeriodInDays"]} if "rotationPeriodInDays" in new else {}
        enable = Request("enable_key_rotation", {**key, **period})
        requests.append(enable if new.get("enableKeyRotation") else Request("disable_key_rotation", key))
    if "description" in changed:
        requests.append(Request("update_key_description", {**key, "Description": new.get("description", "")}))
    if "policy" in changed:
        requests.append(Request("put_key_policy", {**key, "PolicyName": "default", "Policy": new["policy"]}))
    if "isEnabled" in changed and not new.get("isEnabled", True):
        requests.append(Request("disable_key", key))
    return requests


def _locate_key(cloud: Cloud, inputs: Props, started: float, others: frozenset[str]) -> str | None:
    """Find a key that nobody knows, made since with the same description and tags: KMS keys have no name."""
    for item in cloud.pages("list_keys", "Keys"):
        key_id = item["KeyId"]
        key = cloud.call("describe_key", KeyId=key_id)["KeyMetadata"]
        if key_id in others or key["CreationDate"].timestamp() < started - 1 or key["KeyState"] == "PendingDeletion":
            continue
        same_tags = KEY.tags(cloud, key_id) == (inputs.get("tags") or {})
        if same_tags and key.get("Description", "") == inputs.get("description", ""):
            return key_id
    return None


KEY: Final = ResourceType(
    "aws:kms/key:Key",
    service="kms",
    fields={
        "description": Field(computed=True),
        "keyUsage": Field(replace=True, default="ENCRYPT_DECRYPT"),
        "customerMasterKeySpec": Field(to="KeySpec", replace=True, default="SYMMETRIC_DEFAULT"),
        "multiRegion": Field(replace=True, computed=True),
        "policy": Field(kind="resource-policy", computed=True),
        "bypassPolicyLockoutSafetyCheck": Field(default=False, write_only=True),
        "enableKeyRotation": Field(default=False),
        "rotationPeriodInDays": Field(computed=True, low=90, high=2560),
        "isEnabled": Field(at="Enabled", default=True),
        "deletionWindowInDays": Field(low=7, high=30, write_only=True),
        "tags": Field(),
    },
    outputs={"arn": "Arn", "keyId": "KeyId"},
    identity=(),
    tagging=Tagging(resource="KeyId", of="id", read="list_resource_tags"),
    id_from="KeyMetadata.KeyId",
    key={"KeyId": "{id}"},
    create="create_key",
    read=Read("describe_key", "KeyMetadata", gone=_GONE),
    from_api=_complete_key,
    update=(Update(requests=_update_key),),
    delete="schedule_key_deletion",
    delete_with={"PendingWindowInDays": "{deletionWindowInDays}"},
    locate=_locate_key,
)


def _complete_alias(_: Cloud, reading: Reading) -> Props | None:
    if "targetKeyId" not in reading.props:
        # An alias of AWS's own that nobody has used yet.
        return None
    # The program may name the key by its ARN; both mean the same key.
    by_arn = str(reading.state.get("targetKeyId", "")).startswith("arn:")
    return {**reading.props, "targetKeyId": reading.props["targetKeyArn" if by_arn else "targetKeyId"]}


ALIAS: Final = ResourceType(
    "aws:kms/alias:Alias",
    service="kms",
    fields={
        "name": Field(to="AliasName", replace=True, computed=True),
        "targetKeyId": Field(),
    },
    outputs={"arn": "AliasArn", "targetKeyArn": "arn:{partition}:kms:{region}:{account}:key/{targetKeyId}"},
    naming=Naming(longest=256, prefix="alias/"),
    id="{name}",
    key={"AliasName": "{id}"},
    create="create_alias",
    read=Read("list_aliases", "Aliases.[]", params={}, match={"AliasName": "{id}"}),
    from_api=_complete_alias,
    update=(Update("update_alias"),),
    delete="delete_alias",
    derived={"targetKeyArn": ("targetKeyId",)},
)
