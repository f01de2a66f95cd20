"""SNS and SQS: topics, subscriptions, queues, and the policies of topics and queues."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Change, Naming, Read, Reading, ResourceType, Tagging, Update
from localcloud.provider.values import Props


def _create(operation: str, fields: Mapping[str, Field], **params: Any) -> Callable[[Cloud, Props], Request]:
    """Create with the attributes that are set: a standard queue or topic refuses even `FifoQueue: false`."""

    def create(cloud: Cloud, inputs: Props) -> Request:
        attributes = {name: value for name, value in inputs.items() if value is not False and value != ""}
        return Request(operation, {**cloud.build(operation, fields, attributes), **params})

    return create


def _set_each(operation: str, creation: str, fields: Mapping[str, Field]) -> Callable[[Cloud, Change], list[Request]]:
    """Set one attribute a request, as SNS has it; the creating operation's model says how attributes are written."""

    def requests(cloud: Cloud, change: Change) -> list[Request]:
        attributes = cloud.build(creation, fields, change.values).get("Attributes", {})
        return [
            Request(operation, {**change.key, "AttributeName": name, "AttributeValue": value})
            for name, value in attributes.items()
        ]

    return requests


def _fifo_suffix(inputs: Props, fifo: str) -> str:
    return ".fifo" if inputs.get(fifo) is True else ""


def _check_fifo(inputs: Props, fifo: str, what: str) -> list[tuple[str, str]]:
    name = inputs.get("name")
    if isinstance(name, str) and not name.endswith(_fifo_suffix(inputs, fifo)):
        return [("name", f"{name!r} is the name of a FIFO {what} and has to end with .fifo")]
    return []


# Attributes: SNS API reference, SetTopicAttributes.
_TOPIC: Final[Mapping[str, Field]] = {
    "name": Field(replace=True, computed=True),
    "fifoTopic": Field(to="Attributes.FifoTopic", replace=True, default=False),
    "contentBasedDeduplication": Field(to="Attributes.ContentBasedDeduplication", default=False),
    "displayName": Field(to="Attributes.DisplayName", unset=""),
    "kmsMasterKeyId": Field(to="Attributes.KmsMasterKeyId", unset=""),
    "deliveryPolicy": Field(to="Attributes.DeliveryPolicy", kind="json", unset=""),
    "policy": Field(to="Attributes.Policy", kind="resource-policy", computed=True),
    "signatureVersion": Field(to="Attributes.SignatureVersion", computed=True, low=1, high=2),
    "tracingConfig": Field(to="Attributes.TracingConfig", computed=True, choices=("Active", "PassThrough")),
    "tags": Field(),
}

TOPIC: Final = ResourceType(
    "aws:sns/topic:Topic",
    service="sns",
    fields=_TOPIC,
    outputs={"arn": "{id}", "owner": "Attributes.Owner"},
    naming=Naming(longest=256, suffix=lambda inputs: _fifo_suffix(inputs, "fifoTopic")),
    tagging=Tagging(resource="ResourceArn"),
    id="arn:{partition}:sns:{region}:{account}:{name}",
    key={"TopicArn": "{id}"},
    create=_create("create_topic", _TOPIC),
    read=Read("get_topic_attributes"),
    update=(Update(requests=_set_each("set_topic_attributes", "create_topic", _TOPIC)),),
    delete="delete_topic",
    check=lambda inputs: _check_fifo(inputs, "fifoTopic", "topic"),
)


def _default_policy(arn: str, account: str) -> str:
    """Return the policy that SNS puts on a new topic, to which a deleted TopicPolicy goes back as in pulumi-aws."""
    actions = "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe"
    allowed = ", ".join(f'"SNS:{action}"' for action in [*actions.split(), "ListSubscriptionsByTopic", "Publish"])
    return (
        '{"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [{"Sid": "__default_statement_ID", '
        f'"Effect": "Allow", "Principal": {{"AWS": "*"}}, "Action": [{allowed}], "Resource": "{arn}", '
        f'"Condition": {{"StringEquals": {{"AWS:SourceOwner": "{account}"}}}}}}]}}'
    )


