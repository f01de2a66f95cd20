"""IAM policy documents, composed from statements and never pasted."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, TypedDict

import pulumi

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
    """An identity-based statement that allows actions on resources."""
    statement = Statement(Sid=sid, Effect="Allow", Action=sorted(actions), Resource=list(resources))
    if conditions:
        statement["Condition"] = conditions
    return statement


def service_may(
    sid: str, service: str, actions: Sequence[str], resources: Sequence[pulumi.Input[str]], conditions: Conditions
) -> Statement:
    """A resource-based statement for an AWS service, under conditions that name the caller's account or resource."""
    return Statement(
        Sid=sid,
        Effect="Allow",
        Principal={"Service": service},
        Action=sorted(actions),
        Resource=list(resources),
        Condition=conditions,
    )


def tls_only(action: str, resources: Sequence[pulumi.Input[str]]) -> Statement:
    """Refuses every request for `action` (such as s3:*) that does not come over TLS."""
    return Statement(
        Sid="RefusePlainHttp",
        Effect="Deny",
        Principal="*",
        Action=[action],
        Resource=list(resources),
        Condition={"Bool": {"aws:SecureTransport": "false"}},
    )


def assumable_by(service: str, conditions: Conditions | None = None) -> pulumi.Output[str]:
    """The trust policy of a role for one AWS service."""
    statement = Statement(Effect="Allow", Principal={"Service": service}, Action=["sts:AssumeRole"])
    if conditions:
        statement["Condition"] = conditions
    return document(statement)


def from_this_account(
    deployment: Deployment, source_arn: pulumi.Input[str] | Sequence[pulumi.Input[str]]
) -> Conditions:
    """Conditions against the confused deputy: the calling service acts for this account and for this resource."""
    return {
        "StringEquals": {"aws:SourceAccount": deployment.account_id},
        "ArnLike": {"aws:SourceArn": source_arn},
    }
