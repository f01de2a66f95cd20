"""IAM: roles, inline and managed policies, attachments, and OpenID Connect providers."""

from __future__ import annotations

from typing import Final

from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Change, Naming, Read, Reading, ResourceType, Tagging, Update
from localcloud.provider.values import Props, is_unknown


def _detach(cloud: Cloud, name: str, state: Props) -> None:
    """Take off what others put on the role, where the program says so; instance profiles are not among it."""
    if state.get("forceDetachPolicies") is not True or cloud.find("get_role", RoleName=name) is None:
        return
    for policy in cloud.pages("list_attached_role_policies", "AttachedPolicies", RoleName=name):
        cloud.call("detach_role_policy", RoleName=name, PolicyArn=policy["PolicyArn"])
    for policy_name in cloud.pages("list_role_policies", "PolicyNames", RoleName=name):
        cloud.call("delete_role_policy", RoleName=name, PolicyName=policy_name)


ROLE: Final = ResourceType(
    "aws:iam/role:Role",
    service="iam",
    regional=False,
    fields={
        "name": Field(to="RoleName", replace=True, computed=True),
        "path": Field(replace=True, default="/"),
        "assumeRolePolicy": Field(to="AssumeRolePolicyDocument", kind="trust-policy"),
        "description": Field(unset=""),
        "maxSessionDuration": Field(default=3600, low=3600, high=43200),
        "permissionsBoundary": Field(at="PermissionsBoundary.PermissionsBoundaryArn"),
        "forceDetachPolicies": Field(default=False, write_only=True),
        "tags": Field(),
    },
    outputs={"arn": "Arn", "uniqueId": "RoleId", "createDate": "CreateDate"},
    naming=Naming(longest=64),
    tagging=Tagging(resource="RoleName", of="id", tag="tag_role", untag="untag_role", read=""),
    id="{name}",
    key={"RoleName": "{id}"},
    create="create_role",
    read=Read("get_role", "Role"),
    update=(
        Update("update_assume_role_policy", ("assumeRolePolicy",), renames={"assumeRolePolicy": "PolicyDocument"}),
        Update("update_role_description", ("description",)),
        Update("update_role", ("maxSessionDuration",)),
        Update("put_role_permissions_boundary", ("permissionsBoundary",), clear="delete_role_permissions_boundary"),
    ),
    before_delete=_detach,
    delete="delete_role",
)

ROLE_POLICY: Final = ResourceType(
    "aws:iam/rolePolicy:RolePolicy",
    service="iam",
    regional=False,
    fields={
        "role": Field(to="RoleName", replace=True),
        "name": Field(to="PolicyName", replace=True, computed=True),
        "policy": Field(to="PolicyDocument", kind="identity-policy"),
    },
    identity=("role", "name"),
    naming=Naming(longest=128),
    id="{role}:{name}",
    key={"RoleName": "{role}", "PolicyName": "{name}"},
    put="put_role_policy",
    read=Read("get_role_policy"),
    delete="delete_role_policy",
)

ROLE_POLICY_ATTACHMENT: Final = ResourceType(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    service="iam",
    regional=False,
    fields={
        "role": Field(to="RoleName", replace=True),
        "policyArn": Field(replace=True),
    },
    identity=("role", "policyArn"),
    id="{role}/{policyArn}",
    key={"RoleName": "{role}", "PolicyArn": "{policyArn}"},
    create="attach_role_policy",
    read=Read(
        "list_attached_role_policies",
        "AttachedPolicies.[]",
        params={"RoleName": "{role}"},
        match={"PolicyArn": "{policyArn}"},
    ),
    delete="detach_role_policy",
)

# IAM User Guide, "IAM and AWS STS quotas": versions of a managed policy.
_VERSIONS_KEPT: Final = 5


def _complete_policy(cloud: Cloud, reading: Reading) -> Props:
    default = reading.record["DefaultVersionId"]
    version = cloud.call("get_policy_version", PolicyArn=reading.resource_id, VersionId=default)["PolicyVersion"]
    fields = {"policy": Field(to="Document", kind="identity-policy")}
    return {**reading.props, **cloud.parse("get_policy_version", fields, version, "PolicyVersion")}


