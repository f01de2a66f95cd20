"""A bucket of the bootstrap: versioned, private, owned by the account, reachable over TLS only."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from bootstrap.errors import BootstrapError
from bootstrap.reconcile import Setting
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


class PrivateBucket(ABC):
    """What the buckets of an environment's state and of its access logs have in common."""

    kind: str

    def __init__(self, clients: Clients, target: Target, name: str) -> None:
        self.s3 = clients("s3")
        self.target = target
        self.name = name

    @property
    def arn(self) -> str:
        """The bucket's ARN."""
        return self.target.deployment.bucket_arn(self.name)

    @abstractmethod
    def encryption(self) -> dict[str, Any]:
        """Return the default of PutBucketEncryption: how an object is encrypted that says nothing of it."""

    def expiration(self) -> dict[str, Any]:
        """Return what the rule of the life cycle has beside the expiry of old versions."""
        return {}

    def statements(self) -> list[dict[str, Any]]:
        """Return the bucket's policy but for the refusal of plain HTTP."""
        return []

    def exists(self) -> bool:
        """Return whether the bucket exists; raise BootstrapError where another account has its name."""
        try:
            self.s3.head_bucket(Bucket=self.name, ExpectedBucketOwner=self.target.deployment.account_id)
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
        region = self.target.deployment.region
        # us-east-1 is the default and is refused as a constraint (CreateBucket).
        location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            self.s3.create_bucket(Bucket=self.name, ObjectOwnership="BucketOwnerEnforced", **location)
        except ClientError as error:
            if code_of(error) == "BucketAlreadyExists":
                raise BootstrapError(f"Another account holds the bucket name {self.name}.") from error
            if code_of(error) != "BucketAlreadyOwnedByYou":
                raise

    def settings(self) -> Sequence[Setting]:
        """Return what S3 keeps apart from the bucket itself."""
        encryption = {"Rules": [self.encryption()]}
        ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        s3 = self.s3
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
            "OwnershipControls": self.s3.put_bucket_ownership_controls,
            "PublicAccessBlockConfiguration": self.s3.put_public_access_block,
            "ServerSideEncryptionConfiguration": self.s3.put_bucket_encryption,
        }
        return Setting(
            label=label,
            is_right=lambda: contains(self.read(read, member), expected),
            put_right=lambda: writers[member](Bucket=self.name, **{member: expected}),
        )

    def read(self, call: Callable[..., Any], member: str) -> Any:
        """Return a member of the response; None where the setting was never made."""
        try:
            return call(Bucket=self.name).get(member)
        except ClientError as error:
            if code_of(error) in _UNSET:
                return None
            raise

    def _is_versioned(self) -> bool:
        return self.read(self.s3.get_bucket_versioning, "Status") == "Enabled"

    def _put_versioning(self) -> None:
        self.s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})

    def _expires(self) -> bool:
        rules = self.read(self.s3.get_bucket_lifecycle_configuration, "Rules") or []
        expected = {name: value for name, value in self._lifecycle().items() if name != "Filter"}
        return len(rules) == 1 and contains(rules[0], expected)

    def _put_lifecycle(self) -> None:
        self.s3.put_bucket_lifecycle_configuration(
            Bucket=self.name, LifecycleConfiguration={"Rules": [self._lifecycle()]}
        )

    def _lifecycle(self) -> dict[str, Any]:
        return {
            "ID": "expire-old-versions",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": _OLD_VERSIONS_DAYS},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _UNFINISHED_UPLOADS_DAYS},
            **self.expiration(),
        }

    def _is_tls_only(self) -> bool:
        current = self.read(self.s3.get_bucket_policy, "Policy")
        return current is not None and json.loads(current) == self._policy()

    def _put_policy(self) -> None:
        self.s3.put_bucket_policy(Bucket=self.name, Policy=json.dumps(self._policy()))

    def _policy(self) -> dict[str, Any]:
        plain_http = {
            "Sid": "RefusePlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [self.arn, f"{self.arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        return {"Version": "2012-10-17", "Statement": [*self.statements(), plain_http]}

    def _tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.read(self.s3.get_bucket_tagging, "TagSet") or []}

    def _has_tags(self) -> bool:
        return self.target.settings.all_tags.items() <= self._tags().items()

    def _put_tags(self) -> None:
        merged = {**self._tags(), **self.target.settings.all_tags}
        tag_set = [{"Key": key, "Value": value} for key, value in sorted(merged.items())]
        self.s3.put_bucket_tagging(Bucket=self.name, Tagging={"TagSet": tag_set})


def contains(actual: Any, expected: Any) -> bool:
    """Return whether `actual` has all that is expected; S3 adds members of its own, such as BlockedEncryptionTypes."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(contains(actual.get(key), value) for key, value in expected.items())
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(contains(item, other) for item, other in zip(actual, expected, strict=True))
        )
    return bool(actual == expected)
