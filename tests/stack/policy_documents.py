"""Every policy document that the stack and its bootstrap deployed, read from the running cloud."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Project

PREFIX = "abalone-local"
# What lies before the name in the label of a document.
Kind = Literal["trust", "inline", "managed", "bucket", "queue", "topic", "key", "function"]


@dataclass(frozen=True, kw_only=True)
class Document:
    """One policy document; `arn` is the resource that it is attached to, a managed policy's own."""

    kind: Kind
    name: str
    arn: str
    content: dict[str, Any]

    @property
    def label(self) -> str:
        """Such as `inline abalone-local-deploy/job` or `key alias/abalone-local`."""
        return f"{self.kind} {self.name}"


def deployed_documents(project: Project) -> dict[str, Document]:
    """All documents in the account that belong to the environment, by label."""
    found = [
        *_of_roles(project.root("iam")),
        *_managed(project.root("iam")),
        *_of_buckets(project.root("s3")),
        *_of_queues(project.root("sqs")),
        *_of_topics(project.root("sns")),
        *_of_keys(project.root("kms")),
        *_of_functions(project.root("lambda")),
    ]
    return {document.label: document for document in found}


def attached(project: Project) -> dict[str, str]:
    """ARN of every managed policy that a role of the environment has or is bounded by, with its label."""
    iam = project.root("iam")
    roles = [iam.get_role(RoleName=name)["Role"] for name in _roles(iam)]
    arns = {role["PermissionsBoundary"]["PermissionsBoundaryArn"] for role in roles}
    for role in roles:
        pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=role["RoleName"])
        arns |= {policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]}
    return {arn: f"managed {arn.rpartition('/')[2]}" for arn in arns}


def _roles(iam: Any) -> list[str]:
    pages = iam.get_paginator("list_roles").paginate()
    return [role["RoleName"] for page in pages for role in page["Roles"] if role["RoleName"].startswith(PREFIX)]


def _of_roles(iam: Any) -> Iterator[Document]:
    for name in _roles(iam):
        role = iam.get_role(RoleName=name)["Role"]
        yield Document(kind="trust", name=name, arn=role["Arn"], content=role["AssumeRolePolicyDocument"])
        pages = iam.get_paginator("list_role_policies").paginate(RoleName=name)
        for policy in [policy for page in pages for policy in page["PolicyNames"]]:
            content = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            yield Document(kind="inline", name=f"{name}/{policy}", arn=role["Arn"], content=content)


def _managed(iam: Any) -> Iterator[Document]:
    pages = iam.get_paginator("list_policies").paginate(Scope="Local")
    for policy in [policy for page in pages for policy in page["Policies"]]:
        if policy["PolicyName"].startswith(PREFIX):
            version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
            content = version["PolicyVersion"]["Document"]
            yield Document(kind="managed", name=policy["PolicyName"], arn=policy["Arn"], content=content)


def _of_buckets(s3: Any) -> Iterator[Document]:
    for name in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        if name.startswith(PREFIX) and (text := _unless_absent(s3.get_bucket_policy, Bucket=name)):
            yield Document(kind="bucket", name=name, arn=f"arn:aws:s3:::{name}", content=json.loads(text["Policy"]))


def _of_queues(sqs: Any) -> Iterator[Document]:
    for url in sqs.list_queues(QueueNamePrefix=PREFIX).get("QueueUrls", []):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy", "QueueArn"])["Attributes"]
        if "Policy" in attributes:
            name, arn = url.rpartition("/")[2], attributes["QueueArn"]
            yield Document(kind="queue", name=name, arn=arn, content=json.loads(attributes["Policy"]))


def _of_topics(sns: Any) -> Iterator[Document]:
    for arn in [topic["TopicArn"] for page in sns.get_paginator("list_topics").paginate() for topic in page["Topics"]]:
        name = arn.rpartition(":")[2]
        if name.startswith(PREFIX):
            policy = sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]
            yield Document(kind="topic", name=name, arn=arn, content=json.loads(policy))


def _of_keys(kms: Any) -> Iterator[Document]:
    """All customer managed keys of the account: a key's own name is generated, so its alias stands for it."""
    pages = kms.get_paginator("list_aliases").paginate()
    aliases = {a.get("TargetKeyId"): a["AliasName"] for page in pages for a in page["Aliases"]}
    for key in [key for page in kms.get_paginator("list_keys").paginate() for key in page["Keys"]]:
        if kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyManager"] == "CUSTOMER":
            policy = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
            name = aliases.get(key["KeyId"], key["KeyId"])
            yield Document(kind="key", name=name, arn=key["KeyArn"], content=json.loads(policy))


def _of_functions(functions: Any) -> Iterator[Document]:
    pages = functions.get_paginator("list_functions").paginate()
    for function in [function for page in pages for function in page["Functions"]]:
        name, arn = function["FunctionName"], function["FunctionArn"]
        if name.startswith(PREFIX) and (found := _unless_absent(functions.get_policy, FunctionName=name)):
            yield Document(kind="function", name=name, arn=arn, content=json.loads(found["Policy"]))


def _unless_absent(read: Any, **of: str) -> dict[str, Any] | None:
    try:
        return read(**of)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchBucketPolicy", "ResourceNotFoundException"):
            return None
        raise
