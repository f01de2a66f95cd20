"""IAM roles within the permissions boundary, and policy documents that are composed from statements."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, TypedDict

import pulumi
import pulumi_aws as aws

from contract.names import Deployment
from permissions import statements

Conditions = Mapping[str, Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]]


class Statement(TypedDict, total=False):
    """One statement of a policy document, with Pulumi inputs for values."""

    Sid: str
    Effect: Literal["Allow", "Deny"]
    Principal: str | Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]
    Action: Sequence[str]
    Resource: Sequence[pulumi.Input[str]]
    Condition: Conditions


AnyStatement: TypeAlias = Statement | statements.Statement
"""A statement with or without Pulumi inputs in it."""


def document(*members: AnyStatement) -> pulumi.Output[str]:
    """Return the policy document of these statements as JSON."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(members)})


def allow(
    sid: str, actions: Sequence[str], resources: Sequence[pulumi.Input[str]], conditions: Conditions | None = None
) -> Statement:
    """Return an identity-based statement that allows actions on resources."""
    statement = Statement(Sid=sid, Effect="Allow", Action=sorted(actions), Resource=list(resources))
    if conditions:
        statement["Condition"] = conditions
    return statement


def service_may(
    sid: str, service: str, actions: Sequence[str], resources: Sequence[pulumi.Input[str]], conditions: Conditions
) -> Statement:
    """Return a resource-based statement for a service, under conditions that name the caller's account or resource."""
    return Statement(
        Sid=sid,
        Effect="Allow",
        Principal={"Service": service},
        Action=sorted(actions),
        Resource=list(resources),
        Condition=conditions,
    )


def read_objects(sid: str, bucket_arn: pulumi.Output[str], prefixes: Sequence[str]) -> list[Statement]:
    """Return statements for reading and listing below some prefixes of a bucket, and nothing outside them."""
    objects = [pulumi.Output.concat(bucket_arn, f"/{prefix}/*") for prefix in prefixes]
    listed = {"StringLike": {"s3:prefix": [f"{prefix}/*" for prefix in prefixes]}}
    return [
        allow(f"Read{sid}", ["s3:GetObject"], objects),
        allow(f"List{sid}", ["s3:ListBucket"], [bucket_arn], listed),
        allow(f"Locate{sid}", ["s3:GetBucketLocation"], [bucket_arn]),
    ]


def tls_only(action: str, resources: Sequence[pulumi.Input[str]]) -> Statement:
    """Return a statement that refuses every request for `action` (such as s3:*) that does not come over TLS."""
    return Statement(
        Sid="RefusePlainHttp",
        Effect="Deny",
        Principal="*",
        Action=[action],
        Resource=list(resources),
        Condition={"Bool": {"aws:SecureTransport": "false"}},
    )


def assumable_by(service: str, conditions: Conditions | None = None) -> pulumi.Output[str]:
    """Return the trust policy of a role for one AWS service."""
    statement = Statement(Effect="Allow", Principal={"Service": service}, Action=["sts:AssumeRole"])
    if conditions:
        statement["Condition"] = conditions
    return document(statement)


def from_this_account(
    deployment: Deployment, source_arn: pulumi.Input[str] | Sequence[pulumi.Input[str]]
) -> Conditions:
    """Return conditions against the confused deputy: the service acts for this account and for this resource."""
    return {
        "StringEquals": {"aws:SourceAccount": deployment.account_id},
        "ArnLike": {"aws:SourceArn": source_arn},
    }


def create_role(
    name: str,
    *,
    deployment: Deployment,
    short_name: str,
    description: str,
    trust: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> aws.iam.Role:
    """Create the role `{project}-{environment}-{short_name}` as resource `name`; `trust` is its assume-role policy.

    The boundary is named, not read: without a bootstrap IAM refuses the role, and says which policy doesn't exist.
    """
    return aws.iam.Role(
        name,
        name=deployment.name(short_name),
        description=description,
        assume_role_policy=trust,
        permissions_boundary=deployment.boundary_arn,
        opts=opts,
    )
