"""What somebody added to the stack's resources that the stack doesn't declare.

A refresh compares what is declared, and finds nothing of a further policy, target, permission, grant or subscriber.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from contract.aws_errors import code_of
from delivery.verification.state import Resource

_Clients = Callable[[str], Any]
_Additions = Callable[[Sequence[Resource], _Clients], Iterator[str]]


def additions(resources: Sequence[Resource], clients: _Clients) -> list[str]:
    """Return one line for each thing that AWS has beside those in the state; `clients` are boto3's, by service.

    Raises:
        ClientError: one of the resources can't be looked at. What is gone itself is drift, and no error here.
    """
    return [line for kind in _KINDS for line in kind(resources, clients)]


def _inline_policies(resources: Sequence[Resource], clients: _Clients) -> Iterator[str]:
    declared = _pairs(resources, "aws:iam/rolePolicy:RolePolicy", "role", "name")
    for role in _names(resources, "aws:iam/role:Role"):
        names = _pages(clients("iam").get_paginator("list_role_policies"), "PolicyNames", RoleName=role)
        yield from (f"role {role}: inline policy {name}" for name in names if (role, name) not in declared)


def _attached_policies(resources: Sequence[Resource], clients: _Clients) -> Iterator[str]:
    declared = _pairs(resources, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", "policyArn")
    for role in _names(resources, "aws:iam/role:Role"):
        policies = _pages(
            clients("iam").get_paginator("list_attached_role_policies"), "AttachedPolicies", RoleName=role
        )
        arns = [policy["PolicyArn"] for policy in policies]
        yield from (f"role {role}: attached policy {arn}" for arn in arns if (role, arn) not in declared)


def _targets(resources: Sequence[Resource], clients: _Clients) -> Iterator[str]:
    declared = _pairs(resources, "aws:cloudwatch/eventTarget:EventTarget", "rule", "targetId")
    for rule in _names(resources, "aws:cloudwatch/eventRule:EventRule"):
        targets = _pages(clients("events").get_paginator("list_targets_by_rule"), "Targets", Rule=rule)
        yield from (
            f"rule {rule}: target {target['Id']}, {target['Arn']}"
            for target in targets
            if (rule, target["Id"]) not in declared
        )


def _permissions(resources: Sequence[Resource], clients: _Clients) -> Iterator[str]:
    declared = {item.text("statementId") for item in _of_type(resources, "aws:lambda/permission:Permission")}
    for function in _names(resources, "aws:lambda/function:Function"):
        try:
            policy = json.loads(clients("lambda").get_policy(FunctionName=function)["Policy"])
        except ClientError as error:
            # A function that nobody may invoke has no policy.
            if code_of(error) != "ResourceNotFoundException":
                raise
            continue
        yield from (
            f"function {function}: permission {statement.get('Sid')} for {json.dumps(statement.get('Principal'))}"
            for statement in policy["Statement"]
            if statement.get("Sid") not in declared
        )


def _subscribers(resources: Sequence[Resource], clients: _Clients) -> Iterator[str]:
    declared = _pairs(resources, "aws:sns/topicSubscription:TopicSubscription", "protocol", "endpoint")
    # Chat subscribes itself to the topics of its channels, at addresses of its own.
    has_chat = any(resource.type.startswith("aws:chatbot/") for resource in resources)
    for topic in _of_type(resources, "aws:sns/topic:Topic"):
        for item in _pages(
            clients("sns").get_paginator("list_subscriptions_by_topic"), "Subscriptions", TopicArn=topic.id
        ):
            is_chat = has_chat and item["Protocol"] == "https" and ".chatbot.amazonaws.com" in item["Endpoint"]
            if (item["Protocol"], item["Endpoint"]) not in declared and not is_chat:
                yield f"topic {topic.id.rpartition(':')[2]}: {item['Protocol']} subscriber {item['Endpoint']}"


def _grants(resources: Sequence[Resource], clients: _Clients) -> Iterator[str]:
    """Name grants for other accounts: services make some for themselves and the stack's roles, and retire them."""
    for key in _of_type(resources, "aws:kms/key:Key"):
        account = key.text("arn").split(":")[4] if key.text("arn") else ""
        for grant in _pages(clients("kms").get_paginator("list_grants"), "Grants", KeyId=key.id):
            grantee = str(grant.get("GranteePrincipal", ""))
            if grantee.startswith("arn:") and grantee.split(":")[4] != account:
                yield f"key {key.id}: grant {grant['GrantId']} for {grantee}"


_KINDS: Final[Sequence[_Additions]] = (
    _inline_policies,
    _attached_policies,
    _targets,
    _permissions,
    _subscribers,
    _grants,
)


def _pages(paginator: Any, member: str, **arguments: str) -> list[Any]:
    """Return the items of all pages; none where what they belong to is gone."""
    try:
        return [item for page in paginator.paginate(**arguments) for item in page.get(member, [])]
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise
        return []


_GONE: Final = frozenset({"NoSuchEntity", "NotFound", "NotFoundException", "ResourceNotFoundException"})


def _of_type(resources: Sequence[Resource], type_token: str) -> list[Resource]:
    return [resource for resource in resources if resource.type == type_token]


def _names(resources: Sequence[Resource], type_token: str) -> list[str]:
    return [resource.text("name") for resource in _of_type(resources, type_token)]


def _pairs(resources: Sequence[Resource], type_token: str, first: str, second: str) -> set[tuple[str, str]]:
    return {(resource.text(first), resource.text(second)) for resource in _of_type(resources, type_token)}