def _set_policy(arn: Any, policy: Any) -> Request:
    params = {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": policy}
    return Request("set_topic_attributes", params)


def _without_default_policy(_: Cloud, reading: Reading) -> Props | None:
    policy = reading.props.get("policy", "__default_policy_ID")
    return None if "__default_policy_ID" in policy else {**reading.props, "owner": reading.resource_id.split(":")[4]}


TOPIC_POLICY: Final = ResourceType(
    "aws:sns/topicPolicy:TopicPolicy",
    service="sns",
    fields={
        "arn": Field(replace=True),
        "policy": Field(kind="resource-policy", at="Attributes.Policy"),
    },
    outputs={"owner": ""},
    identity=("arn",),
    id="{arn}",
    key={"TopicArn": "{id}"},
    create=lambda cloud, inputs: _set_policy(inputs["arn"], inputs["policy"]),
    read=Read("get_topic_attributes"),
    update=(Update(requests=lambda cloud, change: [_set_policy(change.new["arn"], change.new["policy"])]),),
    delete=lambda cloud, arn, state: [_set_policy(arn, _default_policy(arn, arn.split(":")[4]))],
    from_api=_without_default_policy,
)

# Attributes: SNS API reference, SetSubscriptionAttributes.
_SUBSCRIPTION: Final[Mapping[str, Field]] = {
    "topic": Field(to="TopicArn", at="Attributes.TopicArn", replace=True),
    "protocol": Field(
        at="Attributes.Protocol",
        replace=True,
        choices=("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"),
    ),
    "endpoint": Field(at="Attributes.Endpoint", replace=True),
    "filterPolicy": Field(to="Attributes.FilterPolicy", kind="json", unset=""),
    "filterPolicyScope": Field(
        to="Attributes.FilterPolicyScope", computed=True, choices=("MessageAttributes", "MessageBody")
    ),
    "rawMessageDelivery": Field(to="Attributes.RawMessageDelivery", default=False),
    "redrivePolicy": Field(to="Attributes.RedrivePolicy", kind="json", unset=""),
    "deliveryPolicy": Field(to="Attributes.DeliveryPolicy", kind="json", unset=""),
    "endpointAutoConfirms": Field(default=False, write_only=True),
    "confirmationTimeoutInMinutes": Field(default=1, low=0, write_only=True),
}


def _locate_subscription(cloud: Cloud, inputs: Props, _started: float, _others: frozenset[str]) -> str | None:
    for item in cloud.items("list_subscriptions_by_topic", "Subscriptions", TopicArn=inputs["topic"]):
        if (item["Protocol"], item["Endpoint"]) == (inputs["protocol"], inputs["endpoint"]):
            # An unconfirmed one has a word for its ARN.
            return item["SubscriptionArn"] if item["SubscriptionArn"].startswith("arn:") else None
    return None


TOPIC_SUBSCRIPTION: Final = ResourceType(
    "aws:sns/topicSubscription:TopicSubscription",
    service="sns",
    fields=_SUBSCRIPTION,
    outputs={
        "arn": "{id}",
        "ownerId": "Attributes.Owner",
        "pendingConfirmation": Field(to="Attributes.PendingConfirmation", default=False),
        "confirmationWasAuthenticated": Field(to="Attributes.ConfirmationWasAuthenticated", default=False),
    },
    identity=("topic", "protocol", "endpoint"),
    id_from="SubscriptionArn",
    key={"SubscriptionArn": "{id}"},
    create=_create("subscribe", _SUBSCRIPTION, ReturnSubscriptionArn=True),
    read=Read("get_subscription_attributes"),
    update=(Update(requests=_set_each("set_subscription_attributes", "subscribe", _SUBSCRIPTION)),),
    delete="unsubscribe",
    locate=_locate_subscription,
)

# Limits and defaults: SQS API reference, SetQueueAttributes.
_QUEUE: Final[Mapping[str, Field]] = {
    "name": Field(to="QueueName", replace=True, computed=True),
    "fifoQueue": Field(to="Attributes.FifoQueue", replace=True, default=False),
    "contentBasedDeduplication": Field(to="Attributes.ContentBasedDeduplication", default=False),
    "delaySeconds": Field(to="Attributes.DelaySeconds", default=0, low=0, high=900),
    "maxMessageSize": Field(to="Attributes.MaximumMessageSize", computed=True, low=1024, high=1048576),
    "messageRetentionSeconds": Field(to="Attributes.MessageRetentionPeriod", default=345600, low=60, high=1209600),
    "receiveWaitTimeSeconds": Field(to="Attributes.ReceiveMessageWaitTimeSeconds", default=0, low=0, high=20),
    "visibilityTimeoutSeconds": Field(to="Attributes.VisibilityTimeout", default=30, low=0, high=43200),
    "kmsMasterKeyId": Field(to="Attributes.KmsMasterKeyId", unset=""),
    "kmsDataKeyReusePeriodSeconds": Field(
        to="Attributes.KmsDataKeyReusePeriodSeconds", default=300, low=60, high=86400
    ),
    "sqsManagedSseEnabled": Field(to="Attributes.SqsManagedSseEnabled", computed=True, default=False),
    "redrivePolicy": Field(to="Attributes.RedrivePolicy", kind="json", unset=""),
    "redriveAllowPolicy": Field(to="Attributes.RedriveAllowPolicy", kind="json", unset=""),
    "tags": Field(),
}


def _locate_queue(cloud: Cloud, inputs: Props, _started: float, _others: frozenset[str]) -> str | None:
    response = cloud.find("get_queue_url", QueueName=inputs["name"])
    return response["QueueUrl"] if response else None


QUEUE: Final = ResourceType(
    "aws:sqs/queue:Queue",
    service="sqs",
    fields=_QUEUE,
    outputs={"arn": "Attributes.QueueArn", "url": "{id}", "policy": "Attributes.Policy"},
    naming=Naming(longest=80, suffix=lambda inputs: _fifo_suffix(inputs, "fifoQueue")),
    tagging=Tagging(
        resource="QueueUrl", of="id", tag="tag_queue", untag="untag_queue", read="list_queue_tags", member="Tags"
    ),
    id_from="QueueUrl",
    parse_id=lambda url: {"name": url.rpartition("/")[2]},
    key={"QueueUrl": "{id}"},
    create=_create("create_queue", _QUEUE),
    read=Read("get_queue_attributes", params={"QueueUrl": "{id}", "AttributeNames": ["All"]}),
    update=(Update("set_queue_attributes"),),
    delete="delete_queue",
    locate=_locate_queue,
    check=lambda inputs: _check_fifo(inputs, "fifoQueue", "queue"),
)

QUEUE_POLICY: Final = ResourceType(
    "aws:sqs/queuePolicy:QueuePolicy",
    service="sqs",
    fields={
        "queueUrl": Field(replace=True),
        "policy": Field(to="Attributes.Policy", kind="resource-policy"),
    },
    identity=("queueUrl",),
    id="{queueUrl}",
    key={"QueueUrl": "{id}"},
    put="set_queue_attributes",
    read=Read("get_queue_attributes", params={"QueueUrl": "{id}", "AttributeNames": ["Policy"]}),
    from_api=lambda cloud, reading: reading.props if reading.props.get("policy") else None,
    delete="set_queue_attributes",
    delete_with={"Attributes": {"Policy": ""}},
)
