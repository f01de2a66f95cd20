"""Channel configurations, and how each looks on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypedDict, TypeVar

from localcloud.layout import ACCOUNT
from localcloud.services.chatbot import errors

if TYPE_CHECKING:
    from mypy_boto3_chatbot.type_defs import SlackChannelConfigurationTypeDef, TeamsChannelConfigurationTypeDef


class Settings(TypedDict, total=False):
    """What both kinds of channels can be created with and updated to."""

    sns_topic_arns: Sequence[str]
    logging_level: str
    guardrail_policy_arns: Sequence[str]
    user_authorization_required: bool


@dataclass(frozen=True, kw_only=True)
class Channel:
    """The configuration of a channel; the defaults are those of the API reference."""

    name: str
    team_id: str
    team_name: str
    channel_id: str
    channel_name: str
    iam_role_arn: str
    sns_topic_arns: Sequence[str] = ()
    logging_level: str = "NONE"
    guardrail_policy_arns: Sequence[str] = ("arn:aws:iam::aws:policy/AdministratorAccess",)
    user_authorization_required: bool = False

    kind: ClassVar[str]
    """The part of the ARN that tells Slack from Teams."""

    @property
    def arn(self) -> str:
        """The configuration's ARN."""
        return f"arn:aws:chatbot::{ACCOUNT}:chat-configuration/{self.kind}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class SlackChannel(Channel):
    """A channel of a Slack workspace, which is the team."""

    kind = "slack-channel"

    def describe(self) -> SlackChannelConfigurationTypeDef:
        """Return the configuration as DescribeSlackChannelConfigurations answers it, but for its tags."""
        return {
            "ChatConfigurationArn": self.arn,
            "ConfigurationName": self.name,
            "SlackTeamId": self.team_id,
            "SlackTeamName": self.team_name,
            "SlackChannelId": self.channel_id,
            "SlackChannelName": self.channel_name,
            "IamRoleArn": self.iam_role_arn,
            "SnsTopicArns": list(self.sns_topic_arns),
            "LoggingLevel": self.logging_level,
            "GuardrailPolicyArns": list(self.guardrail_policy_arns),
            "UserAuthorizationRequired": self.user_authorization_required,
            "State": "ENABLED",
        }


@dataclass(frozen=True, kw_only=True)
class TeamsChannel(Channel):
    """A channel of a Microsoft Teams team."""

    tenant_id: str

    kind = "microsoft-teams-channel"

    def describe(self) -> TeamsChannelConfigurationTypeDef:
        """Return the configuration as GetMicrosoftTeamsChannelConfiguration answers it, but for its tags."""
        return {
            "ChatConfigurationArn": self.arn,
            "ConfigurationName": self.name,
            "TenantId": self.tenant_id,
            "TeamId": self.team_id,
            "TeamName": self.team_name,
            "ChannelId": self.channel_id,
            "ChannelName": self.channel_name,
            "IamRoleArn": self.iam_role_arn,
            "SnsTopicArns": list(self.sns_topic_arns),
            "LoggingLevel": self.logging_level,
            "GuardrailPolicyArns": list(self.guardrail_policy_arns),
            "UserAuthorizationRequired": self.user_authorization_required,
            "State": "ENABLED",
        }


C = TypeVar("C", bound=Channel)


class Channels(Generic[C]):
    """The account's configurations of one kind, by ARN."""

    def __init__(self) -> None:
        self._by_arn: dict[str, C] = {}

    def all(self) -> list[C]:
        """Return every configuration, in the order of their creation."""
        return list(self._by_arn.values())

    def has(self, arn: str) -> bool:
        """Return whether a configuration has the ARN."""
        return arn in self._by_arn

    def get(self, arn: str) -> C | None:
        """Return a configuration; None when there is none of the ARN."""
        return self._by_arn.get(arn)

    def find(self, arn: str) -> C:
        """Return a configuration.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        if arn not in self._by_arn:
            raise errors.missing_configuration(arn)
        return self._by_arn[arn]

    def add(self, channel: C) -> None:
        """Add a configuration; its name and its channel are unique.

        Raises:
            AwsError: ConflictException.
        """
        channels = {(other.team_id, other.channel_id) for other in self._by_arn.values()}
        if channel.arn in self._by_arn or (channel.team_id, channel.channel_id) in channels:
            raise errors.conflict(channel.name)
        self._by_arn[channel.arn] = channel

    def replace(self, channel: C) -> None:
        """Put a configuration in the place of the one with its ARN."""
        self._by_arn[channel.arn] = channel

    def delete(self, arn: str) -> None:
        """Delete a configuration.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        self.find(arn)
        del self._by_arn[arn]
