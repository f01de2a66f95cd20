"""What the rules see: resources with plain properties, the stack around them, and policy documents as statements."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Final, cast

from settings.policies import RuleName


class Unknown(Enum):
    """A value that only the deployment will tell, such as the ARN of a resource that doesn't exist yet."""

    VALUE = "known after the deployment"


UNKNOWN: Final = Unknown.VALUE
"""It is true as a condition: whatever it will be, the property is set."""

# Where a resource has a policy document: those of identities grant, the others say who may.
IDENTITY_DOCUMENTS: Final[Mapping[str, str]] = {
    "aws:iam/groupPolicy:GroupPolicy": "policy",
    "aws:iam/policy:Policy": "policy",
    "aws:iam/role:Role": "inlinePolicies",
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
}
RESOURCE_DOCUMENTS: Final[Mapping[str, str]] = {
    "aws:iam/role:Role": "assumeRolePolicy",
    "aws:kms/key:Key": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource as it is registered, with the provider's property names.

    `references` has the URNs of the resources that a property comes from.
    """

    urn: str
    properties: Mapping[str, object]
    protect: bool = False
    references: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    @property
    def type(self) -> str:
        """The type token, such as aws:s3/bucket:Bucket."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]

    def at(self, path: str) -> object:
        """Return the value at a path such as `environment.variables`; None where there is none."""
        return at(self.properties, path)

    def members(self, path: str) -> list[Mapping[str, object]]:
        """Return the objects in the list at a path; none where it isn't known yet."""
        return mappings(self.at(path))


@dataclass(frozen=True, kw_only=True)
class Stack:
    """What the rules compare a resource with; `resources` are all of the stack, for rules that look at several."""

    tags: Mapping[str, str]
    removal_protection: bool
    today: date
    disabled: Mapping[RuleName, str] = field(default_factory=dict[RuleName, str])
    resources: Sequence[Resource] = ()

    def beside(self, resource: Resource, type_token: str, property_name: str) -> list[Resource]:
        """Return the resources of a type that refer to this one by a property, such as a bucket's policy."""
        names = {resource.at(name) for name in ("bucket", "name", "arn", "url")} - {None, UNKNOWN}
        return [
            other
            for other in self.resources
            if other.type == type_token
            and (resource.urn in other.references.get(property_name, ()) or other.at(property_name) in names)
        ]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy document, with lists where the document may have a single text."""

    sid: str
    allows: bool
    actions: Sequence[str]
    not_actions: Sequence[str]
    resources: Sequence[str]
    not_resources: Sequence[str]
    principals: Mapping[str, Sequence[str]]
    conditions: Mapping[str, Mapping[str, object]]


def at(value: object, path: str) -> object:
    """Return the value at a path of objects; None where there is none, UNKNOWN where it is below something unknown.

    A list of one object on the way counts as that object.
    """
    for part in path.split("."):
        if isinstance(value, list) and len(value) == 1:
            value = cast("list[object]", value)[0]
        if value is UNKNOWN:
            return UNKNOWN
        value = cast("Mapping[str, object]", value).get(part) if isinstance(value, Mapping) else None
    return value


def mappings(value: object) -> list[Mapping[str, object]]:
    """Return the objects of a list; a single object counts as a list of one."""
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    return [cast("Mapping[str, object]", item) for item in items if isinstance(item, Mapping)]


def texts(value: object) -> list[str]:
    """Return the texts of a list; a single text counts as a list of one."""
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def statements(resource: Resource, documents: Mapping[str, str]) -> Iterator[Statement]:
    """Yield the statements of the resource's document; none where it isn't known yet or has none."""
    if resource.type in documents:
        value = resource.at(documents[resource.type])
        for document in [item.get("policy") for item in mappings(value)] if isinstance(value, list) else [value]:
            yield from statements_of(document)


def statements_of(document: object) -> Iterator[Statement]:
    """Yield the statements of a policy document that is JSON; none of what isn't text."""
    content: object = json.loads(document) if isinstance(document, str) and document else {}
    for member in mappings(at(content, "Statement")):
        principal = member.get("Principal")
        principals = {"AWS": "*"} if principal == "*" else next(iter(mappings(principal)), {})
        yield Statement(
            sid=str(member.get("Sid", "")),
            allows=member.get("Effect") == "Allow",
            actions=texts(member.get("Action")),
            not_actions=texts(member.get("NotAction")),
            resources=texts(member.get("Resource")),
            not_resources=texts(member.get("NotResource")),
            principals={kind: texts(names) for kind, names in principals.items()},
            conditions={
                operator: next(iter(mappings(keys)), {})
                for condition in mappings(member.get("Condition"))
                for operator, keys in condition.items()
            },
        )
