"""SQS: queues and their policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.handlers import attributes
from localcloud.provider.values import Props

# Limits and defaults: SQS API reference, SetQueueAttributes.
_QUEUE: Final[Mapping[str, Field]] = {
    "name": Field(to="QueueName", replace=True, computed=True),
    "fifoQueue": Field(to="FifoQueue", replace=True, default=False),
    "contentBasedDeduplication": Field(to="ContentBasedDeduplication", default=False),
    "delaySeconds": Field(to="DelaySeconds", default=0, low=0, high=900),
    "maxMessageSize": Field(to="MaximumMessageSize", computed=True, low=1024, high=1048576),
    "messageRetentionSeconds": Field(to="MessageRetentionPeriod", default=345600, low=60, high=1209600),
    "receiveWaitTimeSeconds": Field(to="ReceiveMessageWaitTimeSeconds", default=0, low=0, high=20),
    "visibilityTimeoutSeconds": Field(to="VisibilityTimeout", default=30, low=0, high=43200),
    "kmsMasterKeyId": Field(to="KmsMasterKeyId"),
    "kmsDataKeyReusePeriodSeconds": Field(to="KmsDataKeyReusePeriodSeconds", default=300, low=60, high=86400),
    "sqsManagedSseEnabled": Field(to="SqsManagedSseEnabled", computed=True),
    "redrivePolicy": Field(to="RedrivePolicy", kind="json"),
    "redriveAllowPolicy": Field(to="RedriveAllowPolicy", kind="json"),
    "tags": Field(),
}
_TAGGING: Final = Tagging(
    resource="QueueUrl", of="id", tag="tag_queue", untag="untag_queue", read="list_queue_tags", member="Tags"
)


def _create(_: Api, inputs: Props) -> Request:
    names = [name for name in inputs if name in _QUEUE and name != "name" and inputs[name] not in (False, "")]
    params: dict[str, Any] = {"QueueName": inputs["name"]}
    if values := attributes.written(_QUEUE, inputs, names):
        params["Attributes"] = values
    if inputs.get("tags"):
        params["tags"] = inputs["tags"]
    return Request("create_queue", params)


def _locate(api: Api, inputs: Props, _started: float, _others: frozenset[str]) -> str | None:
    found = api.find("get_queue_url", QueueName=inputs["name"])
    return found["QueueUrl"] if found else None


def _read(api: Api, url: str, _: Props) -> Props | None:
    found = api.find("get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
    if found is None:
        return None
    values = found["Attributes"]
    state = attributes.parsed(_QUEUE, values)
    managed = values.get("SqsManagedSseEnabled", "").lower() == "true"
    return {
        **state,
        "name": values["QueueArn"].rpartition(":")[2],
        "arn": values["QueueArn"],
        "url": url,
        "sqsManagedSseEnabled": managed,
        "policy": values.get("Policy"),
        "tags": tagging.read(_TAGGING, api, url),
    }


def _update(_: Api, url: str, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    values = attributes.written(_QUEUE, new, sorted(changed - {"tags", "name", "fifoQueue"}))
    return [Request("set_queue_attributes", {"QueueUrl": url, "Attributes": values})] if values else []


def _check(inputs: Props) -> list[tuple[str, str]]:
    name, fifo = inputs.get("name"), inputs.get("fifoQueue", False)
    if isinstance(name, str) and fifo is True and not name.endswith(".fifo"):
        return [("name", f"{name!r} is the name of a FIFO queue and has to end with .fifo")]
    return []


QUEUE: Final = Handler(
    service="sqs",
    fields=_QUEUE,
    outputs=("arn", "url", "policy"),
    naming=Naming(longest=80, suffix=lambda inputs: ".fifo" if inputs.get("fifoQueue") is True else ""),
    tagging=_TAGGING,
    create=_create,
    identify=lambda api, inputs, response: response["QueueUrl"],
    locate=_locate,
    read=_read,
    update=_update,
    delete=lambda api, url, state: [Request("delete_queue", {"QueueUrl": url})],
    check=_check,
)

_POLICY: Final[Mapping[str, Field]] = {
    "queueUrl": Field(to="QueueUrl", replace=True),
    "policy": Field(kind="resource-policy"),
}


def _set_policy(url: Any, policy: Any) -> Request:
    return Request("set_queue_attributes", {"QueueUrl": url, "Attributes": {"Policy": policy}})


def _read_policy(api: Api, url: str, _: Props) -> Props | None:
    found = api.find("get_queue_attributes", QueueUrl=url, AttributeNames=["Policy"])
    policy = (found or {}).get("Attributes", {}).get("Policy")
    return {"queueUrl": url, "policy": policy} if policy else None


QUEUE_POLICY: Final = Handler(
    service="sqs",
    fields=_POLICY,
    identity=("queueUrl",),
    create=lambda api, inputs: _set_policy(inputs["queueUrl"], inputs["policy"]),
    identify=lambda api, inputs, response: inputs["queueUrl"],
    read=_read_policy,
    update=lambda api, url, old, new, changed: [_set_policy(url, new["policy"])] if "policy" in changed else [],
    delete=lambda api, url, state: [_set_policy(url, "")],
)
