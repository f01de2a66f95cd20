"""What parliament and cfn-lint say of policy documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tools.security import policies
from tools.security.cfn_lint import REGION, lint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tools.security.policies import PolicyDocument


class Finding(NamedTuple):
    """One complaint of a linter: the document's label, the linter's name of the rule, and what it says."""

    policy: str
    rule: str
    message: str


def by_parliament(document: PolicyDocument) -> set[Finding]:
    """parliament's findings, of each action its own."""
    return {Finding(document.label, rule, message) for rule, message in policies.by_parliament(document)}


def by_cfn_lint(documents: Iterable[PolicyDocument]) -> set[Finding]:
    """The findings of all of cfn-lint's rules inside the documents, each wrapped in the resource that it belongs to."""
    resources: dict[str, Any] = {}
    labels: dict[str, str] = {}
    for document in documents:
        for resource in _resources(document):
            logical_id = f"Policy{len(resources)}"
            resources[logical_id], labels[logical_id] = resource, document.label
    matches = lint({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})
    # What lies outside is about templates, such as a deletion policy: these resources only wrap a document.
    places = [(match, getattr(match, "path", [])) for match in matches]
    return {
        Finding(labels[place[1]], match.rule.id, match.message)
        for match, place in places
        if place[:1] == ["Resources"] and place[2:3] == ["Properties"]
    }


def _resources(document: PolicyDocument) -> Iterator[dict[str, Any]]:
    name, policy = document.name, document.content
    if document.kind == "trust":
        yield _resource("AWS::IAM::Role", RoleName=name, AssumeRolePolicyDocument=policy)
    elif document.kind == "inline":
        role, _, policy_name = name.partition("/")
        yield _resource("AWS::IAM::RolePolicy", RoleName=role, PolicyName=policy_name, PolicyDocument=policy)
    elif document.kind in {"managed", "boundary"}:
        yield _resource("AWS::IAM::ManagedPolicy", ManagedPolicyName=name, PolicyDocument=policy)
    elif document.kind == "bucket":
        yield _resource("AWS::S3::BucketPolicy", Bucket=name, PolicyDocument=policy)
    elif document.kind == "queue":
        url = f"https://sqs.{REGION}.amazonaws.com/{document.arn.split(':')[4]}/{name}"
        yield _resource("AWS::SQS::QueuePolicy", Queues=[url], PolicyDocument=policy)
    elif document.kind == "topic":
        yield _resource("AWS::SNS::TopicPolicy", Topics=[document.arn], PolicyDocument=policy)
    elif document.kind == "key":
        yield _resource("AWS::KMS::Key", EnableKeyRotation=True, KeyPolicy=policy)
    else:
        yield from _permissions(document)


def _permissions(document: PolicyDocument) -> Iterator[dict[str, Any]]:
    """CloudFormation has no resource for a function's whole policy, only for the statements that Lambda puts in it."""
    for statement in document.content["Statement"]:
        assert set(statement) == {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
        assert statement["Effect"] == "Allow"
        assert statement["Resource"] == document.arn
        source = statement["Condition"]
        assert {operator: set(keys) for operator, keys in source.items()} == {"ArnLike": {"AWS:SourceArn"}}
        yield _resource(
            "AWS::Lambda::Permission",
            FunctionName=document.arn,
            Action=statement["Action"],
            Principal=statement["Principal"]["Service"],
            SourceArn=source["ArnLike"]["AWS:SourceArn"],
        )


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}