def _oldest_first(cloud: Cloud, arn: str) -> list[str]:
    versions = [v for v in cloud.pages("list_policy_versions", "Versions", PolicyArn=arn) if not v["IsDefaultVersion"]]
    return [version["VersionId"] for version in sorted(versions, key=lambda version: int(version["VersionId"][1:]))]


def _update_policy(cloud: Cloud, change: Change) -> list[Request]:
    create = Request(
        "create_policy_version", {**change.key, "PolicyDocument": change.new["policy"], "SetAsDefault": True}
    )
    versions = _oldest_first(cloud, change.resource_id) if change.old else []
    if len(versions) < _VERSIONS_KEPT - 1:
        return [create]
    return [Request("delete_policy_version", {**change.key, "VersionId": versions[0]}), create]


def _delete_versions(cloud: Cloud, arn: str, _: Props) -> None:
    if cloud.find("get_policy", PolicyArn=arn) is None:
        return
    for version in _oldest_first(cloud, arn):
        cloud.find("delete_policy_version", PolicyArn=arn, VersionId=version)


POLICY: Final = ResourceType(
    "aws:iam/policy:Policy",
    service="iam",
    regional=False,
    fields={
        "name": Field(to="PolicyName", replace=True, computed=True),
        "path": Field(replace=True, default="/"),
        "description": Field(replace=True),
        "policy": Field(to="PolicyDocument", kind="identity-policy"),
        "tags": Field(),
    },
    outputs={"arn": "{id}", "policyId": "PolicyId", "attachmentCount": Field(to="AttachmentCount", default=0)},
    naming=Naming(longest=128),
    tagging=Tagging(resource="PolicyArn", tag="tag_policy", untag="untag_policy", read=""),
    id="arn:{partition}:iam::{account}:policy{path}{name}",
    id_from="Policy.Arn",
    parse_id=lambda arn: {"name": arn.rpartition("/")[2]},
    key={"PolicyArn": "{id}"},
    create="create_policy",
    read=Read("get_policy", "Policy"),
    from_api=_complete_policy,
    update=(Update(fields=("policy",), requests=_update_policy),),
    before_delete=_delete_versions,
    delete="delete_policy",
)


def _provider_arn(cloud: Cloud, inputs: Props) -> str:
    return cloud.place.arn("iam", f"oidc-provider/{inputs['url'].removeprefix('https://')}", regional=False)


def _with_scheme(_: Cloud, reading: Reading) -> Props:
    # IAM answers the URL without its scheme.
    return {**reading.props, "url": f"https://{reading.props['url'].removeprefix('https://')}"}


def _update_clients(_: Cloud, change: Change) -> list[Request]:
    if is_unknown(change.new.get("clientIdLists")):
        return []
    before, after = set(change.old.get("clientIdLists", [])), set(change.new.get("clientIdLists", []))
    return [
        Request(f"{operation}_open_id_connect_provider", {**change.key, "ClientID": client})
        for operation, clients in (("add_client_id_to", after - before), ("remove_client_id_from", before - after))
        for client in sorted(clients)
    ]


OPEN_ID_CONNECT_PROVIDER: Final = ResourceType(
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    service="iam",
    regional=False,
    fields={
        "url": Field(replace=True),
        "clientIdLists": Field(to="ClientIDList", kind="set"),
        "thumbprintLists": Field(to="ThumbprintList", computed=True, unset=[]),
        "tags": Field(),
    },
    outputs={"arn": "{id}"},
    identity=("url",),
    tagging=Tagging(
        resource="OpenIDConnectProviderArn",
        tag="tag_open_id_connect_provider",
        untag="untag_open_id_connect_provider",
        read="list_open_id_connect_provider_tags",
    ),
    id=_provider_arn,
    key={"OpenIDConnectProviderArn": "{id}"},
    create="create_open_id_connect_provider",
    read=Read("get_open_id_connect_provider"),
    from_api=_with_scheme,
    update=(
        Update("update_open_id_connect_provider_thumbprint", ("thumbprintLists",)),
        Update(fields=("clientIdLists",), requests=_update_clients),
    ),
    delete="delete_open_id_connect_provider",
)
