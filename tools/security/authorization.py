"""The roles and policies of stacks as `aws iam get-account-authorization-details` prints them, for cloudsplaining."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from tools.cloudformation.resources import Resource
from tools.security.policies import PolicyDocument, documents_of

_CREATED: Final = "2026-01-01T00:00:00+00:00"


def authorization_details(stacks: Iterable[Sequence[Resource]]) -> dict[str, list[dict[str, Any]]]:
    """Return the answer of an account that has these stacks; policies have the names of their resources."""
    roles: list[dict[str, Any]] = []
    policies: list[dict[str, Any]] = []
    for resources in stacks:
        documents = documents_of(resources)
        roles += _roles(resources, documents)
        policies += [_policy(document) for document in documents if document.kind == "managed"]
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies}


def _roles(resources: Sequence[Resource], documents: Sequence[PolicyDocument]) -> list[dict[str, Any]]:
    """Return the roles with their policies, also those that another's role gets from the stack."""
    trusts = {document.name: document for document in documents if document.kind == "trust"}
    inline = [document for document in documents if document.kind == "inline"]
    attachments = [r.inputs for r in resources if r.type == "aws:iam/rolePolicyAttachment:RolePolicyAttachment"]
    names = {*trusts, *(document.name.partition("/")[0] for document in inline)}
    return [
        {
            "Path": "/",
            "RoleName": name,
            "RoleId": f"AROA-{name}",
            "Arn": trusts[name].arn if name in trusts else f"arn:aws:iam::123456789012:role/{name}",
            "CreateDate": _CREATED,
            "AssumeRolePolicyDocument": trusts[name].content if name in trusts else {"Statement": []},
            "InstanceProfileList": [],
            "RolePolicyList": [
                {"PolicyName": document.resource, "PolicyDocument": document.content}
                for document in inline
                if document.name.startswith(f"{name}/")
            ],
            "AttachedManagedPolicies": [
                {"PolicyName": entry["policyArn"].rpartition("/")[2], "PolicyArn": entry["policyArn"]}
                for entry in attachments
                if entry["role"] == name
            ],
            "Tags": [],
        }
        for name in sorted(names)
    ]


def _policy(document: PolicyDocument) -> dict[str, Any]:
    version = {"Document": document.content, "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": _CREATED}
    return {
        "PolicyName": document.resource,
        "PolicyId": f"ANPA-{document.name}",
        "Arn": document.arn,
        "Path": "/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 1,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": _CREATED,
        "UpdateDate": _CREATED,
        "PolicyVersionList": [version],
    }
