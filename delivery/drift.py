"""The scheduled check: whether resources still are what the stack's state says.

A preview of a refresh: it reads every resource and changes nothing, neither in AWS nor in the state. It runs with a
role that can't read the stack's secrets, so secret properties are left out.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from delivery import messages, values
from delivery.change_set import PropertyChange, ResourceChange, property_change
from delivery.engine import say
from delivery.environment import DriftEnvironment
from delivery.errors import DeliveryError, exit_code
from delivery.events import Event, Step
from delivery.workspace import PROGRAM, without_secrets

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


def run(settings: DriftEnvironment, sns: "SNSClient", program: Path = PROGRAM) -> list[ResourceChange]:
    """Return the drifted resources, and publish a message about them.

    Raises:
        DeliveryError: the check itself failed, which is published as well.
    """
    try:
        with without_secrets(settings, program) as engine:
            drifted = drifted_resources(engine.refresh_preview())
    except DeliveryError as error:
        messages.publish(sns, settings.topic_arn, messages.check_failed(settings.stack, str(error)))
        raise
    if not drifted:
        say("no drift")
        return []
    message = messages.drift(settings.stack, drifted)
    messages.publish(sns, settings.topic_arn, message)
    say("\n".join([message.headline, *message.notes]))
    return drifted


def drifted_resources(events: Iterable[Event]) -> list[ResourceChange]:
    """Return what was changed (`update`) or deleted (`delete`) by hand; before is the state, after is AWS."""
    drifted: list[ResourceChange] = []
    for step in events:
        if not isinstance(step, Step) or not step.done:
            continue
        if step.op == "delete":
            drifted.append(ResourceChange(urn=step.urn, type=step.type, op="delete"))
        elif step.op in {"update", "refresh"} and (properties := _properties(step)):
            drifted.append(ResourceChange(urn=step.urn, type=step.type, op="update", properties=properties))
    return sorted(drifted, key=lambda resource: (resource.op, resource.urn))


def _properties(step: Step) -> tuple[PropertyChange, ...]:
    old, new = ((state or {}).get("outputs") or {} for state in (step.old, step.new))
    paths = sorted(step.detailed or step.diffs)
    changes = (property_change(path, values.at(old, path), values.at(new, path)) for path in paths)
    return tuple(change for change in changes if change.compared)


def main() -> None:
    """Check the stack that the environment names for drift."""
    settings = DriftEnvironment.from_environment()
    run(settings, boto3.client("sns", region_name=settings.region))


if __name__ == "__main__":
    sys.exit(exit_code(main))
