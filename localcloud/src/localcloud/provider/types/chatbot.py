"""Amazon Q Developer in chat applications (chatbot): Slack and Teams channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider.cloud import Cloud
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Read, ResourceType, Tagging, Update
from localcloud.provider.values import Props

_TAGGING: Final = Tagging(resource="ResourceARN", of="chatConfigurationArn")
_COMMON: Final[Mapping[str, Field]] = {
    "configurationName": Field(replace=True),
    "iamRoleArn": Field(),
    "snsTopicArns": Field(kind="set", unset=[]),
    "guardrailPolicyArns": Field(kind="set", computed=True, unset=[]),
    "loggingLevel": Field(computed=True, choices=("ERROR", "INFO", "NONE")),
    "userAuthorizationRequired": Field(computed=True),
    "tags": Field(),
}


def _locate_slack(cloud: Cloud, inputs: Props, _started: float, _others: frozenset[str]) -> str | None:
    for item in cloud.items("describe_slack_channel_configurations", "SlackChannelConfigurations"):
        if item["ConfigurationName"] == inputs["configurationName"]:
            return item["ChatConfigurationArn"]
    return None


SLACK_CHANNEL_CONFIGURATION: Final = ResourceType(
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
    service="chatbot",
    fields={
        **_COMMON,
        "slackChannelId": Field(),
        "slackTeamId": Field(replace=True),
    },
    outputs={
        "chatConfigurationArn": "{id}",
        "slackChannelName": Field(to="SlackChannelName", default=""),
        "slackTeamName": Field(to="SlackTeamName", default=""),
    },
    identity=("configurationName",),
    tagging=_TAGGING,
    id_from="ChannelConfiguration.ChatConfigurationArn",
    key={"ChatConfigurationArn": "{id}"},
    create="create_slack_channel_configuration",
    read=Read("describe_slack_channel_configurations", "SlackChannelConfigurations.[]"),
    update=(Update("update_slack_channel_configuration", along=("slackChannelId",)),),
    delete="delete_slack_channel_configuration",
    locate=_locate_slack,
)


def _read_teams(cloud: Cloud, team: str, _: Props) -> Props | None:
    """Read a team's channel: AWS allows one configuration a team, whose id is the team's."""
    listed: Any = next(
        cloud.items("list_microsoft_teams_channel_configurations", "TeamChannelConfigurations", TeamId=team), None
    )
    if listed is None:
        return None
    arn = listed["ChatConfigurationArn"]
    operation, path = "get_microsoft_teams_channel_configuration", "ChannelConfiguration"
    response = cloud.find(operation, ChatConfigurationArn=arn)
    if response is None:
        return None
    channel = TEAMS_CHANNEL_CONFIGURATION
    return {
        **cloud.parse(operation, channel.fields, response[path], path),
        "tags": channel.tags(cloud, arn),
        "chatConfigurationArn": arn,
    }


TEAMS_CHANNEL_CONFIGURATION: Final = ResourceType(
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration",
    service="chatbot",
    fields={
        **_COMMON,
        "channelId": Field(),
        "channelName": Field(computed=True),
        "teamId": Field(replace=True),
        "teamName": Field(computed=True),
        "tenantId": Field(replace=True),
    },
    outputs={"chatConfigurationArn": ""},
    identity=("configurationName",),
    tagging=_TAGGING,
    id="{teamId}",
    key={"ChatConfigurationArn": "{chatConfigurationArn}"},
    create="create_microsoft_teams_channel_configuration",
    read=_read_teams,
    update=(Update("update_microsoft_teams_channel_configuration", along=("channelId",)),),
    delete="delete_microsoft_teams_channel_configuration",
)
