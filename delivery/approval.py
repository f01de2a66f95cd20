"""The approved change set, and whether what would be changed now goes beyond it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, cast

from contract.layout import PREVIEW_CHANGES
from delivery import values
from delivery.environment import ActionEnvironment
from delivery.job import DeliveryError
from messages import change_set
from messages.change_set import ChangeSet, ChangeSetError, PropertyChange, ResourceChange

_SOURCES: Final = "CODEBUILD_SRC_DIR_"


def approved_change_set(environment: ActionEnvironment, variables: Mapping[str, str]) -> ChangeSet:
    """Return the change set in the preview's artifact.

    CodeBuild user guide, "Environment variables in build environments": each further input artifact is unpacked into
    the directory that CODEBUILD_SRC_DIR_{artifact} names.

    Raises:
        DeliveryError: no or several artifacts hold one, or it is of another stack or commit.
    """
    folders = [Path(path) for name, path in sorted(variables.items()) if name.startswith(_SOURCES) and path]
    files = [folder / PREVIEW_CHANGES for folder in folders if (folder / PREVIEW_CHANGES).is_file()]
    if len(files) != 1:
        inputs = ", ".join(map(str, folders)) or "no input artifact beside the source"
        raise DeliveryError(
            f"{PREVIEW_CHANGES} of the approved preview: given {inputs}, expected one artifact that holds it"
        )
    try:
        approved = change_set.read(files[0].read_text(encoding="utf-8"))
    except ChangeSetError as error:
        raise DeliveryError(f"the approved change set can't be read: {error}") from error
    if (approved.stack, approved.commit) != (environment.stack, environment.commit_id):
        raise DeliveryError(
            f"the approved change set is of stack {approved.stack} at commit {approved.commit}, expected stack "
            f"{environment.stack} at commit {environment.commit_id}"
        )
    return approved


def require_approved(environment: ActionEnvironment, approved: ChangeSet, now: ChangeSet) -> None:
    """Raise DeliveryError where more would change now than was approved; it says what to do."""
    unapproved = unapproved_changes(approved, now)
    if not unapproved:
        return
    listed = "\n".join(f"  - {line}" for line in unapproved)
    raise DeliveryError(
        f"The change set grew since it was approved; nothing was changed. Beyond the approved change set:\n{listed}\n"
        "Somebody changed the stack or its resources in between. Look at these, then release the commit again, so that "
        "the whole change set is approved:\n"
        f"  aws codepipeline start-pipeline-execution --name {environment.pipeline_name} --source-revisions "
        f"actionName=Source,revisionType=COMMIT_ID,revisionValue={environment.commit_id}"
    )


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
    except (ValueError, RecursionError):
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
