"""Storage: a bucket of the stack's own, encrypted with its key and logged, or one that exists already."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.foundation.access_logs import AccessLogs
from components.foundation.bucket import BucketArgs, create_bucket, expire
from contract.names import Deployment


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """What the bucket holds (`short_name`), and the name of a bucket that exists already, if there is one.

    `expiring_prefixes` are those whose objects go after some days, `access_logs` says where its requests are logged; an
    existing bucket keeps its own life cycle and logging.
    """

    deployment: Deployment
    short_name: str
    existing_name: str | None
    key_arn: pulumi.Input[str]
    expiring_prefixes: Mapping[str, int] = field(default_factory=dict[str, int])
    access_logs: AccessLogs | None = None


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
        bucket_args = BucketArgs(
            deployment=args.deployment,
            short_name=args.short_name,
            encryption={
                "apply_server_side_encryption_by_default": {
                    "sse_algorithm": "aws:kms",
                    "kms_master_key_id": args.key_arn,
                },
                "bucket_key_enabled": True,
            },
            expiry=[expire(prefix, days, old_versions_days=1) for prefix, days in args.expiring_prefixes.items()],
        )
        bucket = create_bucket(name, bucket_args, self).bucket
        if args.access_logs:
            aws.s3.BucketLogging(
                f"{name}-logging",
                bucket=bucket.bucket,
                target_bucket=args.access_logs.bucket_name,
                target_prefix=args.access_logs.prefix,
                # The date of a request, and not that of the log's delivery: queries of a day then name its folder.
                target_object_key_format={"partitioned_prefix": {"partition_date_source": "EventTime"}},
                opts=pulumi.ResourceOptions(parent=self),
            )
        return bucket.bucket
