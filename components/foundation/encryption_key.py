"""Encryption: the stack's customer-managed KMS key and who may use it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from contract.arns import regional_service
from contract.names import Deployment
from permissions.statements import KEY_ACCOUNT_ACTIONS

_USE = ("kms:Decrypt", "kms:GenerateDataKey")
# The key a policy is attached to is the only resource that a key policy can name ("Key policies in AWS KMS").
_THIS_KEY = ("*",)


@dataclass(frozen=True, kw_only=True)
class EncryptionKeyArgs:
    """The deployment whose data the key encrypts."""

    deployment: Deployment


class EncryptionKey(pulumi.ComponentResource):
    """Encrypts the stack's buckets, topic, queues, table and logs; rotated yearly."""

    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:EncryptionKey", name, None, opts)
        keep = args.deployment.removal_protection
        key = aws.kms.Key(
            f"{name}-key",
            description=f"Data of {args.deployment.prefix}",
            enable_key_rotation=True,
            deletion_window_in_days=30 if keep else 7,
            policy=_key_policy(args.deployment),
            opts=pulumi.ResourceOptions(parent=self, protect=keep, retain_on_delete=keep),
        )
        aws.kms.Alias(
            f"{name}-alias",
            name=f"alias/{args.deployment.prefix}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.key_arn = key.arn
        self.register_outputs({"key_arn": self.key_arn})


def _key_policy(deployment: Deployment) -> pulumi.Output[str]:
    account = iam.Statement(
        Sid="LetIamPoliciesDecide",
        Effect="Allow",
        Principal={"AWS": deployment.global_arn("iam", "root")},
        Action=list(KEY_ACCOUNT_ACTIONS),
        Resource=list(_THIS_KEY),
    )
    logs = iam.service_may(
        "EncryptLogGroups",
        regional_service("logs", deployment.region),
        # Not kms:DescribeKey: such a request has no encryption context, so it could never meet the condition.
        (*_USE, "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
        _THIS_KEY,
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": deployment.arn("logs", f"log-group:*{deployment.prefix}*")}},
    )
    return iam.document(
        account,
        logs,
        # Services that write to the stack's encrypted queues and topic on behalf of the stack's own resources.
        iam.service_may(
            "SendUndeliveredEvents",
            "events.amazonaws.com",
            _USE,
            _THIS_KEY,
            # Without aws:SourceAccount: for EventBridge only aws:SourceArn is documented, and it names the account
            # ("Key management", Amazon SQS Developer Guide).
            {"ArnLike": {"aws:SourceArn": deployment.arn("events", f"rule/{deployment.prefix}-*")}},
        ),
        iam.service_may(
            "PublishAlarms",
            "cloudwatch.amazonaws.com",
            _USE,
            _THIS_KEY,
            iam.from_this_account(deployment, deployment.arn("cloudwatch", f"alarm:{deployment.prefix}-*")),
        ),
    )
