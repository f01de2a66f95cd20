"""IAM: managed policies, which keep up to five versions of their document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.handlers.iam import document
from localcloud.provider.values import Props

_FIELDS: Final[Mapping[str, Field]] = {
    "name": Field(to="PolicyName", replace=True, computed=True),
    "path": Field(replace=True, default="/"),
    "description": Field(replace=True),
    "policy": Field(to="PolicyDocument", kind="identity-policy"),
    "tags": Field(),
}
# IAM User Guide, "IAM and AWS STS quotas": versions of a managed policy.
_VERSIONS_KEPT: Final = 5


def _read(api: Api, arn: str, _: Props) -> Props | None:
    found = api.find("get_policy", PolicyArn=arn)
    if found is None:
        return None
    policy: dict[str, Any] = found["Policy"]
    version = api.call("get_policy_version", PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    return {
        **api.parse("get_policy", _FIELDS, policy, "Policy"),
        "policy": document(version["PolicyVersion"]["Document"]),
        "arn": arn,
        "policyId": policy["PolicyId"],
        "attachmentCount": policy.get("AttachmentCount", 0),
    }


def _oldest_first(api: Api, arn: str) -> list[str]:
    versions = [v for v in api.pages("list_policy_versions", "Versions", PolicyArn=arn) if not v["IsDefaultVersion"]]
    return [version["VersionId"] for version in sorted(versions, key=lambda version: int(version["VersionId"][1:]))]


def _update(api: Api, arn: str, old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    if "policy" not in changed:
        return []
    full = len(_oldest_first(api, arn)) >= _VERSIONS_KEPT - 1 if old else False
    make_room = (
        [Request("delete_policy_version", {"PolicyArn": arn, "VersionId": _oldest_first(api, arn)[0]})] if full else []
    )
    params = {"PolicyArn": arn, "PolicyDocument": new["policy"], "SetAsDefault": True}
    return [*make_room, Request("create_policy_version", params)]


def _delete_versions(api: Api, arn: str, _: Props) -> None:
    if api.find("get_policy", PolicyArn=arn) is None:
        return
    for version in _oldest_first(api, arn):
        api.find("delete_policy_version", PolicyArn=arn, VersionId=version)


POLICY: Final = Handler(
    service="iam",
    regional=False,
    fields=_FIELDS,
    outputs=("arn", "policyId", "attachmentCount"),
    naming=Naming(longest=128),
    tagging=Tagging(resource="PolicyArn", tag="tag_policy", untag="untag_policy", read="list_policy_tags"),
    create=lambda api, inputs: Request("create_policy", api.build("create_policy", _FIELDS, inputs)),
    identify=lambda api, inputs, response: (
        response["Policy"]["Arn"]
        if response
        else f"arn:{api.place.partition}:iam::{api.place.account}:policy{inputs.get('path', '/')}{inputs['name']}"
    ),
    read=_read,
    update=_update,
    before_delete=_delete_versions,
    delete=lambda api, arn, state: [Request("delete_policy", {"PolicyArn": arn})],
)
