"""EventBridge rules: which events reach the notifier, and what happens to those that don't arrive."""

import json

import pulumi
import pulumi_aws as aws

from components.foundation import Workspace
from contract.notification_rules import notification_rules

# Less than the notifier's idempotency window, so that a late retry is still recognised as a duplicate.
_MAXIMUM_EVENT_AGE_SECONDS = 6 * 3600
_MAXIMUM_RETRY_ATTEMPTS = 24


def create_rules(
    name: str,
    workspace: Workspace,
    notifier: aws.lambda_.Function,
    undelivered: aws.sqs.Queue,
    opts: pulumi.ResourceOptions,
) -> list[aws.cloudwatch.EventRule]:
    """Create the declared rules with the notifier as their target; events that don't arrive go to the queue."""
    rules: list[aws.cloudwatch.EventRule] = []
    for declared in notification_rules(workspace.deployment, workspace.pipeline.name):
        rule = aws.cloudwatch.EventRule(
            f"{name}-{declared.short_name}",
            name=declared.name,
            description=declared.description,
            event_pattern=json.dumps(declared.pattern),
            opts=opts,
        )
        permission = aws.lambda_.Permission(
            f"{name}-{declared.short_name}-permission",
            statement_id=declared.short_name,
            function=notifier.name,
            action="lambda:InvokeFunction",
            principal="events.amazonaws.com",
            # EventBridge is documented to send its rule's ARN ("Using resource-based policies for Amazon EventBridge"),
            # which names the account; that it sends the account as well is written nowhere.
            source_arn=rule.arn,
            opts=_keep_source_account(opts),
        )
        aws.cloudwatch.EventTarget(
            f"{name}-{declared.short_name}-target",
            rule=rule.name,
            target_id="notifier",
            arn=notifier.arn,
            retry_policy={
                "maximum_event_age_in_seconds": _MAXIMUM_EVENT_AGE_SECONDS,
                "maximum_retry_attempts": _MAXIMUM_RETRY_ATTEMPTS,
            },
            dead_letter_config={"arn": undelivered.arn},
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[permission])),
        )
        rules.append(rule)
    return rules


def _keep_source_account(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """Leave the `sourceAccount` of a deployed permission as it is: without it the permission would be replaced."""
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["sourceAccount"]))
