"""Amazon Q Developer in chat applications (AWS Chatbot): Slack and Teams channel configurations and their tags.

Every Slack workspace and Teams team counts as authorized; on AWS an administrator authorizes it once in the console.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call, Handler, Permission, Service
from localcloud.layout import ACCOUNT

Record = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of channel configuration: its part of the ARN and its members."""

    path: str
    identity: tuple[str, ...]
    names: tuple[str, ...]


SLACK = Kind("slack-channel", ("SlackTeamId", "SlackChannelId"), ("SlackTeamName", "SlackChannelName"))
TEAMS = Kind("microsoft-teams-channel", ("TenantId", "TeamId", "ChannelId"), ("TeamName", "ChannelName"))
_SETTINGS = ("SnsTopicArns", "IamRoleArn", "LoggingLevel", "GuardrailPolicyArns", "UserAuthorizationRequired")
_DEFAULTS: Record = {
    "SnsTopicArns": [],
    "LoggingLevel": "NONE",
    "GuardrailPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
    "UserAuthorizationRequired": False,
}


class Channels:
    """The account's channel configurations of one kind, by ARN."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.records: dict[str, Record] = {}

    def create(self, call: Call) -> Record:
        """Creates a configuration; its name and its channel are unique."""
        name = call.input["ConfigurationName"]
        arn = f"arn:aws:chatbot::{ACCOUNT}:chat-configuration/{self._kind.path}/{name}"
        channel = {member: call.input[member] for member in self._kind.identity}
        taken = any(all(record[m] == value for m, value in channel.items()) for record in self.records.values())
        if arn in self.records or taken:
            text = f"A configuration named {name} or for this channel already exists."
            raise AwsError("ConflictException", text, 409)
        record: Record = {"ChatConfigurationArn": arn, "ConfigurationName": name, "State": "ENABLED", **channel}
        record.update({member: call.get(member, channel[self._kind.identity[-1]]) for member in self._kind.names})
        record.update({member: call.get(member, _DEFAULTS.get(member)) for member in _SETTINGS})
        record["Tags"] = [{"TagKey": tag["TagKey"], "TagValue": tag["TagValue"]} for tag in call.get("Tags", [])]
        self.records[arn] = record
        return {"ChannelConfiguration": dict(record)}

    def update(self, call: Call) -> Record:
        """Changes a configuration; members that are not given stay as they are."""
        record = self._get(call)
        for member in (*self._kind.identity, *self._kind.names, *_SETTINGS):
            if call.get(member) is not None:
                record[member] = call.input[member]
        return {"ChannelConfiguration": dict(record)}

    def delete(self, call: Call) -> Record:
        """Deletes a configuration."""
        del self.records[self._get(call)["ChatConfigurationArn"]]
        return {}

    def get(self, call: Call) -> Record:
        """GetMicrosoftTeamsChannelConfiguration: an unknown ARN gives no configuration."""
        record = self.records.get(call.input["ChatConfigurationArn"])
        return {"ChannelConfiguration": dict(record)} if record else {}

    def list(self, key: str) -> Handler:
        """The list operation that answers under `key`, filtered by ARN or team."""

        def listed(call: Call) -> Record:
            arn, team = call.get("ChatConfigurationArn"), call.get("TeamId")
            found = [
                dict(record)
                for record in self.records.values()
                if arn in (None, record["ChatConfigurationArn"]) and team in (None, record.get("TeamId"))
            ]
            return page(call, found, key)

        return listed

    def _get(self, call: Call) -> Record:
        arn = call.input["ChatConfigurationArn"]
        if arn not in self.records:
            raise AwsError("ResourceNotFoundException", f"Configuration {arn} does not exist.", 404)
        return self.records[arn]


def chatbot() -> Service:
    """The chatbot service."""
    slack, teams = Channels(SLACK), Channels(TEAMS)

    def tagged(change: Callable[[Record, Call], Record]) -> Handler:
        def handler(call: Call) -> Record:
            arn = call.input["ResourceARN"]
            record = slack.records.get(arn) or teams.records.get(arn)
            if record is None:
                raise AwsError("ResourceNotFoundException", f"Resource {arn} does not exist.", 404)
            return change(record, call)

        return handler

    handlers: dict[str, Handler] = {
        "CreateSlackChannelConfiguration": slack.create,
        "UpdateSlackChannelConfiguration": slack.update,
        "DeleteSlackChannelConfiguration": slack.delete,
        "DescribeSlackChannelConfigurations": slack.list("SlackChannelConfigurations"),
        "CreateMicrosoftTeamsChannelConfiguration": teams.create,
        "UpdateMicrosoftTeamsChannelConfiguration": teams.update,
        "DeleteMicrosoftTeamsChannelConfiguration": teams.delete,
        "GetMicrosoftTeamsChannelConfiguration": teams.get,
        "ListMicrosoftTeamsChannelConfigurations": teams.list("TeamChannelConfigurations"),
        "TagResource": tagged(_tag),
        "UntagResource": tagged(_untag),
        "ListTagsForResource": tagged(lambda record, _call: {"Tags": record["Tags"]}),
    }
    return Service("chatbot", handlers, permissions, invalid="InvalidParameterException")


def permissions(call: Call) -> list[Permission]:
    """What a call needs (service authorization reference, "AWS Chatbot"): create and read take no resource."""
    on_resource = call.operation.startswith(("Update", "Delete"))
    resource = call.input["ChatConfigurationArn"] if on_resource else "*"
    needed: list[Permission] = [(f"chatbot:{call.operation}", resource, {})]
    if role := call.get("IamRoleArn"):
        needed.append(("iam:PassRole", role, {"iam:PassedToService": "chatbot.amazonaws.com"}))
    return needed


def _tag(record: Record, call: Call) -> Record:
    kept = {tag["TagKey"]: tag["TagValue"] for tag in record["Tags"]}
    kept.update({tag["TagKey"]: tag["TagValue"] for tag in call.input["Tags"]})
    record["Tags"] = [{"TagKey": key, "TagValue": value} for key, value in kept.items()]
    return {}


def _untag(record: Record, call: Call) -> Record:
    record["Tags"] = [tag for tag in record["Tags"] if tag["TagKey"] not in call.input["TagKeys"]]
    return {}
