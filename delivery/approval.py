"""Comparing the change set that would be deployed now with the approved one."""

import json
from collections.abc import Iterator
from typing import cast

from delivery import values
from delivery.change_set import ChangeSet, PropertyChange, ResourceChange


def unapproved_changes(approved: ChangeSet, now: ChangeSet) -> list[str]:
    """Return what `now` does that was not approved, one line each; empty where it does the same or less.

    Not approved is: another resource, another operation on one, another property, another value for one, or a property
    that now causes a replacement. An update instead of an approved replacement is less. A value that was unknown at the
    time of the approval may have become known.
    """
    approved_resources = {resource.urn: resource for resource in approved.resources}
    return [
        line
        for resource in now.resources
        for line in _unapproved_of_resource(approved_resources.get(resource.urn), resource)
    ]


def _unapproved_of_resource(approved: ResourceChange | None, now: ResourceChange) -> Iterator[str]:
    label = f"{now.op} {now.type} {now.name}"
    if approved is None:
        yield f"{label}: not in the approved change set"
        return
    # A preview that can't read a secret takes it for changed, and so an update for a replacement.
    if approved.op != now.op and (approved.op, now.op) != ("replace", "update"):
        yield f"{label}: approved was to {approved.op} it"
        return
    for change in now.properties:
        reason = _why_unapproved(_approved_property(approved, change.path), change)
        if reason:
            yield f"{label}: {change.path} {reason}"


def _approved_property(approved: ResourceChange, path: str) -> PropertyChange | None:
    """Return the approved change of this property, or of a secret that contains it.

    The preview that was approved couldn't look inside a secret, so the whole secret was approved.
    """
    for change in approved.properties:
        is_inside_secret = not change.compared and path.startswith((f"{change.path}.", f"{change.path}["))
        if change.path == path or is_inside_secret:
            return change
    return None


def _why_unapproved(approved: PropertyChange | None, now: PropertyChange) -> str:
    if approved is None:
        return "was not to change"
    if now.replaces and not approved.replaces:
        return "now causes a replacement"
    if not approved.compared and not now.compared:
        return ""
    # One that was plain when it was approved and is a secret now, or the other way round, is another value.
    return "" if _is_approved_value(approved.after, now.after) else "gets another value than the approved one"


def _is_approved_value(approved: str | None, now: str | None) -> bool:
    if approved in (now, values.UNKNOWN):
        return True
    if approved is None or now is None or values.UNKNOWN not in approved:
        return False
    try:
        return _equal_where_known(json.loads(approved), json.loads(now))
    except ValueError:
        return False


def _equal_where_known(approved: object, now: object) -> bool:
    if approved == values.UNKNOWN:
        return True
    if isinstance(approved, dict) and isinstance(now, dict):
        approved_items, items = cast("dict[str, object]", approved), cast("dict[str, object]", now)
        return approved_items.keys() == items.keys() and all(
            _equal_where_known(approved_items[key], items[key]) for key in items
        )
    if isinstance(approved, list) and isinstance(now, list):
        approved_list, elements = cast("list[object]", approved), cast("list[object]", now)
        return len(approved_list) == len(elements) and all(map(_equal_where_known, approved_list, elements))
    return approved == now
