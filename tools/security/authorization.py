"""The roles and policies of stacks as `aws iam get-account-authorization-details` prints them, for cloudsplaining."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tools.cloudformation.resources import Resource
from tools.security.policies import PolicyDocument, documents_of

_CREATED: Final = "2026-01-01T00:00:00+00:00"


def authorization_details(stacks: Mapping[str, Sequence[Resource]]) -> dict[str, list[dict[str, Any]]]:
    """Return the answer of an account that has these stacks; a policy is named by its stack, a slash, its resource."""
    roles: list[dict[str, Any]] = []
    policies: list[dict[str, Any]] = []
    for stack, resources in stacks.items():
        documents = documents_of(resources)
        roles += _roles(stack, resources, documents)
        policies += [_policy(stack, document) for document in documents if document.kind == "managed"]
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies}


def _roles(stack: str, resources: Sequence[Resource], documents: Sequence[PolicyDocument]) -> list[dict[str, Any]]:
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
                {"PolicyName": f"{stack}/{document.resource}", "PolicyDocument": document.content}
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


def _policy(stack: str, document: PolicyDocument) -> dict[str, Any]:
    version = {"Document": document.content, "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": _CREATED}
    return {
        "PolicyName": f"{stack}/{document.resource}",
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
