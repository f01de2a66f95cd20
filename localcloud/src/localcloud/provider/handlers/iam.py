"""IAM: roles, inline and managed policies, attachments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.values import Props


def document(text: Any) -> str:
    """Read a policy document from a response, where IAM URL-encodes it and botocore may have decoded it already."""
    return json.dumps(text) if isinstance(text, dict) else unquote(str(text))


_ROLE: Final[Mapping[str, Field]] = {
    "name": Field(to="RoleName", replace=True, computed=True),
    "path": Field(replace=True, default="/"),
    "assumeRolePolicy": Field(to="AssumeRolePolicyDocument", kind="trust-policy"),
    "description": Field(),
    "maxSessionDuration": Field(default=3600, low=3600, high=43200),
    "permissionsBoundary": Field(),
    "forceDetachPolicies": Field(default=False),
    "tags": Field(),
}


def _read_role(api: Api, name: str, state: Props) -> Props | None:
    found = api.find("get_role", RoleName=name)
    if found is None:
        return None
    role: dict[str, Any] = found["Role"]
    return {
        **api.parse("get_role", _ROLE, role, "Role"),
        "assumeRolePolicy": document(role["AssumeRolePolicyDocument"]),
        "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "forceDetachPolicies": state.get("forceDetachPolicies", False),
        "arn": role["Arn"],
        "uniqueId": role["RoleId"],
        "createDate": role["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _update_role(_: Api, name: str, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    requests: list[Request] = []
    if "assumeRolePolicy" in changed:
        params = {"RoleName": name, "PolicyDocument": new["assumeRolePolicy"]}
        requests.append(Request("update_assume_role_policy", params))
    if "description" in changed:
        params = {"RoleName": name, "Description": new.get("description", "")}
        requests.append(Request("update_role_description", params))
    if "maxSessionDuration" in changed:
        seconds = new.get("maxSessionDuration", _ROLE["maxSessionDuration"].default)
        requests.append(Request("update_role", {"RoleName": name, "MaxSessionDuration": seconds}))
    if "permissionsBoundary" in changed:
        boundary = new.get("permissionsBoundary")
        if boundary:
            params = {"RoleName": name, "PermissionsBoundary": boundary}
            requests.append(Request("put_role_permissions_boundary", params))
        else:
            requests.append(Request("delete_role_permissions_boundary", {"RoleName": name}))
    return requests


def _detach(api: Api, name: str, state: Props) -> None:
    """Take off what others put on the role, where the program says so; instance profiles are not among it."""
    if state.get("forceDetachPolicies") is not True or api.find("get_role", RoleName=name) is None:
        return
    for policy in api.pages("list_attached_role_policies", "AttachedPolicies", RoleName=name):
        api.call("detach_role_policy", RoleName=name, PolicyArn=policy["PolicyArn"])
    for policy_name in api.pages("list_role_policies", "PolicyNames", RoleName=name):
        api.call("delete_role_policy", RoleName=name, PolicyName=policy_name)


ROLE: Final = Handler(
    service="iam",
    regional=False,
    fields=_ROLE,
    outputs=("arn", "uniqueId", "createDate"),
    naming=Naming(longest=64),
    tagging=Tagging(resource="RoleName", of="id", tag="tag_role", untag="untag_role", read="list_role_tags"),
    create=lambda api, inputs: Request("create_role", api.build("create_role", _ROLE, inputs)),
    identify=lambda api, inputs, response: inputs["name"],
    read=_read_role,
    update=_update_role,
    before_delete=_detach,
    delete=lambda api, name, state: [Request("delete_role", {"RoleName": name})],
)

_ROLE_POLICY: Final[Mapping[str, Field]] = {
    "role": Field(to="RoleName", replace=True),
    "name": Field(to="PolicyName", replace=True, computed=True),
    "policy": Field(to="PolicyDocument", kind="identity-policy"),
}


def _put_role_policy(api: Api, inputs: Props) -> Request:
    return Request("put_role_policy", api.build("put_role_policy", _ROLE_POLICY, inputs))


def _read_role_policy(api: Api, resource_id: str, _state: Props) -> Props | None:
    role, _, name = resource_id.partition(":")
    found = api.find("get_role_policy", RoleName=role, PolicyName=name)
    return {"role": role, "name": name, "policy": document(found["PolicyDocument"])} if found else None


def _delete_role_policy(_api: Api, resource_id: str, _state: Props) -> list[Request]:
    role, _, name = resource_id.partition(":")
    return [Request("delete_role_policy", {"RoleName": role, "PolicyName": name})]


ROLE_POLICY: Final = Handler(
    service="iam",
    regional=False,
    fields=_ROLE_POLICY,
    identity=("role", "name"),
    naming=Naming(longest=128),
    create=_put_role_policy,
    identify=lambda api, inputs, response: f"{inputs['role']}:{inputs['name']}",
    read=_read_role_policy,
    update=lambda api, i, old, new, changed: [_put_role_policy(api, new)] if "policy" in changed else [],
    delete=_delete_role_policy,
)

_ATTACHMENT: Final[Mapping[str, Field]] = {
    "role": Field(to="RoleName", replace=True),
    "policyArn": Field(to="PolicyArn", replace=True),
}


def _read_attachment(api: Api, resource_id: str, state: Props) -> Props | None:
    role, _, arn = resource_id.partition("/")
    role, arn = state.get("role", role), state.get("policyArn", arn)
    if api.find("get_role", RoleName=role) is None:
        return None
    attached = api.pages("list_attached_role_policies", "AttachedPolicies", RoleName=role)
    return {"role": role, "policyArn": arn} if any(item["PolicyArn"] == arn for item in attached) else None


ROLE_POLICY_ATTACHMENT: Final = Handler(
    service="iam",
    regional=False,
    fields=_ATTACHMENT,
    identity=("role", "policyArn"),
    create=lambda api, inputs: Request("attach_role_policy", api.build("attach_role_policy", _ATTACHMENT, inputs)),
    identify=lambda api, inputs, response: f"{inputs['role']}/{inputs['policyArn']}",
    read=_read_attachment,
    update=lambda api, i, old, new, changed: [],
    delete=lambda api, i, state: [
        Request("detach_role_policy", {"RoleName": state["role"], "PolicyArn": state["policyArn"]})
    ],
)
