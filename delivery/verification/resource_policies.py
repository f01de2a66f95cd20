"""Checks of the policies of keys, topics, queues, functions and buckets: those who have to use them may."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from botocore.exceptions import ClientError

from contract.arns import Arn
from contract.aws_errors import code_of
from delivery.verification.findings import Finding, failed, first_of, passed
from delivery.verification.policy_evaluation import Document, Request, decide, is_like
from delivery.verification.state import Deployed, Resource
from delivery.verification.uses import ROLE, Use, declared_permissions, uses_by_services

_ALIAS: Final = "aws:kms/alias:Alias"
_KEY: Final = "aws:kms/key:Key"
_NO_POLICY: Final = frozenset({"NoSuchBucketPolicy", "ResourceNotFoundException"})
_KINDS: Final[Mapping[str, str]] = {
    "aws:kms/key:Key": "key",
    "aws:lambda/function:Function": "function",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:sns/topic:Topic": "topic",
    "aws:sqs/queue:Queue": "queue",
}
"""The resources that have a policy, by type."""

_EMPTY_POLICY: Final = '{"Version": "2012-10-17", "Statement": []}'


def resource_policies(deployed: Deployed) -> Iterator[Finding]:
    """Check each policy, as deployed, for the services that have to use its resource, and for the stack's roles.

    A service needs to be allowed, and so does a role on a key; elsewhere a role's own policies allow, which the policy
    of the resource must not refuse.
    """
    by_service, by_role = uses_by_services(deployed), _uses_by_roles(deployed)
    for resource in deployed.resources:
        if resource.type in _KINDS:
            arn = resource.text("arn")
            of_services = [use for use in by_service if use.request.resource == arn]
            of_roles = [use for use in by_role if _is_within(use.request.resource, arn)]
            if of_services or of_roles:
                subject = f"{_KINDS[resource.type]} {_name(deployed, arn)}"
                policy = json.loads(_policy(deployed, resource))
                for service in sorted({use.request.principal for use in of_services}):
                    uses = [use for use in of_services if use.request.principal == service]
                    yield _finding(subject, service, policy, uses, must_allow=True)
                if of_roles:
                    must_allow = resource.type == _KEY
                    yield _finding(subject, "roles", policy, of_roles, must_allow=must_allow)


def _finding(subject: str, users: str, policy: Document, uses: Sequence[Use], *, must_allow: bool) -> Finding:
    subject = f"{subject} for {users}"
    decisions = [(use, decide(policy, use.request)) for use in uses]
    refused = [
        f"{decision} of {use}"
        for use, decision in decisions
        if decision == "explicitDeny" or (must_allow and decision != "allowed")
    ]
    if refused:
        return failed(subject, "allowed", first_of(refused))
    return passed(subject, "allowed" if must_allow else "not refused")


def _uses_by_roles(deployed: Deployed) -> list[Use]:
    """Return what the stack's roles are allowed by their own policies, as requests over TLS."""
    return [
        Use(
            request=Request(
                principal=role.text("arn"), action=action, resource=resource, context={"aws:SecureTransport": "true"}
            ),
            for_resource=role.text("arn"),
        )
        for role in deployed.of_type(ROLE)
        for permission in declared_permissions(deployed, role)
        for action in permission.actions
        for resource in permission.resources
    ]


def _is_within(pattern: str, arn: str) -> bool:
    """Return whether a resource in a role's policy is this one or, of a bucket, its objects."""
    if pattern == "*":
        return False
    return is_like(pattern, arn) or pattern.startswith(f"{arn}/")


def _name(deployed: Deployed, arn: str) -> str:
    """Return the name in an ARN, and a key's alias."""
    name = Arn.parse(arn).resource.rpartition("/")[2].rpartition(":")[2]
    aliases = [alias.text("name") for alias in deployed.of_type(_ALIAS) if alias.text("targetKeyId") in {name, arn}]
    return aliases[0].removeprefix("alias/") if aliases else name


def _policy(deployed: Deployed, resource: Resource) -> str:
    """Return the policy document of a resource, one without statements where it has none."""
    try:
        return _read_policy(deployed, resource) or _EMPTY_POLICY
    except ClientError as error:
        if code_of(error) in _NO_POLICY:
            return _EMPTY_POLICY
        raise


def _read_policy(deployed: Deployed, resource: Resource) -> str | None:
    match _KINDS[resource.type]:
        case "key":
            return deployed.clients("kms").get_key_policy(KeyId=resource.text("arn"), PolicyName="default")["Policy"]
        case "function":
            return deployed.clients("lambda").get_policy(FunctionName=resource.text("name"))["Policy"]
        case "bucket":
            return deployed.clients("s3").get_bucket_policy(Bucket=resource.text("bucket"))["Policy"]
        case "topic":
            return deployed.clients("sns").get_topic_attributes(TopicArn=resource.text("arn"))["Attributes"]["Policy"]
        case _:
            sqs, names = deployed.clients("sqs"), ["Policy"]
            attributes = sqs.get_queue_attributes(QueueUrl=resource.text("url"), AttributeNames=names)
            return attributes.get("Attributes", {}).get("Policy")
