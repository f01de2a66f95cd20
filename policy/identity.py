"""Rules of who may do what: the policies of identities, and the trust of services."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from policy.resources import IDENTITY_DOCUMENTS, RESOURCE_DOCUMENTS, Resource, Stack, Statement, statements, texts

_BROAD = re.compile(r":aws:policy/(?:[^/]+/)*[^/]*(?:FullAccess|AdministratorAccess|PowerUserAccess)")
# Where a resource names managed policies by their ARNs.
_ATTACHED: Final[Mapping[str, str]] = {
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": "guardrailPolicyArns",
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": "guardrailPolicyArns",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
    "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
    "aws:iam/role:Role": "managedPolicyArns",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "policyArns",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
}

_NO_RESOURCE = "The service authorization reference gives it no resource."
ON_ANY_RESOURCE: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "access-analyzer:ValidatePolicy",
            "athena:ListDataCatalogs",
            "athena:ListEngineVersions",
            "athena:ListWorkGroups",
            "chatbot:CreateMicrosoftTeamsChannelConfiguration",
            "chatbot:CreateSlackChannelConfiguration",
            "chatbot:DescribeSlackChannelConfigurations",
            "chatbot:GetMicrosoftTeamsChannelConfiguration",
            "chatbot:ListMicrosoftTeamsChannelConfigurations",
            "chatbot:ListTagsForResource",
            "chatbot:TagResource",
            "chatbot:UntagResource",
            "cloudformation:CancelResourceRequest",
            "cloudformation:CreateResource",
            "cloudformation:DeleteResource",
            "cloudformation:GetResource",
            "cloudformation:GetResourceRequestStatus",
            "cloudformation:UpdateResource",
            "cloudwatch:PutMetricData",
            "ecr:GetAuthorizationToken",
            "events:TestEventPattern",
            "glue:CreateClassifier",
            "glue:CreateCrawler",
            "glue:CreateSecurityConfiguration",
            "glue:DeleteClassifier",
            "glue:DeleteSecurityConfiguration",
            "glue:GetClassifier",
            "glue:GetSecurityConfiguration",
            "glue:UpdateClassifier",
            "kms:CreateKey",
            "kms:ListAliases",
            "lakeformation:DeregisterResource",
            "lakeformation:DescribeResource",
            "lakeformation:GetDataAccess",
            "lakeformation:GetDataLakeSettings",
            "lakeformation:GrantPermissions",
            "lakeformation:ListPermissions",
            "lakeformation:RegisterResource",
            "lakeformation:RevokePermissions",
            "lakeformation:UpdateResource",
            "logs:DescribeLogGroups",
            "quicksight:CreateDataSource",
            "sns:GetSubscriptionAttributes",
            "sns:SetSubscriptionAttributes",
            "sns:Unsubscribe",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ),
        _NO_RESOURCE,
    ),
    "sagemaker:ListModelPackages": "The reference names a resource that a request need not have: it is asked on `*`.",
}
"""Actions that may be allowed on `*`, each with its reason."""

UNCONDITIONAL_TRUST: Final[Mapping[str, str]] = {
    "lakeformation.amazonaws.com": "Lake Formation documents none; iam:PassRole decides who hands the role over.",
    "lambda.amazonaws.com": "Lambda documents none for execution roles; iam:PassRole decides who hands the role over.",
    "quicksight.amazonaws.com": "QuickSight documents none: they are asked for where it sends them (`…IfExists`).",
}
"""Services that may assume a role without conditions that always hold, each with the reason."""
_CALLER = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:principalorgid"})


def broad_managed_policies(resource: Resource, _: Stack) -> Iterator[str]:
    """Yield AWS's managed policies that allow all of a service, or everything."""
    if resource.type in _ATTACHED:
        for arn in texts(resource.at(_ATTACHED[resource.type])):
            if _BROAD.search(arn):
                yield f"{arn} allows all of a service; write a policy of the actions that are needed"


def action_wildcards(resource: Resource, _: Stack) -> Iterator[str]:
    """Yield statements that allow actions by a pattern, or all but some."""
    for statement in statements(resource, IDENTITY_DOCUMENTS):
        if statement.allows:
            for action in statement.actions:
                if "*" in action or "?" in action:
                    yield f"{_label(statement)} allows {action}; name the actions"
            if statement.not_actions:
                yield f"{_label(statement)} allows all actions but {', '.join(statement.not_actions)}; name the actions"


def resource_wildcards(resource: Resource, _: Stack) -> Iterator[str]:
    """Yield actions that are allowed on `*` without a reason in ON_ANY_RESOURCE."""
    for statement in statements(resource, IDENTITY_DOCUMENTS):
        if statement.allows and "*" in statement.resources:
            unexplained = sorted(set(statement.actions) - ON_ANY_RESOURCE.keys())
            if unexplained:
                yield (
                    f"{_label(statement)} allows {', '.join(unexplained)} on *; name the resources,"
                    " or write the reason into policy/identity.py"
                )
        if statement.allows and statement.not_resources:
            yield f"{_label(statement)} allows all resources but {', '.join(statement.not_resources)}; name them"


def service_trust(resource: Resource, _: Stack) -> Iterator[str]:
    """Yield services that a role, key, bucket, topic, queue or function lets in for whoever calls them."""
    for statement in statements(resource, RESOURCE_DOCUMENTS):
        if statement.allows:
            for service in statement.principals.get("Service", ()):
                if not _is_confined(resource, service, statement):
                    yield (
                        f"{_label(statement)} lets {service} in for any account;"
                        " add a condition on aws:SourceArn or aws:SourceAccount"
                    )
    if resource.type == "aws:lambda/permission:Permission":
        principal = resource.at("principal")
        by_service = isinstance(principal, str) and principal.endswith(".amazonaws.com")
        if by_service and not resource.at("sourceArn") and not resource.at("sourceAccount"):
            yield f"{principal} may invoke the function for any account; set sourceArn or sourceAccount"


def _is_confined(resource: Resource, service: str, statement: Statement) -> bool:
    is_key = resource.type == "aws:kms/key:Key"
    always = {
        key.lower()
        for operator, keys in statement.conditions.items()
        if not operator.endswith("IfExists")
        for key in keys
    }
    if is_key:
        # A key's statement may also name what is encrypted, as log groups do.
        return bool(always)
    is_role = resource.type == "aws:iam/role:Role"
    return bool(always & _CALLER) or (is_role and service in UNCONDITIONAL_TRUST)


def _label(statement: Statement) -> str:
    return f"statement {statement.sid}" if statement.sid else "a statement"
