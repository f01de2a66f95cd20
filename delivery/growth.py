"""Whether a change set goes beyond an approved one."""

from collections.abc import Iterator

from delivery import values
from delivery.change_set import ChangeSet, PropertyChange, ResourceChange


def beyond(approved: ChangeSet, now: ChangeSet) -> list[str]:
    """What `now` does that was not approved, a line each; empty where it does the same or less.

    More is: another resource, another operation on one, another property, another value for one, or a property that
    now causes a replacement. A value that was unknown when it was approved may have become known.
    """
    known = {resource.urn: resource for resource in approved.resources}
    return [line for resource in now.resources for line in _beyond(known.get(resource.urn), resource)]


def _beyond(approved: ResourceChange | None, now: ResourceChange) -> Iterator[str]:
    label = f"{now.op} {now.type} {now.name}"
    if approved is None:
        yield f"{label}: not in the approved change set"
        return
    if approved.op != now.op:
        yield f"{label}: approved was to {approved.op} it"
        return
    known = {change.path: change for change in approved.properties}
    for change in now.properties:
        reason = _property_beyond(known.get(change.path), change)
        if reason:
            yield f"{label}: {change.path} {reason}"


def _property_beyond(approved: PropertyChange | None, now: PropertyChange) -> str:
    if approved is None:
        return "was not to change"
    if now.replaces and not approved.replaces:
        return "now causes a replacement"
    # A secret shows neither value; one that was plain when it was approved is still another value.
    if approved.after == now.after or (approved.after is not None and values.UNKNOWN in approved.after):
        return ""
    return "gets another value than the approved one"
