"""The scheduled check: whether resources still are what the stack's state says, and nothing was added to them.

A preview of a refresh: it reads every resource and changes nothing, neither in AWS nor in the state. It runs with a
role that can't read the stack's secrets, so secret properties are left out.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import boto3
from botocore.exceptions import ClientError

from delivery import values
from delivery.additions import additions
from delivery.change_set import property_change
from delivery.environment import DriftEnvironment
from delivery.events import Event, Step
from delivery.job import DeliveryError, exit_code, log
from delivery.verification.state import resources_of
from delivery.workspace import PROGRAM, copy_of, exported
from messages import topic
from messages.change_set import PropertyChange, ResourceChange
from messages.content import Command, Content, subject
from messages.text import one_line, shorten

_RESOURCES = 40
_VALUE_CHARACTERS = 80
# Properties whose lists AWS returns in an order of its own, by the type of their resource. QuickSight promises none for
# permissions (DescribeDashboardPermissions, Amazon QuickSight API Reference), but the schema of CloudFormation's
# AWS::QuickSight::Dashboard says no `insertionOrder: false`, so that the provider takes another order for a change.
_WITHOUT_ORDER: Final[Mapping[str, Sequence[str]]] = {"aws-native:quicksight:Dashboard": ("permissions",)}

# Lake Formation lists grants "filtered by the permissions of the caller" (ListPermissions, AWS Lake Formation API
# Reference): to a role that is no administrator of the data lake, those of others look like gone or smaller.
NOT_COMPARED: Final = "aws:lakeformation/permissions:Permissions"


def run(environment: DriftEnvironment, clients: Callable[[str], Any], program: Path = PROGRAM) -> None:
    """Publish a message about what differs from the stack, if anything does; `clients` are boto3's, by service.

    Raises:
        DeliveryError: the check itself failed, which is published as well.
    """
    try:
        state = exported(environment, program)
        with copy_of(lambda: state, environment, program) as engine:
            drifted = drifted_resources(engine.refresh_preview())
        added = additions(resources_of(state["deployment"].get("resources") or []), clients)
    except (DeliveryError, ClientError) as error:
        topic.publish(clients("sns"), environment.topic_arn, failure_message(environment.stack, str(error)))
        raise
    if not drifted and not added:
        log("no drift")
        return
    content = message(environment.stack, drifted, added)
    topic.publish(clients("sns"), environment.topic_arn, content)
    log("\n".join([content.headline, *content.notes]))


def drifted_resources(events: Iterable[Event]) -> list[ResourceChange]:
    """Return what was changed (`update`) or deleted (`delete`) by hand; before is the state, after is AWS."""
    drifted: list[ResourceChange] = []
    for step in events:
        if not isinstance(step, Step) or not step.done or step.type == NOT_COMPARED:
            continue
        if step.op == "delete":
            drifted.append(ResourceChange(urn=step.urn, type=step.type, op="delete"))
        elif step.op in {"update", "refresh"} and (properties := _properties(step)):
            drifted.append(ResourceChange(urn=step.urn, type=step.type, op="update", properties=properties))
    return sorted(drifted, key=lambda resource: (resource.op, resource.urn))


def message(stack: str, drifted: Sequence[ResourceChange], added: Sequence[str] = ()) -> Content:
    """Return the message that names each property with its value in the state and in AWS, and each addition."""
    count = "1 resource" if len(drifted) == 1 else f"{len(drifted)} resources"
    if added:
        count = f"{f'{count} and ' if drifted else ''}{len(added)} addition{'s' if len(added) > 1 else ''}"
    lines = [line for resource in drifted[:_RESOURCES] for line in _lines(resource)]
    if len(drifted) > _RESOURCES:
        lines.append(f"and {len(drifted) - _RESOURCES} more resources")
    lines += [f"{one_line(line)} was added" for line in added[:_RESOURCES]]
    if added:
        lines.append("What was added stays through any deployment: remove it by hand, or declare it.")
    if len(added) > _RESOURCES:
        lines.append(f"and {len(added) - _RESOURCES} more additions")
    return Content(
        subject=subject(stack, count, "drifted from the stack"),
        headline=f"{count} of stack {stack} differ from what was deployed: somebody changed them by hand.",
        facts=(("stack", stack), ("resources", str(len(drifted))), ("additions", str(len(added)))),
        attributes={"kind": "drift", "environment": stack, "resources": len(drifted)},
        thread=f"drift-{stack}",
        notes=tuple(lines),
        commands=(
            Command(purpose="Look at all of it", line=f"make preview STACK={stack} ARGS=--refresh"),
            Command(purpose="Set it back to what was deployed", line=f"make up STACK={stack} ARGS=--refresh"),
        ),
    )


def failure_message(stack: str, reason: str) -> Content:
    """Return the message that the check itself failed."""
    return Content(
        subject=subject(stack, "drift", "could not be checked"),
        headline=f"Whether the resources of stack {stack} still are what was deployed could not be checked.",
        facts=(("stack", stack),),
        attributes={"kind": "drift-check-failed", "environment": stack},
        thread=f"drift-{stack}",
        notes=tuple(one_line(line) for line in reason.splitlines()[:_RESOURCES]),
    )


def _lines(resource: ResourceChange) -> list[str]:
    if resource.op == "delete":
        return [f"{resource.type} {resource.name}: is gone"]
    label = f"{resource.type} {resource.name}"
    return [
        f"{label}: {change.path} is {short_value(change.after)}, deployed was {short_value(change.before)}"
        for change in resource.properties
    ]


def short_value(value: str | None) -> str:
    """Return a property's value on one line of at most 80 characters, `nothing` where it has none."""
    return "nothing" if value is None else shorten(one_line(value), _VALUE_CHARACTERS)


def _properties(step: Step) -> tuple[PropertyChange, ...]:
    old, new = ((state or {}).get("outputs") or {} for state in (step.old, step.new))
    reordered = [name for name in _WITHOUT_ORDER.get(step.type, ()) if _sorted(old.get(name)) == _sorted(new.get(name))]
    paths = sorted(path for path in step.detailed or step.diffs if not path.startswith(tuple(reordered)))
    changes = (property_change(path, values.at(old, path), values.at(new, path)) for path in paths)
    return tuple(change for change in changes if change.compared)


def _sorted(value: object) -> object:
    """Return the value with each list in it in one order, whatever the order was."""
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return sorted((_sorted(item) for item in cast("list[object]", value)), key=values.shown)
    return value


def main() -> None:
    """Check the stack that the environment names for drift."""
    environment = DriftEnvironment.from_environment()
    session: Any = boto3.session.Session(region_name=environment.region)
    run(environment, session.client)


if __name__ == "__main__":
    sys.exit(exit_code(main))
