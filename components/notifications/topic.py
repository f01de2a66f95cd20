"""The topic that messages are published to, and who subscribes to it: by e-mail, in Slack and in Teams."""

import pulumi
import pulumi_aws as aws

from components import iam
from components.foundation import Workspace
from contract.names import CHAT_ROLE, Deployment
from settings.models import NotificationSettings


def create_topic(name: str, workspace: Workspace, opts: pulumi.ResourceOptions) -> aws.sns.Topic:
    """Create the encrypted topic; alarms of this stack may publish to it, and nobody without TLS."""
    deployment = workspace.deployment
    topic = aws.sns.Topic(
        f"{name}-topic",
        name=deployment.name("notifications", 256),
        display_name=deployment.name("notifications", 100),
        kms_master_key_id=workspace.key_arn,
        opts=opts,
    )
    from_alarms = iam.from_this_account(deployment, deployment.arn("cloudwatch", f"alarm:{deployment.prefix}-*"))
    aws.sns.TopicPolicy(
        f"{name}-topic-policy",
        arn=topic.arn,
        policy=iam.document(
            iam.service_may("Alarms", "cloudwatch.amazonaws.com", ["sns:Publish"], [topic.arn], from_alarms),
            iam.tls_only("sns:Publish", [topic.arn]),
        ),
        opts=opts,
    )
    return topic


def create_subscriptions(
    name: str,
    deployment: Deployment,
    topic: aws.sns.Topic,
    subscribers: NotificationSettings,
    opts: pulumi.ResourceOptions,
) -> None:
    """Create one subscription an e-mail address, and one configuration of AWS Chatbot a channel."""
    for email in subscribers.emails:
        aws.sns.TopicSubscription(f"{name}-email-{email}", topic=topic.arn, protocol="email", endpoint=email, opts=opts)
    if subscribers.slack_channels or subscribers.teams_channels:
        _create_channels(name, deployment, topic, subscribers, opts)


def _create_channels(
    name: str,
    deployment: Deployment,
    topic: aws.sns.Topic,
    subscribers: NotificationSettings,
    opts: pulumi.ResourceOptions,
) -> None:
    role = _create_channel_role(name, deployment, opts)
    # Without a guardrail a channel gets AdministratorAccess as one; ours may only show notifications.
    guardrails = [deployment.global_arn("iam", "policy/AWSDenyAll", account_id="aws")]
    for channel in subscribers.slack_channels:
        aws.chatbot.SlackChannelConfiguration(
            f"{name}-slack-{channel.channel_id}",
            configuration_name=deployment.name(f"slack-{channel.channel_id}", 128),
            slack_team_id=channel.workspace_id,
            slack_channel_id=channel.channel_id,
            iam_role_arn=role.arn,
            guardrail_policy_arns=guardrails,
            sns_topic_arns=[topic.arn],
            logging_level="ERROR",
            opts=opts,
        )
    for number, channel in enumerate(subscribers.teams_channels):
        aws.chatbot.TeamsChannelConfiguration(
            f"{name}-teams-{number}",
            configuration_name=deployment.name(f"teams-{number}", 128),
            tenant_id=channel.tenant_id,
            team_id=channel.team_id,
            channel_id=channel.channel_id,
            iam_role_arn=role.arn,
            guardrail_policy_arns=guardrails,
            sns_topic_arns=[topic.arn],
            logging_level="ERROR",
            opts=opts,
        )


def _create_channel_role(name: str, deployment: Deployment, opts: pulumi.ResourceOptions) -> aws.iam.Role:
    """Create the channels' role without any permission, since posting a topic's messages needs none."""
    return iam.create_role(
        f"{name}-chat-role",
        deployment=deployment,
        short_name=CHAT_ROLE,
        description="Assumed by AWS Chatbot to post notifications; permits nothing",
        trust=iam.assumable_by(
            "chatbot.amazonaws.com",
            iam.from_this_account(deployment, deployment.global_arn("chatbot", "chat-configuration/*")),
        ),
        opts=opts,
    )
