"""How the stack's objects are encrypted in its buckets, which may be existing ones with a default of their own."""

from collections.abc import Mapping
from typing import Any, Final

_S3_KEY: Final = "alias/aws/s3"


def encrypt_with(key_arn: str | None) -> dict[str, Any]:
    """Return the arguments of PutObject that name the key; none without a key, so that the bucket's default applies.

    Every object of the stack names the stack's key: an existing bucket keeps its own default ("Specifying server-side
    encryption with AWS KMS", Amazon S3 User Guide).
    """
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_arn} if key_arn else {}


def other_default_key(encryption: Mapping[str, Any], key_arn: str | None) -> str | None:
    """Return the customer managed key that a bucket encrypts with by default, None where it is the stack's, or none.

    `encryption` is the answer of GetBucketEncryption. Without a key S3 uses its own, which everybody in the account may
    use through S3 ("Using server-side encryption with AWS KMS keys", Amazon S3 User Guide).
    """
    for rule in encryption["ServerSideEncryptionConfiguration"]["Rules"]:
        key = str(rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID", ""))
        is_stacks = key_arn is not None and key in {key_arn, key_arn.rpartition("/")[2]}
        if key and not is_stacks and not key.endswith(_S3_KEY):
            return key
    return None


def other_default_key_problem(bucket: str, key: str) -> str:
    """Return why an existing bucket with that default key can't be used, and what to do."""
    return (
        f"Bucket {bucket} encrypts by default with {key}, which the stack's roles may not use: files that a team puts "
        "there could not be read. Set its default encryption to SSE-S3 or to the stack's key, or name another bucket."
    )
