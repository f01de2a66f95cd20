"""Whether a change set goes beyond an approved one."""

import json
from collections.abc import Iterator
from typing import cast

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
    return "" if _is_as_approved(approved.after, now.after) else "gets another value than the approved one"


def _is_as_approved(approved: str | None, now: str | None) -> bool:
    if approved in (now, values.UNKNOWN):
        return True
    if approved is None or now is None or values.UNKNOWN not in approved:
        return False
    try:
        return _fits(json.loads(approved), json.loads(now))
    except ValueError:
        return False


def _fits(approved: object, now: object) -> bool:
    """Whether the value is the approved one where that was known."""
    if approved == values.UNKNOWN:
        return True
    if isinstance(approved, dict) and isinstance(now, dict):
        wanted, given = cast("dict[str, object]", approved), cast("dict[str, object]", now)
        return wanted.keys() == given.keys() and all(_fits(wanted[key], given[key]) for key in wanted)
    if isinstance(approved, list) and isinstance(now, list):
        items, others = cast("list[object]", approved), cast("list[object]", now)
        return len(items) == len(others) and all(map(_fits, items, others))
    return approved == now
