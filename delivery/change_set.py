"""From the engine's events to a change set."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from delivery import values
from delivery.events import Event, PropertyDiff, Step
from messages.change_set import OPS, ChangeSet, Op, PropertyChange, ResourceChange

_REPLACING = frozenset({"replace", "create-replacement", "import-replacement", "read-replacement"})
_SINGLE: Mapping[str, Op] = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "import": "import",
    # Without a step beside it: what an interrupted run left to delete.
    "delete-replaced": "delete",
}


def of(events: Iterable[Event], stack: str, commit: str | None = None) -> ChangeSet:
    """Return the change set of a preview's events."""
    steps: dict[str, dict[str, Step]] = {}
    for event in events:
        if isinstance(event, Step) and not event.done:
            steps.setdefault(event.urn, {})[event.op] = event
    changes = [change for by_op in steps.values() if (change := _resource_change(by_op))]
    changes.sort(key=lambda change: (OPS.index(change.op), change.urn))
    return ChangeSet(stack=stack, commit=commit, resources=tuple(changes), unchanged=len(steps) - len(changes))


def _resource_change(by_op: Mapping[str, Step]) -> ResourceChange | None:
    """Return the change that the steps of one resource add up to; None where it stays as it is.

    The engine reports a replacement as several steps, in any order; everything else as one.
    """
    replacing = [step for op, step in by_op.items() if op in _REPLACING]
    if replacing:
        detailed = next((step for step in replacing if step.new and step.old), replacing[0])
        return _from_step(detailed, "replace")
    single_op = next((op for op in _SINGLE if op in by_op), None)
    return _from_step(by_op[single_op], _SINGLE[single_op]) if single_op else None


def _from_step(step: Step, op: Op) -> ResourceChange:
    properties: tuple[PropertyChange, ...] = ()
    if op in {"create", "import"}:
        inputs = _part_of_state(step.new, "inputs")
        properties = tuple(property_change(name, None, value) for name, value in sorted(inputs.items()))
    elif op in {"update", "replace"}:
        properties = tuple(_property_changes(step))
    return ResourceChange(urn=step.urn, type=step.type, op=op, properties=properties)


def _property_changes(step: Step) -> Iterator[PropertyChange]:
    """Return the changed properties of an update or a replacement.

    The provider's detailed diff names paths: `"detailedDiff": {"tags.team": {"diffKind": "update-replace", "inputDiff":
    false}}`, where `inputDiff` says that the old inputs were compared instead of the old outputs. Top-level names that
    have no path there are in `"diffs": ["name"]`, and in `"keys": ["name"]` where they cause the replacement.
    """
    old_inputs, old_outputs = _part_of_state(step.old, "inputs"), _part_of_state(step.old, "outputs")
    new_inputs = _part_of_state(step.new, "inputs")
    diffs: dict[str, PropertyDiff] = dict(step.detailed)
    for name in (*step.diffs, *step.replace_keys):
        has_path = any(path == name or path.startswith((f"{name}.", f"{name}[")) for path in step.detailed)
        if not has_path:
            diffs[name] = {"diffKind": "update-replace" if name in step.replace_keys else "update"}
    for path, diff in sorted(diffs.items()):
        old_output = None if diff.get("inputDiff") else values.at(old_outputs, path)
        before = values.at(old_inputs, path) if old_output is None else old_output
        replaces = diff.get("diffKind", "").endswith("-replace")
        yield property_change(path, before, values.at(new_inputs, path), replaces=replaces)


def property_change(path: str, before: object, after: object, *, replaces: bool = False) -> PropertyChange:
    """Return a change without secrets: where either side contains one, neither side is shown."""
    has_secret = values.is_secret(before) or values.is_secret(after)

    def shown(value: object) -> str | None:
        if value is None:
            return None
        return values.SECRET if has_secret else values.shown(value)

    return PropertyChange(
        path=path, before=shown(before), after=shown(after), replaces=replaces, compared=not has_secret
    )


def _part_of_state(state: Mapping[str, object] | None, part: Literal["inputs", "outputs"]) -> dict[str, object]:
    properties = (state or {}).get(part)
    return dict(properties) if isinstance(properties, dict) else {}
