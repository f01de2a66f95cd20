"""AWS Chatbot's operations on channel configurations, and the service that they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, Service, operation
from localcloud.http.tags import ResourceTags, Tag, TagStore
from localcloud.services.chatbot import access, errors
from localcloud.services.chatbot.models import Channels, Settings, SlackChannel, TeamsChannel


def chatbot() -> Service:
    """Return the service."""
    return Service("chatbot", [ChannelOperations()], access.permissions, invalid="InvalidParameterException")


class ChannelOperations(ResourceTags):
    """Operations on Slack and Teams channels and on their tags.

    Names of teams and channels that a request does not set are their ids: nobody asks Slack or Teams for them.
    """

    def __init__(self) -> None:
        super().__init__(
            TagStore(key="TagKey", value="TagValue", missing=errors.missing_resource, too_many=errors.too_many_tags)
        )
        self._slack = Channels[SlackChannel]()
        self._teams = Channels[TeamsChannel]()
        self._tags.owned_by(self._slack.has)
        self._tags.owned_by(self._teams.has)

    @operation
    def create_slack_channel_configuration(
        self,
        _call: Call,
        *,
        configuration_name: str,
        slack_team_id: str,
        slack_channel_id: str,
        iam_role_arn: str,
        slack_channel_name: str | None = None,
        tags: Sequence[Tag] = (),
        **settings: Unpack[Settings],
    ) -> Answer:
        """Configure a channel of Slack."""
        channel = SlackChannel(
            name=configuration_name,
            team_id=slack_team_id,
            team_name=slack_team_id,
            channel_id=slack_channel_id,
            channel_name=slack_channel_name or slack_channel_id,
            iam_role_arn=iam_role_arn,
            **settings,
        )
        self._slack.add(channel)
        self._tags.put(channel.arn, tags)
        return {"ChannelConfiguration": self._describe(channel)}

    @operation
    def update_slack_channel_configuration(
        self,
        _call: Call,
        *,
        chat_configuration_arn: str,
        slack_channel_id: str,
        slack_channel_name: str | None = None,
        iam_role_arn: str | None = None,
        **settings: Unpack[Settings],
    ) -> Answer:
        """Change a configuration; members that are not given stay as they are."""
        channel = self._slack.find(chat_configuration_arn)
        changed = replace(
            channel,
            channel_id=slack_channel_id,
            channel_name=slack_channel_name or channel.channel_name,
            iam_role_arn=iam_role_arn or channel.iam_role_arn,
            **settings,
        )
        self._slack.replace(changed)
        return {"ChannelConfiguration": self._describe(changed)}

    @operation
    def delete_slack_channel_configuration(self, _call: Call, *, chat_configuration_arn: str) -> Answer:
        """Delete a configuration."""
        self._slack.delete(chat_configuration_arn)
        self._tags.forget(chat_configuration_arn)
        return {}

    @operation
    def describe_slack_channel_configurations(
        self,
        _call: Call,
        *,
        chat_configuration_arn: str | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> Answer:
        """List the configurations of Slack's channels, or the one of an ARN."""
        channels = [
            self._describe(channel) for channel in self._slack.all() if chat_configuration_arn in {None, channel.arn}
        ]
        return Page.of(channels, next_token, max_results).answer("SlackChannelConfigurations")

    @operation
    def create_microsoft_teams_channel_configuration(
        self,
        _call: Call,
        *,
        configuration_name: str,
        tenant_id: str,
        team_id: str,
        channel_id: str,
        iam_role_arn: str,
        team_name: str | None = None,
        channel_name: str | None = None,
        tags: Sequence[Tag] = (),
        **settings: Unpack[Settings],
    ) -> Answer:
        """Configure a channel of Teams."""
        channel = TeamsChannel(
            name=configuration_name,
            tenant_id=tenant_id,
            team_id=team_id,
            team_name=team_name or team_id,
            channel_id=channel_id,
            channel_name=channel_name or channel_id,
            iam_role_arn=iam_role_arn,
            **settings,
        )
        self._teams.add(channel)
        self._tags.put(channel.arn, tags)
        return {"ChannelConfiguration": self._describe(channel)}

    @operation
    def update_microsoft_teams_channel_configuration(
        self,
        _call: Call,
        *,
        chat_configuration_arn: str,
        channel_id: str,
        channel_name: str | None = None,
        iam_role_arn: str | None = None,
        **settings: Unpack[Settings],
    ) -> Answer:
        """Change a configuration; members that are not given stay as they are."""
        channel = self._teams.find(chat_configuration_arn)
        changed = replace(
            channel,
            channel_id=channel_id,
            channel_name=channel_name or channel.channel_name,
            iam_role_arn=iam_role_arn or channel.iam_role_arn,
            **settings,
        )
        self._teams.replace(changed)
        return {"ChannelConfiguration": self._describe(changed)}

    @operation
    def delete_microsoft_teams_channel_configuration(self, _call: Call, *, chat_configuration_arn: str) -> Answer:
        """Delete a configuration."""
        self._teams.delete(chat_configuration_arn)
        self._tags.forget(chat_configuration_arn)
        return {}

    @operation
    def get_microsoft_teams_channel_configuration(self, _call: Call, *, chat_configuration_arn: str) -> Answer:
        """Return a configuration; nothing for an unknown ARN."""
        channel = self._teams.get(chat_configuration_arn)
        return {"ChannelConfiguration": self._describe(channel)} if channel else {}

    @operation
    def list_microsoft_teams_channel_configurations(
        self, _call: Call, *, team_id: str | None = None, next_token: str | None = None, max_results: int | None = None
    ) -> Answer:
        """List the configurations of Teams' channels, or those of one team."""
        channels = [self._describe(channel) for channel in self._teams.all() if team_id in {None, channel.team_id}]
        return Page.of(channels, next_token, max_results).answer("TeamChannelConfigurations")

    def _describe(self, channel: SlackChannel | TeamsChannel) -> Answer:
        return {**channel.describe(), "Tags": self._tags.of(channel.arn)}
