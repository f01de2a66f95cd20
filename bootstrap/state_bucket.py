"""The S3 bucket of an environment's Pulumi state, and the one in which S3 logs the requests to it."""

from collections.abc import Sequence
from typing import Any

from bootstrap.bucket import PrivateBucket, contains
from bootstrap.reconcile import Setting
from bootstrap.secrets_key import SecretsKey
from bootstrap.target import Clients, Target

_LOGS = "s3/"


class StateLogsBucket(PrivateBucket):
    """A bucket that only S3's log delivery writes to.

    No role of the environment reaches it: the boundary doesn't name it.
    """

    kind = "state's access logs"

    def __init__(self, clients: Clients, target: Target) -> None:
        super().__init__(clients, target, target.deployment.state_logs_bucket)

    def encryption(self) -> dict[str, Any]:
        """Return SSE-S3: log delivery takes no other ("Enabling Amazon S3 server access logging", S3 User Guide)."""
        return {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}

    def expiration(self) -> dict[str, Any]:
        """Return that logs go when those of CloudWatch do."""
        return {"Expiration": {"Days": self.target.deployment.log_retention_days}}

    def statements(self) -> list[dict[str, Any]]:
        """Return what lets S3 deliver the logs of the state's bucket."""
        deployment = self.target.deployment
        return [
            {
                "Sid": "DeliverAccessLogs",
                "Effect": "Allow",
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"{self.arn}/{_LOGS}*",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": deployment.account_id},
                    "ArnLike": {"aws:SourceArn": deployment.bucket_arn(deployment.state_bucket)},
                },
            }
        ]


class StateBucket(PrivateBucket):
    """Encrypted with the environment's key; requests to it are logged."""

    kind = "state bucket"

    def __init__(self, clients: Clients, target: Target, key: SecretsKey) -> None:
        super().__init__(clients, target, target.deployment.state_bucket)
        self._key = key

    def encryption(self) -> dict[str, Any]:
        """Return the environment's key."""
        return {
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms",
                "KMSMasterKeyID": self._key.arn or "(the new key)",
            },
            "BucketKeyEnabled": True,
        }

    def settings(self) -> Sequence[Setting]:
        """Return what S3 keeps apart from the bucket itself."""
        return (
            *super().settings(),
            Setting(label="access logs", is_right=self._is_logged, put_right=self._put_logging),
        )

    def _logging(self) -> dict[str, Any]:
        return {"TargetBucket": self.target.deployment.state_logs_bucket, "TargetPrefix": _LOGS}

    def _is_logged(self) -> bool:
        return contains(self.read(self.s3.get_bucket_logging, "LoggingEnabled"), self._logging())

    def _put_logging(self) -> None:
        self.s3.put_bucket_logging(Bucket=self.name, BucketLoggingStatus={"LoggingEnabled": self._logging()})
