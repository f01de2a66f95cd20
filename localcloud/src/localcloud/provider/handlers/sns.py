"""SNS: topics, their policies, and subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.handlers import attributes
from localcloud.provider.values import Props

# Attributes: SNS API reference, SetTopicAttributes.
_TOPIC: Final[Mapping[str, Field]] = {
    "name": Field(replace=True, computed=True),
    "fifoTopic": Field(to="FifoTopic", replace=True, default=False),
    "contentBasedDeduplication": Field(to="ContentBasedDeduplication", default=False),
    "displayName": Field(to="DisplayName"),
    "kmsMasterKeyId": Field(to="KmsMasterKeyId"),
    "deliveryPolicy": Field(to="DeliveryPolicy", kind="json"),
    "policy": Field(to="Policy", kind="resource-policy", computed=True),
    "signatureVersion": Field(to="SignatureVersion", computed=True, low=1, high=2),
    "tracingConfig": Field(to="TracingConfig", computed=True, choices=("Active", "PassThrough")),
    "tags": Field(),
}
_TAGGING: Final = Tagging(resource="ResourceArn")


def _create(api: Api, inputs: Props) -> Request:
    names = [name for name in inputs if name in _TOPIC and inputs[name] not in (False, "")]
    params: dict[str, Any] = {"Name": inputs["name"], **api.build("create_topic", {"tags": Field()}, inputs)}
    if values := attributes.written(_TOPIC, inputs, names):
        params["Attributes"] = values
    return Request("create_topic", params)


def _read_topic(api: Api, arn: str, _: Props) -> Props | None:
    found = api.find("get_topic_attributes", TopicArn=arn)
    if found is None:
        return None
    return {
        **attributes.parsed(_TOPIC, found["Attributes"]),
        "name": arn.rpartition(":")[2],
        "arn": arn,
        "owner": found["Attributes"].get("Owner", arn.split(":")[4]),
        "tags": tagging.read(_TAGGING, api, arn),
    }


def _set_topic(arn: Any, attribute: str, value: Any) -> Request:
    return Request("set_topic_attributes", {"TopicArn": arn, "AttributeName": attribute, "AttributeValue": value})


def _update_topic(_: Api, arn: str, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    values = attributes.written(_TOPIC, new, sorted(changed - {"tags"}))
    return [_set_topic(arn, name, value) for name, value in values.items()]


def _check_topic(inputs: Props) -> list[tuple[str, str]]:
    name = inputs.get("name")
    if isinstance(name, str) and inputs.get("fifoTopic") is True and not name.endswith(".fifo"):
        return [("name", f"{name!r} is the name of a FIFO topic and has to end with .fifo")]
    return []


TOPIC: Final = Handler(
    service="sns",
    fields=_TOPIC,
    outputs=("arn", "owner"),
    naming=Naming(longest=256, suffix=lambda inputs: ".fifo" if inputs.get("fifoTopic") is True else ""),
    tagging=_TAGGING,
    create=_create,
    identify=lambda api, inputs, response: response.get("TopicArn") or api.place.arn("sns", inputs["name"]),
    read=_read_topic,
    update=_update_topic,
    delete=lambda api, arn, state: [Request("delete_topic", {"TopicArn": arn})],
    check=_check_topic,
)

_POLICY: Final[Mapping[str, Field]] = {
    "arn": Field(replace=True),
    "policy": Field(kind="resource-policy"),
}


def _default_policy(arn: str, account: str) -> str:
    """Give the policy that SNS puts on a new topic, to which a deleted TopicPolicy goes back as in pulumi-aws."""
    actions = "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe"
    allowed = ", ".join(f'"SNS:{action}"' for action in [*actions.split(), "ListSubscriptionsByTopic", "Publish"])
    return (
        '{"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [{"Sid": "__default_statement_ID", '
        f'"Effect": "Allow", "Principal": {{"AWS": "*"}}, "Action": [{allowed}], "Resource": "{arn}", '
        f'"Condition": {{"StringEquals": {{"AWS:SourceOwner": "{account}"}}}}}}]}}'
    )


def _read_policy(api: Api, arn: str, _: Props) -> Props | None:
    found = api.find("get_topic_attributes", TopicArn=arn)
    policy = (found or {}).get("Attributes", {}).get("Policy")
    if not policy or "__default_policy_ID" in policy:
        return None
    return {"arn": arn, "policy": policy, "owner": arn.split(":")[4]}


TOPIC_POLICY: Final = Handler(
    service="sns",
    fields=_POLICY,
    outputs=("owner",),
    identity=("arn",),
    create=lambda api, inputs: _set_topic(inputs["arn"], "Policy", inputs["policy"]),
    identify=lambda api, inputs, response: inputs["arn"],
    read=_read_policy,
    update=lambda api, arn, old, new, changed: (
        [_set_topic(arn, "Policy", new["policy"])] if "policy" in changed else []
    ),
    delete=lambda api, arn, state: [_set_topic(arn, "Policy", _default_policy(arn, arn.split(":")[4]))],
)
