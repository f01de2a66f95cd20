"""Access logs: the bucket in which S3 logs the requests to the stack's other buckets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components import iam
from components.foundation.bucket import OLD_VERSIONS_DAYS, BucketArgs, create_bucket, expire
from contract.names import ACCESS_LOGS_BUCKET, Deployment


@dataclass(frozen=True, kw_only=True)
class AccessLogsArgs:
    """The buckets whose requests are logged, by their short names."""

    deployment: Deployment
    short_names: Sequence[str]


class AccessLogs(pulumi.ComponentResource):
    """A bucket that only S3's log delivery writes to; logs go when those of CloudWatch do.

    Keys are `s3/{account}/{region}/{bucket}/{year}/{month}/{day}/...`. The bucket itself isn't logged: each log would
    be a request that is logged in turn ("Logging requests with server access logging", Amazon S3 User Guide).
    """

    prefix: Final = "s3/"
    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:AccessLogs", name, None, opts)
        deployment = args.deployment
        bucket_arn = deployment.bucket_arn(deployment.bucket_name(ACCESS_LOGS_BUCKET))
        sources = [deployment.bucket_arn(deployment.bucket_name(short_name)) for short_name in args.short_names]
        bucket_args = BucketArgs(
            deployment=deployment,
            short_name=ACCESS_LOGS_BUCKET,
            # Delivery takes no other default ("Enabling Amazon S3 server access logging", Amazon S3 User Guide).
            encryption={"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}},
            expiry=[expire(self.prefix, deployment.log_retention_days, OLD_VERSIONS_DAYS)],
            statements=[
                iam.service_may(
                    "DeliverAccessLogs",
                    "logging.s3.amazonaws.com",
                    ["s3:PutObject"],
                    [f"{bucket_arn}/{self.prefix}{deployment.account_id}/*"],
                    iam.from_this_account(deployment, sources),
                )
            ],
        )
        bucket = create_bucket(name, bucket_args, self)
        # Known when S3 may deliver: a bucket without that permission is an InvalidTargetBucketForLogging ("Error
        # responses", Amazon S3 API Reference).
        self.bucket_name = bucket.policy.bucket
        self.register_outputs({"bucket_name": self.bucket_name})
