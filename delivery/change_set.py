"""Change sets: what a deployment would change, read from the engine's events; typed, comparable, without secrets."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from delivery import values
from delivery.events import Event, PropertyDiff, Step
from delivery.job import DeliveryError

Op = Literal["delete", "replace", "update", "create", "import"]
OPS: tuple[Op, ...] = get_args(Op)
"""All operations; the ones that a reviewer has to see first come first."""

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
LOST_WITH: Mapping[str, str] = {
    "aws:s3/bucket:Bucket": "its objects",
    "aws:s3/bucketV2:BucketV2": "its objects",
    "aws:kms/key:Key": "access to all that it encrypted",
    "aws:dynamodb/table:Table": "its items",
    "aws:glue/catalogDatabase:CatalogDatabase": "its tables",
    "aws:glue/catalogTable:CatalogTable": "its partitions and schema versions",
    "aws:athena/workgroup:Workgroup": "its query history",
    "aws:sqs/queue:Queue": "its messages",
    "aws:sns/topic:Topic": "its confirmed subscriptions",
    "aws:sns/topicSubscription:TopicSubscription": "its confirmation",
    "aws:cloudwatch/logGroup:LogGroup": "its logs",
    "aws:codecommit/repository:Repository": "its commits and pull requests",
    "aws:codepipeline/pipeline:Pipeline": "its execution history",
    "aws:quicksight/dataSet:DataSet": "its imported data",
    "aws-native:sagemaker:ModelPackageGroup": "its model versions",
}
"""What a deletion or replacement loses, by resource type."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PropertyChange(_Frozen):
    """One property by path, such as `tags["team"]`, with its values as text; None where it is absent.

    `compared` is False where either side contains a secret: the values may be equal.
    """

    path: str
    before: str | None
    after: str | None
    replaces: bool = False
    compared: bool = True


class ResourceChange(_Frozen):
    """What happens to one resource; `loses` says what deleting or replacing a resource of its type loses."""

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
        """Whether something is lost that can't be created again."""
        return self.loses is not None and self.op in {"delete", "replace"}


class ChangeSet(_Frozen):
    """All changes of one preview, ordered by operation (as in `OPS`) and URN."""

    version: Literal[1] = VERSION
    stack: str
    commit: str | None = None
    resources: tuple[ResourceChange, ...] = ()
    unchanged: int = 0

    @property
    def counts(self) -> dict[Op, int]:
        """Numbers of changed resources by operation."""
        counts = Counter(resource.op for resource in self.resources)
        return {op: counts[op] for op in OPS if counts[op]}

    @property
    def losses(self) -> tuple[ResourceChange, ...]:
        """Deleted and replaced resources that lose something."""
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
    """Parse a change set from its JSON; raise DeliveryError where it is none of this version."""
    try:
        return ChangeSet.model_validate_json(text)
    except ValidationError as error:
        raise DeliveryError(f"the approved change set can't be read: {error.error_count()} errors") from error


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
    return ResourceChange(urn=step.urn, type=step.type, op=op, properties=properties, loses=LOST_WITH.get(step.type))


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
