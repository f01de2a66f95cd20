"""Alarms: they tell the subscribers that notifications themselves are in trouble."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from contract.names import Deployment

_PERIOD_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class _Signal:
    """One metric whose first occurrence in a minute is worth an alarm."""

    description: str
    namespace: str
    metric: str
    statistic: str
    dimensions: Mapping[str, pulumi.Input[str]]


def create_alarms(
    name: str,
    deployment: Deployment,
    notifier: aws.lambda_.Function,
    queues: Mapping[str, aws.sqs.Queue],
    topic: aws.sns.Topic,
    opts: pulumi.ResourceOptions,
) -> None:
    """Create an alarm for the notifier's errors, one for its throttles, and one for each queue that is not empty.

    They publish nothing when all is well again: every new alarm begins by becoming OK, and four mails that say so would
    greet the subscribers of each new stack.
    """
    signals = {
        f"{key}-queue": _Signal(
            description=f"Messages wait in the {key} queue: see the runbook, Notifications",
            namespace="AWS/SQS",
            metric="ApproximateNumberOfMessagesVisible",
            statistic="Maximum",
            dimensions={"QueueName": queue.name},
        )
        for key, queue in queues.items()
    }
    for metric in ("Errors", "Throttles"):
        signals[f"notifier-{metric.lower()}"] = _Signal(
            description=f"The notifier reports {metric.lower()}: see its log group",
            namespace="AWS/Lambda",
            metric=metric,
            statistic="Sum",
            dimensions={"FunctionName": notifier.name},
        )
    for short_name, signal in signals.items():
        aws.cloudwatch.MetricAlarm(
            f"{name}-{short_name}-alarm",
            name=deployment.name(short_name, 255),
            alarm_description=signal.description,
            namespace=signal.namespace,
            metric_name=signal.metric,
            statistic=signal.statistic,
            dimensions=signal.dimensions,
            period=_PERIOD_SECONDS,
            evaluation_periods=1,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[topic.arn],
            opts=opts,
        )
