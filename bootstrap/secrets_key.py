"""The KMS key that encrypts an environment's state and the secrets in it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.errors import BootstrapError
from bootstrap.reconcile import Setting
from bootstrap.target import Clients, Target
from contract.aws_errors import code_of
from contract.names import BOOTSTRAP_TAG
from permissions.statements import KEY_ACCOUNT_ACTIONS


class SecretsKey:
    """The key behind `alias/{prefix}-state`, rotated yearly; IAM policies decide who may use it.

    `arn` is None until `exists` has found the key or `create` has created it.
    """

    kind = "KMS key"

    def __init__(self, clients: Clients, target: Target) -> None:
        self._kms = clients("kms")
        self._target = target
        self.name = target.deployment.secrets_alias
        self.arn: str | None = None

    def exists(self) -> bool:
        """Return whether there is such a key, with or without its alias."""
        self.arn = self.arn or self._behind_alias() or self._marked()
        return self.arn is not None

    def create(self) -> None:
        """Create the key with its policy and its mark; the alias follows as a setting."""
        response = self._kms.create_key(
            Description=f"Pulumi state and secrets of {self._target.deployment.prefix}",
            Policy=json.dumps(self._policy()),
            Tags=self._tags(),
        )
        self.arn = response["KeyMetadata"]["Arn"]
        # CreateKey takes no token: an attempt whose answer got lost has made a key as well.
        if response["ResponseMetadata"]["RetryAttempts"]:
            self._discard_twins()

    def settings(self) -> Sequence[Setting]:
        """Return the alias, the state, the rotation, the policy and the tags."""
        return (
            Setting(label="alias", is_right=self._has_alias, put_right=self._put_alias),
            Setting(label="enabled", is_right=lambda: self._state() == "Enabled", put_right=self._enable),
            Setting(
                label="yearly rotation",
                is_right=lambda: self._kms.get_key_rotation_status(KeyId=self._id)["KeyRotationEnabled"],
                put_right=lambda: self._kms.enable_key_rotation(KeyId=self._id),
            ),
            Setting(
                label="key policy",
                is_right=lambda: json.loads(self._current_policy()) == self._policy(),
                put_right=lambda: self._kms.put_key_policy(
                    KeyId=self._id, PolicyName="default", Policy=json.dumps(self._policy())
                ),
            ),
            Setting(
                label="tags",
                is_right=self._has_tags,
                put_right=lambda: self._kms.tag_resource(KeyId=self._id, Tags=self._tags()),
            ),
        )

    def delete(self, days: int) -> None:
        """Delete the alias and schedule the key's deletion in this number of days."""
        if self.arn is None:
            return
        if self._behind_alias():
            self._kms.delete_alias(AliasName=self.name)
        if self._state() != "PendingDeletion":
            self._kms.schedule_key_deletion(KeyId=self._id, PendingWindowInDays=days)

    @property
    def _id(self) -> str:
        return (self.arn or "").rpartition("/")[2]

    def _behind_alias(self) -> str | None:
        try:
            return str(self._kms.describe_key(KeyId=self.name)["KeyMetadata"]["Arn"])
        except ClientError as error:
            if code_of(error) == "NotFoundException":
                return None
            raise

    def _marked(self) -> str | None:
        """Return the key that an earlier run created without reaching its alias."""
        return next(self._all_marked(), None)

    def _all_marked(self) -> Iterator[str]:
        for page in self._kms.get_paginator("list_keys").paginate():
            for key in page["Keys"]:
                if self._is_marked(key["KeyArn"]):
                    yield str(key["KeyArn"])

    def _discard_twins(self) -> None:
        """Schedule the deletion of the other marked keys; before this one was created there was none."""
        for arn in list(self._all_marked()):
            if arn not in {self.arn, self._behind_alias()}:
                self._kms.schedule_key_deletion(KeyId=arn.rpartition("/")[2], PendingWindowInDays=7)

    def _is_marked(self, arn: str) -> bool:
        try:
            marked = self._tags_of(arn).get(BOOTSTRAP_TAG) == self.name
            return marked and self._kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Enabled"
        except ClientError as error:
            # Other teams' keys, and AWS's own, may refuse this; the environment's never does.
            if code_of(error) in {"AccessDeniedException", "NotFoundException"}:
                return False
            raise

    def _has_alias(self) -> bool:
        return self._behind_alias() == self.arn

    def _put_alias(self) -> None:
        try:
            self._kms.create_alias(AliasName=self.name, TargetKeyId=self._id)
        except ClientError as error:
            if code_of(error) != "AlreadyExistsException":
                raise
            self._yield_to_winner()

    def _yield_to_winner(self) -> None:
        """Take the key of another run that set the alias first, and schedule the deletion of this run's own."""
        created_id, winner = self._id, self._behind_alias()
        if winner is None:
            raise BootstrapError(f"{self.name} appears and disappears: somebody else is at work here. Run this again.")
        if winner != self.arn:
            self.arn = winner
            self._kms.schedule_key_deletion(KeyId=created_id, PendingWindowInDays=7)

    def _state(self) -> str:
        return str(self._kms.describe_key(KeyId=self._id)["KeyMetadata"]["KeyState"])

    def _enable(self) -> None:
        if self._state() == "PendingDeletion":
            self._kms.cancel_key_deletion(KeyId=self._id)
        self._kms.enable_key(KeyId=self._id)

    def _current_policy(self) -> str:
        return str(self._kms.get_key_policy(KeyId=self._id, PolicyName="default")["Policy"])

    def _policy(self) -> dict[str, Any]:
        # A key policy can name no other resource than its key ("Key policies in AWS KMS").
        account = {
            "Sid": "LetIamPoliciesDecide",
            "Effect": "Allow",
            "Principal": {"AWS": self._target.deployment.global_arn("iam", "root")},
            "Action": list(KEY_ACCOUNT_ACTIONS),
            "Resource": "*",
        }
        return {"Version": "2012-10-17", "Statement": [account]}

    def _has_tags(self) -> bool:
        tags = self._tags_of(self._id)
        return all(tags.get(tag["TagKey"]) == tag["TagValue"] for tag in self._tags())

    def _tags_of(self, key: str | None) -> dict[str, str]:
        pages = self._kms.get_paginator("list_resource_tags").paginate(KeyId=key)
        return {tag["TagKey"]: tag["TagValue"] for page in pages for tag in page["Tags"]}

    def _tags(self) -> list[dict[str, str]]:
        tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in self._target.tags]
        return [*tags, {"TagKey": BOOTSTRAP_TAG, "TagValue": self.name}]
