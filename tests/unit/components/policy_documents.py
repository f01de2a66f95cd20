"""Every policy document of the program and its bootstrap, read from what they register."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .conftest import Registered

# What comes before the name in the label of a document.
Kind = Literal["trust", "inline", "managed", "bucket", "queue", "topic", "key", "function"]


@dataclass(frozen=True, kw_only=True)
class PolicyDocument:
    """One policy document; `arn` is the resource that it is attached to, a managed policy's own."""

    kind: Kind
    name: str
    arn: str
    content: dict[str, Any]

    @property
    def label(self) -> str:
        """Such as `inline abalone-local-deploy/job` or `key encryption-key`."""
        return f"{self.kind} {self.name}"


def _trust(inputs: dict[str, Any], logical_name: str) -> PolicyDocument:
    content = json.loads(inputs["assumeRolePolicy"])
    return PolicyDocument(kind="trust", name=inputs["name"], arn=inputs["arn"], content=content)


def _inline(inputs: dict[str, Any], logical_name: str) -> PolicyDocument:
    name, arn = f"{inputs['role']}/{inputs['name']}", f"arn:aws:iam::123456789012:role/{inputs['role']}"
    return PolicyDocument(kind="inline", name=name, arn=arn, content=json.loads(inputs["policy"]))


def _managed(inputs: dict[str, Any], logical_name: str) -> PolicyDocument:
    content = json.loads(inputs["policy"])
    return PolicyDocument(kind="managed", name=inputs["name"], arn=inputs["arn"], content=content)


def _bucket(inputs: dict[str, Any], logical_name: str) -> PolicyDocument:
    name = inputs["bucket"]
    return PolicyDocument(kind="bucket", name=name, arn=f"arn:aws:s3:::{name}", content=json.loads(inputs["policy"]))


def _queue(inputs: dict[str, Any], logical_name: str) -> PolicyDocument:
    name = inputs["queueUrl"].rpartition("/")[2]
    arn = f"arn:aws:sqs:us-east-1:123456789012:{name}"
    return PolicyDocument(kind="queue", name=name, arn=arn, content=json.loads(inputs["policy"]))


def _topic(inputs: dict[str, Any], logical_name: str) -> PolicyDocument:
    name, arn = inputs["arn"].rpartition(":")[2], inputs["arn"]
    return PolicyDocument(kind="topic", name=name, arn=arn, content=json.loads(inputs["policy"]))


def _key(inputs: dict[str, Any], logical_name: str) -> PolicyDocument:
    content = json.loads(inputs["policy"])
    return PolicyDocument(kind="key", name=logical_name, arn=inputs["arn"], content=content)


READERS: dict[str, Callable[[dict[str, Any], str], PolicyDocument]] = {
    "aws:iam/policy:Policy": _managed,
    "aws:iam/role:Role": _trust,
    "aws:iam/rolePolicy:RolePolicy": _inline,
    "aws:kms/key:Key": _key,
    "aws:s3/bucketPolicy:BucketPolicy": _bucket,
    "aws:sns/topicPolicy:TopicPolicy": _topic,
    "aws:sqs/queuePolicy:QueuePolicy": _queue,
}
PERMISSION = "aws:lambda/permission:Permission"


def documents_of(registered: Registered) -> dict[str, PolicyDocument]:
    """Return the documents of all registered resources by label."""
    documents = [*_of_resources(registered), *_of_functions(registered)]
    by_label = {document.label: document for document in documents}
    assert len(by_label) == len(documents)
    return by_label


def _of_resources(registered: Registered) -> Iterator[PolicyDocument]:
    for type_token, read in READERS.items():
        for logical_name in registered.names_of(type_token):
            yield read(registered.inputs(logical_name), logical_name)


def _of_functions(registered: Registered) -> Iterator[PolicyDocument]:
    """Lambda adds each permission as a statement to the function's policy ("AddPermission")."""
    statements: dict[str, list[dict[str, Any]]] = {}
    for logical_name in registered.names_of(PERMISSION):
        inputs = registered.inputs(logical_name)
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:{inputs['function']}"
        statement = {
            "Sid": inputs["statementId"],
            "Effect": "Allow",
            "Principal": {"Service": inputs["principal"]},
            "Action": inputs["action"],
            "Resource": arn,
            "Condition": {"ArnLike": {"AWS:SourceArn": inputs["sourceArn"]}},
        }
        statements.setdefault(arn, []).append(statement)
    for arn, members in statements.items():
        content = {"Version": "2012-10-17", "Id": "default", "Statement": members}
        yield PolicyDocument(kind="function", name=arn.rpartition(":")[2], arn=arn, content=content)
