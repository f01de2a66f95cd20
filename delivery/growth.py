"""Whether a change set goes beyond an approved one."""

import json
from collections.abc import Iterator
from typing import cast

from delivery import values
from delivery.change_set import ChangeSet, PropertyChange, ResourceChange


def beyond(approved: ChangeSet, now: ChangeSet) -> list[str]:
    """What `now` does that was not approved, a line each; empty where it does the same or less.

    More is: another resource, another operation on one, another property, another value for one, or a property that
    now causes a replacement. An update instead of an approved replacement is less. A value that was unknown when it was
    approved may have become known.
    """
    known = {resource.urn: resource for resource in approved.resources}
    return [line for resource in now.resources for line in _beyond(known.get(resource.urn), resource)]


def _beyond(approved: ResourceChange | None, now: ResourceChange) -> Iterator[str]:
    label = f"{now.op} {now.type} {now.name}"
    if approved is None:
        yield f"{label}: not in the approved change set"
        return
    # A preview that can't read a secret takes it for changed, and so an update for a replacement.
    if approved.op != now.op and (approved.op, now.op) != ("replace", "update"):
        yield f"{label}: approved was to {approved.op} it"
        return
    for change in now.properties:
        reason = _property_beyond(_approved_property(approved, change.path), change)
        if reason:
            yield f"{label}: {change.path} {reason}"


def _approved_property(approved: ResourceChange, path: str) -> PropertyChange | None:
    """The change of this property, or of a secret that it lies in, of which the approved preview saw no inside."""
    for change in approved.properties:
        inside = not change.compared and path.startswith((f"{change.path}.", f"{change.path}["))
        if change.path == path or inside:
            return change
    return None


def _property_beyond(approved: PropertyChange | None, now: PropertyChange) -> str:
    if approved is None:
        return "was not to change"
    if now.replaces and not approved.replaces:
        return "now causes a replacement"
    if not approved.compared and not now.compared:
        return ""
    # One that was plain when it was approved and is a secret now, or the other way round, is another value.
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
