"""Condition keys of IAM and KMS that the emulator does not know: a role's boundary, the policy, a key's aliases.

Source: service authorization reference, "Actions, resources, and condition keys for AWS Identity and Access
Management" and "... for AWS Key Management Service".
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

Context = dict[str, Any]

# The boundary that the request sets, or the one that the role has when the request changes its policies.
_SETS_BOUNDARY: Final = frozenset({"CreateRole", "CreateUser", "PutRolePermissionsBoundary"})
_CHANGES_ROLE: Final = frozenset(
    {"AttachRolePolicy", "DeleteRolePermissionsBoundary", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePolicy"}
)
_ATTACHES: Final = frozenset({"AttachRolePolicy", "DetachRolePolicy"})


def with_service_keys(context_of: Callable[..., Context]) -> Callable[..., Context]:
    """The emulator's function for a request's condition keys, with those of IAM and KMS added."""

    def extended(service: str, iam_action: str, body: bytes, params: Mapping[str, Any]) -> Context:
        context = context_of(service, iam_action, body, params)
        if service == "iam":
            return {**context, **_identity_keys(iam_action.partition(":")[2], params)}
        return {**context, **_encryption_keys(body)} if service == "kms" else context

    return extended


def aliases(key_id: str) -> Context:
    """kms:ResourceAliases of a key, by its id, ARN or alias, in the scope of a request; nothing where it has none."""
    from ministack.services import kms

    found = kms._resolve_key(key_id)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if not found:
        return {}
    targets = kms._aliases.items()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    named = [arn.rpartition(":")[2] for arn, target in targets if target == found["KeyId"]]
    return {"kms:ResourceAliases": named} if named else {}


def _encryption_keys(body: bytes) -> Context:
    from ministack.core import iam_actions

    try:
        given = json.loads(body or b"{}")
    except ValueError:
        return {}
    # Decrypt names its key in the ciphertext.
    key = given.get("KeyId") or iam_actions._kms_key_id_from_ciphertext(given.get("CiphertextBlob"))  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return {**aliases(str(key)), **_tags(str(key))} if key else {}


def _tags(key_id: str) -> Context:
    from ministack.services import kms

    found = kms._resolve_key(key_id)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    tags = (found or {}).get("Tags") or []
    return {f"aws:ResourceTag/{tag['TagKey']}": str(tag["TagValue"]) for tag in tags}


def _identity_keys(action: str, params: Mapping[str, Any]) -> Context:
    keys: Context = {}
    if action in _SETS_BOUNDARY:
        keys["iam:PermissionsBoundary"] = _parameter(params, "PermissionsBoundary")
    if action in _CHANGES_ROLE:
        keys["iam:PermissionsBoundary"] = _boundary_of(_parameter(params, "RoleName"))
    if action in _ATTACHES:
        keys["iam:PolicyARN"] = _parameter(params, "PolicyArn")
    return {key: value for key, value in keys.items() if value}


def _parameter(params: Mapping[str, Any], name: str) -> str:
    value = params.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def _boundary_of(role: str) -> str:
    from ministack.services import iam

    found = iam._roles.get(role)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return str(found.get("PermissionsBoundary") or "") if found else ""
