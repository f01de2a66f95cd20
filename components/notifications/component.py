"""Notifications: from events through the notifier to the topic, its e-mail and its chat subscribers."""

from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.foundation import Workspace
from components.notifications.alarms import create_alarms
from components.notifications.notifier import Notifier, NotifierArgs
from components.notifications.queues import create_dead_letter_queue, create_queue_policy
from components.notifications.rules import create_rules
from components.notifications.topic import create_subscriptions, create_topic
from settings.models import NotificationSettings


@dataclass(frozen=True, kw_only=True)
class NotificationsArgs:
    """The workspace that messages are about, who gets them, and the notifier's deployment package."""

    workspace: Workspace
    settings: NotificationSettings
    notifier_zip: Path


class Notifications(pulumi.ComponentResource):
    """One message for each change of a model version's status, each failure and each deployment that waits.

    Creates the topic with its subscriptions, the notifier with the rules that send it events, a dead-letter queue for
    events that don't arrive and one for those that fail, and alarms on all of these.
    """

    topic_arn: pulumi.Output[str]
    notifier_name: pulumi.Output[str]
    notifier_role_arn: pulumi.Output[str]
    dead_letter_queue_urls: pulumi.Output[dict[str, str]]

    def __init__(self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Notifications", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        workspace, deployment = args.workspace, args.workspace.deployment

        topic = create_topic(name, workspace, child)
        create_subscriptions(name, deployment, topic, args.settings, child)
        # Two queues: events that EventBridge could not deliver and events that the notifier could not handle differ in
        # shape and remedy.
        undelivered = create_dead_letter_queue(f"{name}-undelivered", workspace, child)
        failed = create_dead_letter_queue(f"{name}-failed", workspace, child)
        notifier_args = NotifierArgs(
            workspace=workspace,
            topic_arn=topic.arn,
            failed_queue_arn=failed.arn,
            zip_file=args.notifier_zip,
            reserved_concurrency=args.settings.reserved_concurrency,
        )
        notifier = Notifier(f"{name}-notifier", notifier_args, child)
        rules = create_rules(name, workspace, notifier.function, undelivered, child)
        create_queue_policy(f"{name}-undelivered", undelivered, rules, child)
        create_queue_policy(f"{name}-failed", failed, (), child)
        queues = {"undelivered": undelivered, "failed": failed}
        create_alarms(name, deployment, notifier.function, queues, topic, child)

        self.topic_arn = topic.arn
        self.notifier_name = notifier.function.name
        self.notifier_role_arn = notifier.role_arn
        self.dead_letter_queue_urls = pulumi.Output.all(**{key: queue.url for key, queue in queues.items()})
        self.register_outputs(
            {
                "topic_arn": self.topic_arn,
                "notifier_name": self.notifier_name,
                "dead_letter_queue_urls": self.dead_letter_queue_urls,
            }
        )
