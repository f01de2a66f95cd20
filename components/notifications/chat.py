"""Chat: Slack and Teams channels that AWS Chatbot posts the topic's messages to."""

import pulumi
import pulumi_aws as aws

from components import iam
from contract.names import CHAT_ROLE, Deployment
from settings.models import NotificationSettings


def subscribe(
    name: str,
    deployment: Deployment,
    topic_arn: pulumi.Input[str],
    subscribers: NotificationSettings,
    opts: pulumi.ResourceOptions,
) -> None:
    """One channel configuration a channel; nothing at all where there is no channel."""
    if not subscribers.slack_channels and not subscribers.teams_channels:
        return
    role = _role(name, deployment, opts)
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
            sns_topic_arns=[topic_arn],
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
            sns_topic_arns=[topic_arn],
            logging_level="ERROR",
            opts=opts,
        )


def _role(name: str, deployment: Deployment, opts: pulumi.ResourceOptions) -> aws.iam.Role:
    """The channels' role: it has no permission, since posting a topic's messages needs none."""
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
