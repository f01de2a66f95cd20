"""Roles within the boundary, the policies of the pipeline's own roles, and to whom roles are passed."""

from collections.abc import Mapping, Sequence
from typing import Final

from components import iam
from components.cicd.permissions.managed import Managed
from contract.names import Deployment

_READS = "GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies ListRoleTags"
# Who each role of the program is handed to; the pipeline's own are in delivery.py.
PASSED: Final[Mapping[str, str]] = {
    "notifier": "lambda.amazonaws.com",
    "sagemaker-execution": "sagemaker.amazonaws.com",
    "chat": "chatbot.amazonaws.com",
    "kpis-crawler": "glue.amazonaws.com",
    "quicksight": "quicksight.amazonaws.com",
    "lake-formation": "lakeformation.amazonaws.com",
}


def identity(deployment: Deployment, nouns: Sequence[str]) -> list[Managed]:
    """Roles `{prefix}-{noun}`, each only within the boundary; "*" stands for all of the environment's."""
    roles = [deployment.global_arn("iam", f"role/{deployment.prefix}-{noun}") for noun in nouns]
    policies = deployment.global_arn("iam", f"policy/{deployment.prefix}-delivery-*")
    bounded = {"iam:PermissionsBoundary": deployment.boundary_arn}
    return [
        Managed(
            sid="RolesWithinBoundary",
            service="iam",
            resources=roles,
            reads=_READS,
            changes="CreateRole DeleteRolePolicy PutRolePermissionsBoundary PutRolePolicy",
            conditions={"StringEquals": bounded},
        ),
        Managed(
            sid="Attachments",
            service="iam",
            resources=roles,
            changes="AttachRolePolicy DetachRolePolicy",
            conditions={"StringEquals": bounded, "ArnLike": {"iam:PolicyARN": policies}},
        ),
        # What makes a role no more powerful; IAM has no condition on the boundary for these.
        Managed(
            sid="Roles",
            service="iam",
            resources=roles,
            changes="DeleteRole TagRole UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
        ),
        Managed(
            sid="Policies",
            service="iam",
            resources=[policies],
            reads="GetPolicy GetPolicyVersion ListEntitiesForPolicy ListPolicyTags ListPolicyVersions",
            changes="CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion SetDefaultPolicyVersion "
            "TagPolicy UntagPolicy",
        ),
    ]


def passing(deployment: Deployment, passed: Mapping[str, str]) -> list[iam.Statement]:
    """iam:PassRole of each role to its one service."""
    services: dict[str, list[str]] = {}
    for noun, service in passed.items():
        services.setdefault(service, []).append(deployment.global_arn("iam", f"role/{deployment.name(noun)}"))
    return [
        iam.allow(
            f"PassTo{service.partition('.')[0].capitalize()}",
            ["iam:PassRole"],
            roles,
            {"StringEquals": {"iam:PassedToService": service}},
        )
        for service, roles in services.items()
    ]
