"""IAM's own condition keys, which the emulator does not know: which boundary a role has, which policy is attached.

Source: service authorization reference, "Actions, resources, and condition keys for AWS Identity and Access
Management".
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

Context = dict[str, Any]

# The boundary that the request sets, or the one that the role has when the request changes its policies.
_SETS_BOUNDARY: Final = frozenset({"CreateRole", "CreateUser", "PutRolePermissionsBoundary"})
_CHANGES_ROLE: Final = frozenset(
    {"AttachRolePolicy", "DeleteRolePermissionsBoundary", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePolicy"}
)
_ATTACHES: Final = frozenset({"AttachRolePolicy", "DetachRolePolicy"})


def with_identity_keys(context_of: Callable[..., Context]) -> Callable[..., Context]:
    """The emulator's function for a request's condition keys, with those of IAM added."""

    def extended(service: str, iam_action: str, body: bytes, params: Mapping[str, Any]) -> Context:
        context = context_of(service, iam_action, body, params)
        return {**context, **_keys(iam_action.partition(":")[2], params)} if service == "iam" else context

    return extended


def _keys(action: str, params: Mapping[str, Any]) -> Context:
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
