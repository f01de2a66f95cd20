"""Policy documents of a stack, and what parliament says of them."""

import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from tools.cloudformation.resources import Resource

Kind = Literal["trust", "inline", "managed", "boundary", "bucket", "queue", "topic", "key", "function"]
"""What a document is attached to, or what it is."""

Statement = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class PolicyDocument:
    """One policy document.

    Attributes:
        resource: the name in the program of the resource that has it.
        name: of what it is attached to, in AWS; of an inline policy the role's name, a slash, and its own.
        arn: of what it is attached to; of a managed policy its own.
    """

    kind: Kind
    resource: str
    name: str
    arn: str
    content: dict[str, Any]

    @property
    def label(self) -> str:
        """Such as `inline abalone-local-deploy/job`."""
        return f"{self.kind} {self.name}"

    @property
    def statements(self) -> Sequence[Statement]:
        """Its statements."""
        return self.content["Statement"]


def _trust(resource: Resource, _: Mapping[str, str]) -> PolicyDocument:
    return _document("trust", resource, resource.inputs["name"], resource.arn, "assumeRolePolicy")


def _inline(resource: Resource, role_arns: Mapping[str, str]) -> PolicyDocument:
    role = resource.inputs["role"]
    return _document("inline", resource, f"{role}/{resource.inputs['name']}", role_arns.get(role, ""))


def _managed(resource: Resource, _: Mapping[str, str]) -> PolicyDocument:
    return _document("managed", resource, resource.inputs["name"], resource.arn)


def _bucket(resource: Resource, _: Mapping[str, str]) -> PolicyDocument:
    name = resource.inputs["bucket"]
    return _document("bucket", resource, name, f"arn:aws:s3:::{name}")


def _queue(resource: Resource, _: Mapping[str, str]) -> PolicyDocument:
    queue = json.loads(resource.inputs["policy"])["Statement"][0]["Resource"]
    arn = queue if isinstance(queue, str) else queue[0]
    return _document("queue", resource, resource.inputs["queueUrl"].rpartition("/")[2], arn)


def _topic(resource: Resource, _: Mapping[str, str]) -> PolicyDocument:
    arn = resource.inputs["arn"]
    return _document("topic", resource, arn.rpartition(":")[2], arn)


def _key(resource: Resource, _: Mapping[str, str]) -> PolicyDocument:
    return _document("key", resource, resource.name, resource.arn)


READERS: Final[Mapping[str, Callable[[Resource, Mapping[str, str]], PolicyDocument]]] = {
    "aws:iam/policy:Policy": _managed,
    "aws:iam/role:Role": _trust,
    "aws:iam/rolePolicy:RolePolicy": _inline,
    "aws:kms/key:Key": _key,
    "aws:s3/bucketPolicy:BucketPolicy": _bucket,
    "aws:sns/topicPolicy:TopicPolicy": _topic,
    "aws:sqs/queuePolicy:QueuePolicy": _queue,
}
"""By type, how its document is read; what else has a policy are a function's permissions."""
PERMISSION: Final = "aws:lambda/permission:Permission"


def _document(kind: Kind, resource: Resource, name: str, arn: str, key: str = "policy") -> PolicyDocument:
    return PolicyDocument(
        kind=kind, resource=resource.name, name=name, arn=arn, content=json.loads(resource.inputs[key])
    )


def documents_of(resources: Sequence[Resource]) -> list[PolicyDocument]:
    """Return the documents of all resources of a stack."""
    role_arns = {r.inputs["name"]: r.arn for r in resources if r.type == "aws:iam/role:Role"}
    documents = [READERS[r.type](r, role_arns) for r in resources if r.type in READERS]
    return [*documents, *_of_functions(resources)]


def _of_functions(resources: Iterable[Resource]) -> Iterator[PolicyDocument]:
    """Yield the policy of each function: Lambda adds each permission to it as a statement ("AddPermission")."""
    arns = {r.inputs["name"]: r.arn for r in resources if r.type == "aws:lambda/function:Function"}
    permissions = [r for r in resources if r.type == PERMISSION]
    for function in {r.inputs["function"] for r in permissions}:
        statements = [
            _permission(permission, arns[function])
            for permission in permissions
            if permission.inputs["function"] == function
        ]
        content = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
        yield PolicyDocument(kind="function", resource=function, name=function, arn=arns[function], content=content)


def _permission(permission: Resource, function_arn: str) -> Statement:
    """Return a permission as a statement, with the conditions of those inputs that it has."""
    inputs = permission.inputs
    principal: str = inputs["principal"]
    kind = "Service" if principal.endswith(".amazonaws.com") else "AWS"
    statement: Statement = {
        "Sid": inputs.get("statementId", permission.name),
        "Effect": "Allow",
        "Principal": principal if principal == "*" else {kind: principal},
        "Action": inputs["action"],
        "Resource": function_arn,
    }
    conditions = {
        operator: {key: inputs[name]}
        for operator, key, name in (
            ("ArnLike", "AWS:SourceArn", "sourceArn"),
            ("StringEquals", "AWS:SourceAccount", "sourceAccount"),
        )
        if inputs.get(name)
    }
    return {**statement, "Condition": conditions} if conditions else statement


def by_parliament(document: PolicyDocument) -> set[tuple[str, str]]:
    """Return rules and messages of parliament, one for each action that a rule lists.

    The community's auditors look at what a policy grants. A boundary grants nothing.

    Raises:
        ValueError: parliament couldn't read all statements.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import parliament
    analysed = parliament.analyze_policy_string(
        json.dumps(_as_identity_policy(document)), include_community_auditors=document.kind != "boundary"
    )
    if len(analysed.statements) != len(document.statements):
        raise ValueError(f"parliament read {len(analysed.statements)} statements of {document.label}")
    return {(finding.issue, message) for finding in analysed.findings for message in _messages(finding)}


def _as_identity_policy(document: PolicyDocument) -> dict[str, Any]:
    """Return the document in a form that parliament reads on, instead of stopping at what only some policies have."""
    changed: dict[str, Any] = {**document.content, "Statement": [dict(statement) for statement in document.statements]}
    for statement in changed["Statement"]:
        if document.kind == "trust":
            # It names no resource: the role that it lies in is meant.
            statement["Resource"] = document.arn
        if document.kind == "function":
            # Lambda allows hyphens in a statement's id ("AddPermission", StatementId).
            statement["Sid"] = statement["Sid"].replace("-", "")
    return changed


def _messages(finding: Any) -> list[str]:
    if not finding.detail:
        # The community's auditors name actions beside the place, and some what these make possible together.
        kind = finding.location.get("type", "")
        return [f"{action} {kind}".rstrip() for action in finding.location["actions"]]
    details = finding.detail if isinstance(finding.detail, list) else [finding.detail]
    return [
        f"{detail['action']} requires {detail['required_format']}" if isinstance(detail, dict) else str(detail)
        for detail in details
    ]
