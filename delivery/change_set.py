"""What a deployment would change: typed, comparable, without secrets; made of the engine's events."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from delivery import values
from delivery.errors import DeliveryError
from delivery.events import Event, Step
from delivery.stateful import LOST

Op = Literal["delete", "replace", "update", "create", "import"]
OPS: tuple[Op, ...] = get_args(Op)
"""All operations, the ones that a reviewer has to see first coming first."""

_REPLACING = frozenset({"replace", "create-replacement", "import-replacement", "read-replacement"})
_SINGLE: Mapping[str, Op] = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "import": "import",
    # Without a step beside it: what an interrupted run left to delete.
    "delete-replaced": "delete",
}
VERSION = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PropertyChange(_Frozen):
    """One property, by path; None where there was or will be none.

    `compared` is False where a secret stands on either side: the change may be none.
    """

    path: str
    before: str | None
    after: str | None
    replaces: bool = False
    compared: bool = True


class ResourceChange(_Frozen):
    """What happens to one resource; `loses` says what a delete or replace of its type loses."""

    urn: str
    type: str
    op: Op
    properties: tuple[PropertyChange, ...] = ()
    loses: str | None = None

    @property
    def name(self) -> str:
        """The logical name, the end of the URN."""
        return self.urn.rpartition("::")[2]

    @property
    def is_loss(self) -> bool:
        """Whether something that can't be made again is lost."""
        return self.loses is not None and self.op in {"delete", "replace"}


class ChangeSet(_Frozen):
    """All changes of one preview, ordered by operation and URN."""

    version: Literal[1] = VERSION
    stack: str
    commit: str | None = None
    resources: tuple[ResourceChange, ...] = ()
    unchanged: int = 0

    @property
    def counts(self) -> dict[Op, int]:
        """How many resources by operation, without those that stay."""
        found = Counter(resource.op for resource in self.resources)
        return {op: found[op] for op in OPS if found[op]}

    @property
    def losses(self) -> tuple[ResourceChange, ...]:
        """Deleted and replaced resources that hold something."""
        return tuple(resource for resource in self.resources if resource.is_loss)

    @property
    def digest(self) -> str:
        """SHA-256 of the changes, in hex; the same for the same changes of the same stack, at any commit."""
        text = self.model_dump_json(include={"stack", "resources"})
        return hashlib.sha256(text.encode()).hexdigest()

    def summary(self) -> str:
        """One line such as `1 to replace, 2 to create, 40 unchanged; 1 can't be undone`."""
        parts = [f"{count} to {op}" for op, count in self.counts.items()] or ["no changes"]
        losses = f"; {len(self.losses)} can't be undone" if self.losses else ""
        return f"{', '.join(parts)}, {self.unchanged} unchanged{losses}"


def read(text: str) -> ChangeSet:
    """A change set from its JSON; raises DeliveryError where it is none of this version."""
    try:
        return ChangeSet.model_validate_json(text)
    except ValidationError as error:
        raise DeliveryError(f"the approved change set can't be read: {error.error_count()} errors") from error


def of(events: Iterable[Event], stack: str, commit: str | None = None) -> ChangeSet:
    """The change set of a preview's events."""
    steps: dict[str, dict[str, Step]] = {}
    for event in events:
        if isinstance(event, Step) and not event.done:
            steps.setdefault(event.urn, {})[event.op] = event
    changes = [change for by_op in steps.values() if (change := _resource(by_op))]
    changes.sort(key=lambda change: (OPS.index(change.op), change.urn))
    return ChangeSet(stack=stack, commit=commit, resources=tuple(changes), unchanged=len(steps) - len(changes))


def _resource(by_op: Mapping[str, Step]) -> ResourceChange | None:
    """A replacement is told in several steps, in any order; all else in one."""
    replacing = [step for op, step in by_op.items() if op in _REPLACING]
    if replacing:
        detailed = next((step for step in replacing if step.new and step.old), replacing[0])
        return _changed(detailed, "replace")
    found = next((op for op in _SINGLE if op in by_op), None)
    return _changed(by_op[found], _SINGLE[found]) if found else None


def _changed(step: Step, op: Op) -> ResourceChange:
    properties: tuple[PropertyChange, ...] = ()
    if op in {"create", "import"}:
        inputs = _state(step.new, "inputs")
        properties = tuple(property_change(name, None, value) for name, value in sorted(inputs.items()))
    elif op in {"update", "replace"}:
        properties = tuple(_compared(step))
    return ResourceChange(urn=step.urn, type=step.type, op=op, properties=properties, loses=LOST.get(step.type))


def _compared(step: Step) -> Iterable[PropertyChange]:
    """The properties that the provider's diff names; by name only where it gives no paths."""
    old_inputs, old_outputs = _state(step.old, "inputs"), _state(step.old, "outputs")
    new = _state(step.new, "inputs")
    kinds = {path: (str(diff.get("diffKind", "")), bool(diff.get("inputDiff"))) for path, diff in step.detailed.items()}
    for name in (*step.diffs, *step.replace_keys):
        if not any(path == name or path.startswith((f"{name}.", f"{name}[")) for path in kinds):
            kinds[name] = ("update-replace" if name in step.replace_keys else "update", False)
    for path, (kind, from_inputs) in sorted(kinds.items()):
        before = None if from_inputs else values.at(old_outputs, path)
        before = values.at(old_inputs, path) if before is None else before
        yield property_change(path, before, values.at(new, path), replaces=kind.endswith("-replace"))


def property_change(path: str, before: object, after: object, *, replaces: bool = False) -> PropertyChange:
    """A change without secrets: where either side has one inside, neither side is shown."""
    if values.is_secret(before) or values.is_secret(after):
        given = [None if value is None else values.SECRET for value in (before, after)]
        return PropertyChange(path=path, before=given[0], after=given[1], replaces=replaces, compared=False)
    texts = [None if value is None else values.shown(value) for value in (before, after)]
    return PropertyChange(path=path, before=texts[0], after=texts[1], replaces=replaces)


def _state(state: Mapping[str, object] | None, part: str) -> dict[str, object]:
    found = (state or {}).get(part)
    return dict(found) if isinstance(found, dict) else {}
