"""Storage: an S3 bucket that is private, encrypted, versioned and reachable over TLS only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components import iam
from contract.names import Deployment

_OLD_VERSIONS_DAYS = 90
_UNFINISHED_UPLOADS_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """What the bucket holds (`short_name`), and the name of a bucket that exists already, if there is one.

    `expiring_prefixes` are those whose objects go after some days; an existing bucket keeps its own life cycle.
    """

    deployment: Deployment
    short_name: str
    existing_name: str | None
    key_arn: pulumi.Input[str]
    expiring_prefixes: Mapping[str, int] = field(default_factory=dict[str, int])


class Storage(pulumi.ComponentResource):
    """A bucket of the stack's own, or the one that the configuration names, which is then left as it is."""

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Storage", name, None, opts)
        if args.existing_name is None:
            self.bucket_name = self._create(name, args)
        else:
            self.bucket_name = pulumi.Output.from_input(args.existing_name)
        self.bucket_arn = self.bucket_name.apply(args.deployment.bucket_arn)
        self.register_outputs({"bucket_name": self.bucket_name, "bucket_arn": self.bucket_arn})

    def _create(self, name: str, args: StorageArgs) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        keep = args.deployment.removal_protection
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=args.deployment.bucket_name(args.short_name),
            force_destroy=not keep,
            opts=pulumi.ResourceOptions(parent=self, protect=keep, retain_on_delete=keep),
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
            f"{name}-encryption",
            bucket=bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": args.key_arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=child,
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
                    "noncurrent_version_expiration": {"noncurrent_days": _OLD_VERSIONS_DAYS},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": _UNFINISHED_UPLOADS_DAYS},
                },
                *(
                    {
                        "id": f"expire-{prefix.rstrip('/').rpartition('/')[2]}",
                        "status": "Enabled",
                        "filter": {"prefix": prefix},
                        "expiration": {"days": days},
                        "noncurrent_version_expiration": {"noncurrent_days": 1},
                    }
                    for prefix, days in args.expiring_prefixes.items()
                ),
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
        aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=iam.document(iam.tls_only("s3:*", [bucket.arn, pulumi.Output.concat(bucket.arn, "/*")])),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[private, ownership]),
        )
        return bucket.bucket
