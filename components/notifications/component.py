"""Notifications: from events through the notifier to the topic, its e-mail and its chat subscribers."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components import iam
from components.foundation import Workspace
from components.notifications import alarms, chat, queues, rules
from components.notifications.notifier import Notifier, NotifierArgs
from settings.models import NotificationSettings


@dataclass(frozen=True, kw_only=True)
class NotificationsArgs:
    """What to listen to, whom to tell, and the notifier's deployment package."""

    workspace: Workspace
    crawler_name: str
    delivery_pipeline: str
    notifier_zip: Path
    subscribers: NotificationSettings


class Notifications(pulumi.ComponentResource):
    """One message for each change of a model version's status, each failure and each deployment that waits."""

    topic_arn: pulumi.Output[str]
    notifier_name: pulumi.Output[str]
    dead_letter_queue_urls: pulumi.Output[dict[str, str]]

    def __init__(self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Notifications", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        workspace, deployment = args.workspace, args.workspace.deployment

        topic = _topic(name, workspace, child)
        for email in args.subscribers.emails:
            aws.sns.TopicSubscription(
                f"{name}-email-{email}", topic=topic.arn, protocol="email", endpoint=email, opts=child
            )
        chat.subscribe(name, deployment, topic.arn, args.subscribers, child)

        undelivered = queues.dead_letter_queue(f"{name}-undelivered", deployment, workspace.key_arn, child)
        failed = queues.dead_letter_queue(f"{name}-failed", deployment, workspace.key_arn, child)
        notifier = Notifier(
            f"{name}-notifier",
            NotifierArgs(
                workspace=workspace,
                topic_arn=topic.arn,
                failed_queue_arn=failed.arn,
                crawler_name=args.crawler_name,
                delivery_pipeline=args.delivery_pipeline,
                zip_file=args.notifier_zip,
            ),
            opts=child,
        )
        rule_arns = rules.connect(name, workspace, notifier.function, undelivered.arn, child)
        queues.accept(f"{name}-undelivered", undelivered, rule_arns, child)
        queues.accept(f"{name}-failed", failed, (), child)
        alarms.watch(
            name, deployment, notifier.function.name, {"undelivered": undelivered, "failed": failed}, topic.arn, child
        )

        self.topic_arn = topic.arn
        self.notifier_name = notifier.function.name
        self.dead_letter_queue_urls = pulumi.Output.all(undelivered=undelivered.url, failed=failed.url)
        self.register_outputs(
            {
                "topic_arn": self.topic_arn,
                "notifier_name": self.notifier_name,
                "dead_letter_queue_urls": self.dead_letter_queue_urls,
            }
        )


def _topic(name: str, workspace: Workspace, opts: pulumi.ResourceOptions) -> aws.sns.Topic:
    """The encrypted topic; alarms of this stack may publish to it, and nobody without TLS."""
    deployment = workspace.deployment
    topic = aws.sns.Topic(
        f"{name}-topic",
        name=deployment.name("notifications", 256),
        display_name=deployment.name("notifications", 100),
        kms_master_key_id=workspace.key_arn,
        opts=opts,
    )
    alarms_of_this_stack = iam.from_this_account(
        deployment, deployment.arn("cloudwatch", f"alarm:{deployment.prefix}-*")
    )
    aws.sns.TopicPolicy(
        f"{name}-topic-policy",
        arn=topic.arn,
        policy=iam.document(
            iam.service_may("Alarms", "cloudwatch.amazonaws.com", ["sns:Publish"], [topic.arn], alarms_of_this_stack),
            iam.tls_only("sns:Publish", [topic.arn]),
        ),
        opts=opts,
    )
    return topic
