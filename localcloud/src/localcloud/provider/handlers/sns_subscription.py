"""SNS: subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider.handler import Api, Field, Handler, Request
from localcloud.provider.handlers import attributes
from localcloud.provider.values import Props

# Attributes: SNS API reference, SetSubscriptionAttributes.
_FIELDS: Final[Mapping[str, Field]] = {
    "topic": Field(replace=True),
    "protocol": Field(
        replace=True,
        choices=("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"),
    ),
    "endpoint": Field(replace=True),
    "filterPolicy": Field(to="FilterPolicy", kind="json"),
    "filterPolicyScope": Field(to="FilterPolicyScope", computed=True, choices=("MessageAttributes", "MessageBody")),
    "rawMessageDelivery": Field(to="RawMessageDelivery", default=False),
    "redrivePolicy": Field(to="RedrivePolicy", kind="json"),
    "deliveryPolicy": Field(to="DeliveryPolicy", kind="json"),
    "endpointAutoConfirms": Field(default=False),
    "confirmationTimeoutInMinutes": Field(default=1, low=0),
}
_PROVIDER_ONLY: Final = ("endpointAutoConfirms", "confirmationTimeoutInMinutes")


def _create(_: Api, inputs: Props) -> Request:
    params: dict[str, Any] = {
        "TopicArn": inputs["topic"],
        "Protocol": inputs["protocol"],
        "Endpoint": inputs["endpoint"],
        "ReturnSubscriptionArn": True,
    }
    names = [name for name in inputs if name in _FIELDS and inputs[name] not in (False, "")]
    if values := attributes.written(_FIELDS, inputs, names):
        params["Attributes"] = values
    return Request("subscribe", params)


def _locate(api: Api, inputs: Props, _started: float, _others: frozenset[str]) -> str | None:
    for item in api.pages("list_subscriptions_by_topic", "Subscriptions", TopicArn=inputs["topic"]):
        if (item["Protocol"], item["Endpoint"]) == (inputs["protocol"], inputs["endpoint"]):
            return item["SubscriptionArn"] if item["SubscriptionArn"].startswith("arn:") else None
    return None


def _read(api: Api, arn: str, state: Props) -> Props | None:
    found = api.find("get_subscription_attributes", SubscriptionArn=arn)
    if found is None:
        return None
    values = found["Attributes"]
    return {
        **attributes.parsed(_FIELDS, values),
        **{name: state.get(name, _FIELDS[name].default) for name in _PROVIDER_ONLY},
        "topic": values["TopicArn"],
        "protocol": values["Protocol"],
        "endpoint": values["Endpoint"],
        "arn": arn,
        "ownerId": values.get("Owner", arn.split(":")[4]),
        "pendingConfirmation": values.get("PendingConfirmation", "false") == "true",
        "confirmationWasAuthenticated": values.get("ConfirmationWasAuthenticated", "false") == "true",
    }


def _update(_: Api, arn: str, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    values = attributes.written(_FIELDS, new, sorted(changed))
    operation = "set_subscription_attributes"
    return [
        Request(operation, {"SubscriptionArn": arn, "AttributeName": name, "AttributeValue": value})
        for name, value in values.items()
    ]


TOPIC_SUBSCRIPTION: Final = Handler(
    service="sns",
    fields=_FIELDS,
    outputs=("arn", "ownerId", "pendingConfirmation", "confirmationWasAuthenticated"),
    identity=("topic", "protocol", "endpoint"),
    create=_create,
    identify=lambda api, inputs, response: response["SubscriptionArn"],
    locate=_locate,
    read=_read,
    update=_update,
    delete=lambda api, arn, state: [Request("unsubscribe", {"SubscriptionArn": arn})],
)
