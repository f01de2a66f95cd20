"""The managed policy that is the permissions boundary of every role of an environment."""

import json
from collections.abc import Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from bootstrap.reconcile import Setting
from bootstrap.secrets_key import SecretsKey
from bootstrap.target import Clients, Target
from contract.aws_errors import code_of
from permissions.boundary import boundary_document

# "IAM and AWS STS quotas": versions of a managed policy.
_MOST_VERSIONS: Final = 5


class Boundary:
    """`{prefix}-boundary`, with the document that the environment's configuration asks for as its default version."""

    kind = "permissions boundary"

    def __init__(self, clients: Clients, target: Target, key: SecretsKey) -> None:
        self._iam = clients("iam")
        self._target = target
        self._key = key
        self.name = target.deployment.boundary_name
        self.arn = target.deployment.boundary_arn

    def exists(self) -> bool:
        """Return whether the policy exists."""
        return self._policy() is not None

    def nested(self) -> list[str]:
        """Return the sorted prefixes of the account's environments that begin or continue this one's.

        Names of the one are then among the names that the other's boundary has. An environment is known by the tags of
        its boundary: IAM has no regions, so one list has all of the account's.
        """
        prefix, suffix = self._target.deployment.prefix, self.name.removeprefix(self._target.deployment.prefix)
        pages = self._iam.get_paginator("list_policies").paginate(Scope="Local")
        names = [policy["PolicyName"] for page in pages for policy in page["Policies"]]
        others = [name.removesuffix(suffix) for name in names if name.endswith(suffix) and name != self.name]
        return sorted(
            other
            for other in others
            if (f"{other}-".startswith(f"{prefix}-") or f"{prefix}-".startswith(f"{other}-"))
            and self._prefix_by_tags(self.arn.removesuffix(self.name) + other + suffix) == other
        )

    def create(self) -> None:
        """Create the policy."""
        try:
            self._iam.create_policy(
                PolicyName=self.name,
                PolicyDocument=self._document(),
                Description=f"What no role of {self._target.deployment.prefix} can exceed",
                Tags=self._target.tags,
            )
        except ClientError as error:
            if code_of(error) != "EntityAlreadyExists":
                raise

    def settings(self) -> Sequence[Setting]:
        """Return the document in force and the tags."""
        return (
            Setting(label="policy document", is_right=self._is_in_force, put_right=self._put_in_force),
            Setting(
                label="tags",
                is_right=self._has_tags,
                put_right=lambda: self._iam.tag_policy(PolicyArn=self.arn, Tags=self._target.tags),
            ),
        )

    def bounded_roles(self) -> list[str]:
        """Return the sorted names of the roles that have this boundary now."""
        if not self.exists():
            return []
        pages = self._iam.get_paginator("list_entities_for_policy").paginate(
            PolicyArn=self.arn, PolicyUsageFilter="PermissionsBoundary"
        )
        return sorted(role["RoleName"] for page in pages for role in page["PolicyRoles"])

    def delete(self) -> None:
        """Delete the policy with all its versions."""
        for version in self._versions():
            if not version["IsDefaultVersion"]:
                self._iam.delete_policy_version(PolicyArn=self.arn, VersionId=version["VersionId"])
        self._iam.delete_policy(PolicyArn=self.arn)

    def _policy(self) -> dict[str, Any] | None:
        try:
            policy: dict[str, Any] = self._iam.get_policy(PolicyArn=self.arn)["Policy"]
        except ClientError as error:
            if code_of(error) == "NoSuchEntity":
                return None
            raise
        return policy

    def _document(self) -> str:
        # In a dry run before the key exists, the document is only compared and never written.
        document = boundary_document(self._target.settings, self._key.arn or "(the new key)")
        return json.dumps(document, separators=(",", ":"))

    def _is_in_force(self) -> bool:
        policy = self._policy()
        if policy is None:
            return False
        version = self._iam.get_policy_version(PolicyArn=self.arn, VersionId=policy["DefaultVersionId"])
        return bool(version["PolicyVersion"]["Document"] == json.loads(self._document()))

    def _put_in_force(self) -> None:
        versions = self._versions()
        if len(versions) >= _MOST_VERSIONS:
            oldest = min((v for v in versions if not v["IsDefaultVersion"]), key=lambda v: v["CreateDate"])
            self._iam.delete_policy_version(PolicyArn=self.arn, VersionId=oldest["VersionId"])
        self._iam.create_policy_version(PolicyArn=self.arn, PolicyDocument=self._document(), SetAsDefault=True)

    def _versions(self) -> list[dict[str, Any]]:
        pages = self._iam.get_paginator("list_policy_versions").paginate(PolicyArn=self.arn)
        return [version for page in pages for version in page["Versions"]]

    def _has_tags(self) -> bool:
        return self._target.settings.all_tags.items() <= self._tags_of(self.arn).items()

    def _prefix_by_tags(self, arn: str) -> str:
        tags = self._tags_of(arn)
        return f"{tags.get('project')}-{tags.get('environment')}"

    def _tags_of(self, arn: str) -> dict[str, str]:
        pages = self._iam.get_paginator("list_policy_tags").paginate(PolicyArn=arn)
        return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
