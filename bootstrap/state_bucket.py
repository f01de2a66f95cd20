"""The S3 bucket of an environment's Pulumi state."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from bootstrap.errors import BootstrapError
from bootstrap.reconcile import Setting
from bootstrap.secrets_key import SecretsKey
from bootstrap.target import Clients, Target
from contract.aws_errors import code_of

_OLD_VERSIONS_DAYS: Final = 90
_UNFINISHED_UPLOADS_DAYS: Final = 7
_PRIVATE: Final[dict[str, Any]] = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
# The error codes of a setting that was never made ("Error responses", Amazon S3 API Reference).
_UNSET: Final = (
    "NoSuchBucketPolicy",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "OwnershipControlsNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
)
_LIFECYCLE: Final[dict[str, Any]] = {
    "ID": "expire-old-versions",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": _OLD_VERSIONS_DAYS},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _UNFINISHED_UPLOADS_DAYS},
}


class StateBucket:
    """Versioned, encrypted with the environment's key, private, owned by the account, reachable over TLS only."""

    kind = "state bucket"

    def __init__(self, clients: Clients, target: Target, key: SecretsKey) -> None:
        self._s3 = clients("s3")
        self._target = target
        self._key = key
        self.name = target.deployment.state_bucket

    def exists(self) -> bool:
        """Return whether the bucket exists; raise BootstrapError where another account has its name."""
        try:
            self._s3.head_bucket(Bucket=self.name, ExpectedBucketOwner=self._target.deployment.account_id)
        except ClientError as error:
            if code_of(error) in {"404", "NoSuchBucket"}:
                return False
            if code_of(error) == "403":
                raise BootstrapError(
                    f"Bucket {self.name}: s3:ListBucket is missing, or another account holds the name."
                ) from error
            raise
        return True

    def create(self) -> None:
        """Create the bucket; raise BootstrapError where another account has its name."""
        region = self._target.deployment.region
        # us-east-1 is the default and is refused as a constraint (CreateBucket).
        location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            self._s3.create_bucket(Bucket=self.name, ObjectOwnership="BucketOwnerEnforced", **location)
        except ClientError as error:
            if code_of(error) == "BucketAlreadyExists":
                raise BootstrapError(f"Another account holds the bucket name {self.name}.") from error
            if code_of(error) != "BucketAlreadyOwnedByYou":
                raise

    def settings(self) -> Sequence[Setting]:
        """Return what S3 keeps apart from the bucket itself."""
        encryption = {
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": self._key.arn or "(the new key)",
                    },
                    "BucketKeyEnabled": True,
                }
            ]
        }
        ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        s3 = self._s3
        return (
            self._setting("ownership", s3.get_bucket_ownership_controls, "OwnershipControls", ownership),
            self._setting(
                "public access blocked", s3.get_public_access_block, "PublicAccessBlockConfiguration", _PRIVATE
            ),
            self._setting("encryption", s3.get_bucket_encryption, "ServerSideEncryptionConfiguration", encryption),
            Setting(label="versioning", is_right=self._is_versioned, put_right=self._put_versioning),
            Setting(label="expiry of old versions", is_right=self._expires, put_right=self._put_lifecycle),
            Setting(label="TLS only", is_right=self._is_tls_only, put_right=self._put_policy),
            Setting(label="tags", is_right=self._has_tags, put_right=self._put_tags),
        )

    def _setting(self, label: str, read: Callable[..., Any], member: str, expected: dict[str, Any]) -> Setting:
        writers = {
            "OwnershipControls": self._s3.put_bucket_ownership_controls,
            "PublicAccessBlockConfiguration": self._s3.put_public_access_block,
            "ServerSideEncryptionConfiguration": self._s3.put_bucket_encryption,
        }
        return Setting(
            label=label,
            is_right=lambda: _contains(self._read(read, member), expected),
            put_right=lambda: writers[member](Bucket=self.name, **{member: expected}),
        )

    def _read(self, call: Callable[..., Any], member: str) -> Any:
        """Return a member of the response; None where the setting was never made."""
        try:
            return call(Bucket=self.name).get(member)
        except ClientError as error:
            if code_of(error) in _UNSET:
                return None
            raise

    def _is_versioned(self) -> bool:
        return self._read(self._s3.get_bucket_versioning, "Status") == "Enabled"

    def _put_versioning(self) -> None:
        self._s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})

    def _expires(self) -> bool:
        rules = self._read(self._s3.get_bucket_lifecycle_configuration, "Rules") or []
        return len(rules) == 1 and _contains(rules[0], {k: v for k, v in _LIFECYCLE.items() if k != "Filter"})

    def _put_lifecycle(self) -> None:
        self._s3.put_bucket_lifecycle_configuration(Bucket=self.name, LifecycleConfiguration={"Rules": [_LIFECYCLE]})

    def _is_tls_only(self) -> bool:
        current = self._read(self._s3.get_bucket_policy, "Policy")
        return current is not None and json.loads(current) == self._policy()

    def _put_policy(self) -> None:
        self._s3.put_bucket_policy(Bucket=self.name, Policy=json.dumps(self._policy()))

    def _policy(self) -> dict[str, Any]:
        arn = self._target.deployment.bucket_arn(self.name)
        plain_http = {
            "Sid": "RefusePlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        return {"Version": "2012-10-17", "Statement": [plain_http]}

    def _tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self._read(self._s3.get_bucket_tagging, "TagSet") or []}

    def _has_tags(self) -> bool:
        return self._target.settings.all_tags.items() <= self._tags().items()

    def _put_tags(self) -> None:
        merged = {**self._tags(), **self._target.settings.all_tags}
        tag_set = [{"Key": key, "Value": value} for key, value in sorted(merged.items())]
        self._s3.put_bucket_tagging(Bucket=self.name, Tagging={"TagSet": tag_set})


def _contains(actual: Any, expected: Any) -> bool:
    """Return whether `actual` has all that is expected; S3 adds members of its own, such as BlockedEncryptionTypes."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(_contains(actual.get(key), value) for key, value in expected.items())
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(_contains(item, other) for item, other in zip(actual, expected, strict=True))
        )
    return bool(actual == expected)
