"""Channel configurations of chat applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Deployment

pytestmark = pytest.mark.local

TEAM = {"TenantId": "a" * 8 + "-aaaa" * 3 + "-" + "a" * 12, "TeamId": "b" * 8 + "-bbbb" * 3 + "-" + "b" * 12}


def test_a_slack_channel_is_configured_changed_and_removed(deployment: Deployment) -> None:
    chatbot, topic = deployment.root("chatbot"), deployment.topic()
    role = deployment.role("chat", "chatbot.amazonaws.com")
    created = chatbot.create_slack_channel_configuration(
        SlackTeamId="T1", SlackChannelId="C1", SlackChannelName="models", IamRoleArn=role, SnsTopicArns=[topic],
        ConfigurationName=f"{deployment.prefix}-slack", Tags=[{"TagKey": "team", "TagValue": "a"}],
    )["ChannelConfiguration"]  # fmt: skip
    arn = created["ChatConfigurationArn"]
    assert (created["SnsTopicArns"], created["LoggingLevel"], created["State"]) == ([topic], "NONE", "ENABLED")

    with pytest.raises(ClientError, match="ConflictException"):
        chatbot.create_slack_channel_configuration(
            SlackTeamId="T1", SlackChannelId="C1", IamRoleArn=role, ConfigurationName="another"
        )
    chatbot.update_slack_channel_configuration(ChatConfigurationArn=arn, SlackChannelId="C1", LoggingLevel="ERROR")
    chatbot.tag_resource(ResourceARN=arn, Tags=[{"TagKey": "team", "TagValue": "b"}])
    (described,) = chatbot.describe_slack_channel_configurations(ChatConfigurationArn=arn)["SlackChannelConfigurations"]
    assert (described["LoggingLevel"], described["SnsTopicArns"]) == ("ERROR", [topic])
    assert chatbot.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"TagKey": "team", "TagValue": "b"}]

    chatbot.delete_slack_channel_configuration(ChatConfigurationArn=arn)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        chatbot.delete_slack_channel_configuration(ChatConfigurationArn=arn)


def test_a_teams_channel_is_configured_and_listed_by_team(deployment: Deployment) -> None:
    chatbot = deployment.root("chatbot")
    role = deployment.role("chat", "chatbot.amazonaws.com")
    created = chatbot.create_microsoft_teams_channel_configuration(
        ChannelId="19%3Aabc%40thread.tacv2", TeamName="ML", IamRoleArn=role,
        ConfigurationName=f"{deployment.prefix}-teams", **TEAM,
    )["ChannelConfiguration"]  # fmt: skip
    listed = chatbot.list_microsoft_teams_channel_configurations(TeamId=TEAM["TeamId"])["TeamChannelConfigurations"]
    assert [item["ChatConfigurationArn"] for item in listed] == [created["ChatConfigurationArn"]]
    answer = chatbot.get_microsoft_teams_channel_configuration(ChatConfigurationArn=created["ChatConfigurationArn"])
    assert answer["ChannelConfiguration"]["TeamName"] == "ML"


def test_input_beyond_the_model_is_refused(deployment: Deployment) -> None:
    with pytest.raises(ClientError, match="InvalidParameterException") as caught:
        deployment.root("chatbot").create_slack_channel_configuration(
            SlackTeamId="T1", SlackChannelId="C1", ConfigurationName="x", IamRoleArn="arn:aws:iam::1:role/r",
            LoggingLevel="ALL!",
        )  # fmt: skip
    assert "Member must satisfy regular expression pattern: (ERROR|INFO|NONE)" in str(caught.value)
