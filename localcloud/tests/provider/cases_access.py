"""Roles and policies."""

from __future__ import annotations

from typing import Any

from .case import Case, document, plain, trust

CASES = [
    Case(
        "role",
        "aws:iam/role:Role",
        {"assumeRolePolicy": trust("lambda.amazonaws.com"), "maxSessionDuration": 7200, "tags": {"a": "1"}},
        {"assumeRolePolicy": trust("events.amazonaws.com"), "description": "new", "tags": {}},
        {"path": "/provider-test/"},
        lambda c, out: c("iam").update_role(RoleName=out["name"], Description="someone's", MaxSessionDuration=3600),
        lambda c, out: c("iam").delete_role(RoleName=out["name"]),
        id="{name}",
        outputs=("arn", "uniqueId", "createDate"),
    ),
    Case(
        "role-policy",
        "aws:iam/rolePolicy:RolePolicy",
        {"role": "${role.name}", "policy": document("sqs:SendMessage", "${queue.arn}")},
        {"policy": document("sqs:ReceiveMessage", "${queue.arn}")},
        {"name": "other"},
        lambda c, out: c("iam").put_role_policy(
            RoleName=out["role"], PolicyName=out["name"], PolicyDocument=plain("s3:*", "*")
        ),
        lambda c, out: c("iam").delete_role_policy(RoleName=out["role"], PolicyName=out["name"]),
        id="{role}:{name}",
    ),
    Case(
        "policy",
        "aws:iam/policy:Policy",
        {"policy": document("sqs:SendMessage", "${queue.arn}"), "tags": {"a": "1"}},
        {"policy": document("sqs:ReceiveMessage", "${queue.arn}"), "tags": {"a": "2"}},
        {"description": "described"},
        lambda c, out: c("iam").create_policy_version(
            PolicyArn=out["arn"], PolicyDocument=plain("s3:*", "*"), SetAsDefault=True
        ),
        lambda c, out: _delete_policy(c("iam"), out["arn"]),
        id="{arn}",
        outputs=("arn", "policyId"),
    ),
    Case(
        "attachment",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        {"role": "${role.name}", "policyArn": "${policy.arn}"},
        {},
        {"policyArn": "${policy-2.arn}"},
        None,
        lambda c, out: c("iam").detach_role_policy(RoleName=out["role"], PolicyArn=out["policyArn"]),
        id="{role}/{policyArn}",
    ),
]


def _delete_policy(iam: Any, arn: str) -> None:
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)
