"""Amazon Q Developer in chat applications (chatbot): Slack and Teams channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Request, Tagging
from localcloud.provider.values import Props

_TAGGING: Final = Tagging(resource="ResourceARN", of="chatConfigurationArn")
_COMMON: Final[Mapping[str, Field]] = {
    "configurationName": Field(replace=True),
    "iamRoleArn": Field(),
    "snsTopicArns": Field(kind="set"),
    "guardrailPolicyArns": Field(kind="set", computed=True),
    "loggingLevel": Field(computed=True, choices=("ERROR", "INFO", "NONE")),
    "userAuthorizationRequired": Field(computed=True),
    "tags": Field(),
}
_SLACK: Final[Mapping[str, Field]] = {
    **_COMMON,
    "slackChannelId": Field(),
    "slackTeamId": Field(replace=True),
}
_TEAMS: Final[Mapping[str, Field]] = {
    **_COMMON,
    "channelId": Field(),
    "channelName": Field(computed=True),
    "teamId": Field(replace=True),
    "teamName": Field(computed=True),
    "tenantId": Field(replace=True),
}


def _find_slack(api: Api, inputs: Props, _started: float, _others: frozenset[str]) -> str | None:
    for item in api.pages("describe_slack_channel_configurations", "SlackChannelConfigurations"):
        if item["ConfigurationName"] == inputs["configurationName"]:
            return item["ChatConfigurationArn"]
    return None


def _read_slack(api: Api, arn: str, _: Props) -> Props | None:
    found = api.find("describe_slack_channel_configurations", ChatConfigurationArn=arn)
    channels = (found or {}).get("SlackChannelConfigurations", [])
    if not channels:
        return None
    channel: dict[str, Any] = channels[0]
    return {
        **api.parse("describe_slack_channel_configurations", _SLACK, channel, "SlackChannelConfigurations.[]"),
        "tags": tagging.read(_TAGGING, api, arn),
        "chatConfigurationArn": arn,
        "slackChannelName": channel.get("SlackChannelName", ""),
        "slackTeamName": channel.get("SlackTeamName", ""),
    }


def _changes(operation: str, fields: Mapping[str, Field], channel: str) -> Any:
    def update(api: Api, resource_id: Any, old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
        settings = changed - {"tags"}
        if not settings:
            return []
        wanted = {key: new.get(key, [] if fields[key].kind == "set" else None) for key in (*sorted(settings), channel)}
        arn = old.get("chatConfigurationArn", resource_id)
        return [Request(operation, {"ChatConfigurationArn": arn, **api.build(operation, fields, wanted)})]

    return update


SLACK_CHANNEL_CONFIGURATION: Final = Handler(
    service="chatbot",
    fields=_SLACK,
    outputs=("chatConfigurationArn", "slackChannelName", "slackTeamName"),
    identity=("configurationName",),
    tagging=_TAGGING,
    create=lambda api, inputs: Request(
        "create_slack_channel_configuration", api.build("create_slack_channel_configuration", _SLACK, inputs)
    ),
    identify=lambda api, inputs, response: response["ChannelConfiguration"]["ChatConfigurationArn"],
    locate=_find_slack,
    read=_read_slack,
    update=_changes("update_slack_channel_configuration", _SLACK, "slackChannelId"),
    delete=lambda api, arn, state: [Request("delete_slack_channel_configuration", {"ChatConfigurationArn": arn})],
)


def _teams_channel(api: Api, team: str) -> dict[str, Any] | None:
    """Give a team's channel: AWS allows one configuration a team, whose id is the team's."""
    channels = api.pages("list_microsoft_teams_channel_configurations", "TeamChannelConfigurations", TeamId=team)
    return next(iter(channels), None)


def _read_teams(api: Api, team: str, _: Props) -> Props | None:
    listed = _teams_channel(api, team)
    if listed is None:
        return None
    arn = listed["ChatConfigurationArn"]
    found = api.find("get_microsoft_teams_channel_configuration", ChatConfigurationArn=arn)
    if found is None:
        return None
    operation = "get_microsoft_teams_channel_configuration"
    return {
        **api.parse(operation, _TEAMS, found["ChannelConfiguration"], "ChannelConfiguration"),
        "tags": tagging.read(_TAGGING, api, arn),
        "chatConfigurationArn": arn,
    }


TEAMS_CHANNEL_CONFIGURATION: Final = Handler(
    service="chatbot",
    fields=_TEAMS,
    outputs=("chatConfigurationArn",),
    identity=("configurationName",),
    tagging=_TAGGING,
    create=lambda api, inputs: Request(
        "create_microsoft_teams_channel_configuration",
        api.build("create_microsoft_teams_channel_configuration", _TEAMS, inputs),
    ),
    identify=lambda api, inputs, response: inputs["teamId"],
    read=_read_teams,
    update=_changes("update_microsoft_teams_channel_configuration", _TEAMS, "channelId"),
    delete=lambda api, team, state: [
        Request("delete_microsoft_teams_channel_configuration", {"ChatConfigurationArn": state["chatConfigurationArn"]})
    ],
)
