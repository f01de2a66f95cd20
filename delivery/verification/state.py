"""A deployed stack as the engine's state describes it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contract.names import Deployment
from contract.notification_rules import NotificationRule
from delivery.job import DeliveryError
from messages.change_set import ResourceChange


class NotDeployedError(DeliveryError):
    """There is no stack, or nothing in it."""


Event = Mapping[str, object]
"""An event as EventBridge has it, such as `{"source": "aws.glue", "detail-type": ..., "detail": {...}}`."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource: its type token, its physical id, and its outputs under the provider's names."""

    type: str
    id: str
    properties: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Return a property that is a text; empty where it is missing, secret or something else."""
        value = self.properties.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, kw_only=True)
class EventSample:
    """AWS's document of an event, about a resource of somebody else's, and the same about the stack's own."""

    document: Event
    of_stack: Event


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A deployed stack: its outputs and resources, and what its program declares of events.

    `events` are AWS's documents of the events that each rule is for, by the rule's name. `drifted` returns the
    resources that are missing or not as the state declares them, and raises DeliveryError where they can't be compared.
    `is_upserted` is whether the ML pipeline has to be there by now.
    """

    deployment: Deployment
    outputs: Mapping[str, Any]
    resources: Sequence[Resource]
    notification_rules: Sequence[NotificationRule]
    events: Mapping[str, EventSample]
    clients: Callable[[str], Any]
    drifted: Callable[[], Sequence[ResourceChange]]
    is_upserted: bool = True

    def of_type(self, type_token: str) -> list[Resource]:
        """Return the resources of one type."""
        return [resource for resource in self.resources if resource.type == type_token]

    def ids(self, type_token: str) -> set[str]:
        """Return the physical ids of the resources of one type."""
        return {resource.id for resource in self.of_type(type_token)}


def outputs_of(state: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the outputs of the stack that the engine's state describes; secret ones stay encrypted.

    Raises:
        NotDeployedError: there are none.
    """
    for resource in state:
        if resource["type"] == "pulumi:pulumi:Stack" and resource.get("outputs"):
            return resource["outputs"]
    raise NotDeployedError("the stack has no outputs: it was never deployed, or destroyed")


def resources_of(state: Sequence[Mapping[str, Any]]) -> list[Resource]:
    """Return the resources that the stack has created, without components, providers and what it only refers to."""
    return list(_resources(state))


def _resources(state: Sequence[Mapping[str, Any]]) -> Iterator[Resource]:
    for resource in state:
        if resource.get("custom") and not resource.get("external"):
            yield Resource(
                type=resource["type"],
                id=str(resource.get("id")),
                properties={**(resource.get("inputs") or {}), **(resource.get("outputs") or {})},
            )
