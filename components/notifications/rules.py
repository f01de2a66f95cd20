"""EventBridge rules: which events reach the notifier, and what happens to those that don't arrive."""

import json

import pulumi
import pulumi_aws as aws

from components.foundation import Workspace
from contract.notification_rules import notification_rules

# Less than the notifier's idempotency window, so that a late retry is still recognised as a duplicate.
_MAXIMUM_EVENT_AGE_SECONDS = 6 * 3600
_MAXIMUM_RETRY_ATTEMPTS = 24


def connect(
    name: str,
    workspace: Workspace,
    notifier: aws.lambda_.Function,
    undelivered_queue_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Output[str]]:
    """Create the declared rules with the notifier as their target; return the rules' ARNs."""
    deployment = workspace.deployment
    arns: list[pulumi.Output[str]] = []
    for declared in notification_rules(deployment, workspace.pipeline.name):
        short_name = declared.short_name
        rule = aws.cloudwatch.EventRule(
            f"{name}-{short_name}",
            name=declared.name,
            description=declared.description,
            event_pattern=json.dumps(declared.pattern),
            opts=opts,
        )
        permission = aws.lambda_.Permission(
            f"{name}-{short_name}-permission",
            statement_id=short_name,
            function=notifier.name,
            action="lambda:InvokeFunction",
            principal="events.amazonaws.com",
            source_arn=rule.arn,
            source_account=deployment.account_id,
            opts=opts,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-{short_name}-target",
            rule=rule.name,
            target_id="notifier",
            arn=notifier.arn,
            retry_policy={
                "maximum_event_age_in_seconds": _MAXIMUM_EVENT_AGE_SECONDS,
                "maximum_retry_attempts": _MAXIMUM_RETRY_ATTEMPTS,
            },
            dead_letter_config={"arn": undelivered_queue_arn},
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[permission])),
        )
        arns.append(rule.arn)
    return arns
