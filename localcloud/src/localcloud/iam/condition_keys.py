"""Condition keys of IAM and KMS that the emulator does not know: a role's boundary, the policy, a key's aliases.

Source: service authorization reference, "Actions, resources, and condition keys for AWS Identity and Access
Management" and "... for AWS Key Management Service".
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from localcloud.emulator import identity, stores

Context = dict[str, Any]

# The boundary that the request sets, or the one that the role has when the request changes its policies.
_SETS_BOUNDARY: Final = frozenset({"CreateRole", "CreateUser", "PutRolePermissionsBoundary"})
_CHANGES_ROLE: Final = frozenset(
    {"AttachRolePolicy", "DeleteRolePermissionsBoundary", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePolicy"}
)
_ATTACHES: Final = frozenset({"AttachRolePolicy", "DetachRolePolicy"})


def condition_keys_of(service: str, action: str, body: bytes, parameters: Mapping[str, Any]) -> Context:
    """Return the condition keys of IAM and KMS to add to a request's."""
    if service == "iam":
        return _identity_keys(action.partition(":")[2], parameters)
    return _encryption_keys(body) if service == "kms" else {}


def aliases(key_id: str) -> Context:
    """kms:ResourceAliases of a key, by its id, ARN or alias, in the scope of a request; nothing where it has none."""
    key = stores.key(key_id)
    return {"kms:ResourceAliases": list(key.aliases)} if key and key.aliases else {}


def _encryption_keys(body: bytes) -> Context:
    try:
        parameters = json.loads(body or b"{}")
    except ValueError:
        return {}
    # Decrypt names its key in the ciphertext.
    key_id = str(parameters.get("KeyId") or stores.key_id_of(parameters.get("CiphertextBlob") or ""))
    key = stores.key(key_id)
    tags = key.tags if key else {}
    return {**aliases(key_id), **{f"aws:ResourceTag/{name}": value for name, value in tags.items()}}


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


def _boundary_of(role_name: str) -> str:
    role = identity.role(role_name)
    return role.boundary if role else ""
