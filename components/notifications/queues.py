"""Dead-letter queues: where events and failures wait for a person."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components import iam
from components.foundation import Workspace

_RETENTION_SECONDS = 14 * 24 * 3600  # the longest that SQS keeps a message


def create_dead_letter_queue(name: str, workspace: Workspace, opts: pulumi.ResourceOptions) -> aws.sqs.Queue:
    """Create an encrypted queue that keeps messages for 14 days."""
    return aws.sqs.Queue(
        name,
        name=workspace.deployment.name(name, 80),
        kms_master_key_id=workspace.key_arn,
        message_retention_seconds=_RETENTION_SECONDS,
        opts=opts,
    )


def create_queue_policy(
    name: str, queue: aws.sqs.Queue, rules: Sequence[aws.cloudwatch.EventRule], opts: pulumi.ResourceOptions
) -> None:
    """Create the queue's policy: EventBridge may send for these rules, and nobody may without TLS."""
    statements = [iam.tls_only("sqs:*", [queue.arn])]
    if rules:
        statements.append(
            iam.service_may(
                "UndeliveredEvents",
                "events.amazonaws.com",
                ["sqs:SendMessage"],
                [queue.arn],
                {"ArnEquals": {"aws:SourceArn": [rule.arn for rule in rules]}},
            )
        )
    aws.sqs.QueuePolicy(f"{name}-policy", queue_url=queue.url, policy=iam.document(*statements), opts=opts)
