"""What the check for drift says, in the notifier's own form: mail for people, a custom notification for chat."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from delivery.change_set import ResourceChange
from messages import topic
from messages.content import Command, Content, subject
from messages.text import one_line, shorten

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_RESOURCES = 40
_VALUE_CHARACTERS = 80


def drift(stack: str, drifted: Sequence[ResourceChange]) -> Content:
    """Names each resource and property, with the value of the state and the one that AWS has."""
    count = "1 resource" if len(drifted) == 1 else f"{len(drifted)} resources"
    lines = [line for resource in drifted[:_RESOURCES] for line in _lines(resource)]
    if len(drifted) > _RESOURCES:
        lines.append(f"and {len(drifted) - _RESOURCES} more resources")
    return Content(
        subject=subject(stack, count, "drifted from the stack"),
        headline=f"{count} of stack {stack} differ from what was deployed: somebody changed them by hand.",
        facts=(("stack", stack), ("resources", str(len(drifted)))),
        attributes={"kind": "drift", "environment": stack, "resources": len(drifted)},
        thread=f"drift-{stack}",
        notes=tuple(lines),
        commands=(
            Command(purpose="Look at all of it", line=f"make preview STACK={stack} ARGS=--refresh"),
            Command(purpose="Set it back to what was deployed", line=f"make up STACK={stack} ARGS=--refresh"),
        ),
    )


def check_failed(stack: str, reason: str) -> Content:
    """The check itself could not be made."""
    return Content(
        subject=subject(stack, "drift", "could not be checked"),
        headline=f"Whether the resources of stack {stack} still are what was deployed could not be checked.",
        facts=(("stack", stack),),
        attributes={"kind": "drift-check-failed", "environment": stack},
        thread=f"drift-{stack}",
        notes=tuple(one_line(line) for line in reason.splitlines()[:_RESOURCES]),
    )


def publish(client: "SNSClient", topic_arn: str, message: Content) -> None:
    """Publishes to mail and chat."""
    topic.publish(client, topic_arn, message)


def _lines(resource: ResourceChange) -> list[str]:
    if resource.op == "delete":
        return [f"{resource.type} {resource.name}: is gone"]
    label = f"{resource.type} {resource.name}"
    return [
        f"{label}: {change.path} is {_short(change.after)}, deployed was {_short(change.before)}"
        for change in resource.properties
    ]


def _short(value: str | None) -> str:
    return "nothing" if value is None else shorten(one_line(value), _VALUE_CHARACTERS)
