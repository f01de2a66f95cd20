"""A bucket of the stack's own: private, encrypted, versioned and reachable over TLS only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from contract.names import Deployment

OLD_VERSIONS_DAYS: Final = 90
"""How long a changed or deleted object can be had back."""
_UNFINISHED_UPLOADS_DAYS: Final = 7


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """What tells one bucket from another.

    `encryption` is its default, `expiry` are rules of `expire`, and its policy holds the statements beside the refusal
    of plain HTTP.
    """

    deployment: Deployment
    short_name: str
    encryption: aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict
    expiry: Sequence[aws.s3.BucketLifecycleConfigurationRuleArgsDict] = ()
    statements: Sequence[iam.AnyStatement] = ()


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """The bucket and its policy."""

    bucket: aws.s3.Bucket
    policy: aws.s3.BucketPolicy


def create_bucket(name: str, args: BucketArgs, parent: pulumi.Resource) -> Bucket:
    """Create the bucket `{project}-{environment}-{short_name}-...` as the resources `{name}-...` below a component.

    Removal protection keeps it on destroy; without, it is emptied and removed.
    """
    child = pulumi.ResourceOptions(parent=parent)
    keep = args.deployment.removal_protection
    bucket = aws.s3.Bucket(
        f"{name}-bucket",
        bucket=args.deployment.bucket_name(args.short_name),
        force_destroy=not keep,
        opts=pulumi.ResourceOptions(parent=parent, protect=keep, retain_on_delete=keep),
    )
    ownership = aws.s3.BucketOwnershipControls(
        f"{name}-ownership", bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
    )
    private = aws.s3.BucketPublicAccessBlock(
        f"{name}-public-access-block",
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption", bucket=bucket.bucket, rules=[args.encryption], opts=child
    )
    versioning = aws.s3.BucketVersioning(
        f"{name}-versioning", bucket=bucket.bucket, versioning_configuration={"status": "Enabled"}, opts=child
    )
    aws.s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        bucket=bucket.bucket,
        rules=[
            {
                "id": "expire-old-versions",
                "status": "Enabled",
                "filter": {},
                "noncurrent_version_expiration": {"noncurrent_days": OLD_VERSIONS_DAYS},
                "abort_incomplete_multipart_upload": {"days_after_initiation": _UNFINISHED_UPLOADS_DAYS},
            },
            *args.expiry,
        ],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[versioning]),
    )
    tls_only = iam.tls_only("s3:*", [bucket.arn, pulumi.Output.concat(bucket.arn, "/*")])
    policy = aws.s3.BucketPolicy(
        f"{name}-policy",
        bucket=bucket.bucket,
        policy=iam.document(tls_only, *args.statements),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[private, ownership]),
    )
    return Bucket(bucket=bucket, policy=policy)


def expire(prefix: str, days: int, old_versions_days: int) -> aws.s3.BucketLifecycleConfigurationRuleArgsDict:
    """Return the rule that ends the objects of a prefix after some days, and their old versions after others."""
    return {
        "id": f"expire-{prefix.rstrip('/').rpartition('/')[2]}",
        "status": "Enabled",
        "filter": {"prefix": prefix},
        "expiration": {"days": days},
        "noncurrent_version_expiration": {"noncurrent_days": old_versions_days},
    }
