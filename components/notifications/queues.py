"""Dead-letter queues: where events and failures wait for a person."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components import iam
from contract.names import Deployment

_RETENTION_SECONDS = 14 * 24 * 3600  # the longest that SQS keeps a message


def dead_letter_queue(
    name: str, deployment: Deployment, key_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> aws.sqs.Queue:
    """An encrypted queue that keeps messages for 14 days."""
    return aws.sqs.Queue(
        name,
        name=deployment.name(name, 80),
        kms_master_key_id=key_arn,
        message_retention_seconds=_RETENTION_SECONDS,
        opts=opts,
    )


def accept(
    name: str, queue: aws.sqs.Queue, rule_arns: Sequence[pulumi.Input[str]], opts: pulumi.ResourceOptions
) -> None:
    """The queue's policy: EventBridge may send for these rules, and nobody may without TLS."""
    statements = [iam.tls_only("sqs:*", [queue.arn])]
    if rule_arns:
        statements.append(
            iam.service_may(
                "UndeliveredEvents",
                "events.amazonaws.com",
                ["sqs:SendMessage"],
                [queue.arn],
                {"ArnEquals": {"aws:SourceArn": list(rule_arns)}},
            )
        )
    aws.sqs.QueuePolicy(f"{name}-policy", queue_url=queue.url, policy=iam.document(*statements), opts=opts)
