"""Change sets: what a deployment would change, typed, comparable, without secrets, and read strictly from JSON.

The engine's events become one in `delivery/change_set.py`. The notifier reads those that a commit's own code wrote.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import UnionType
from typing import Any, Final, Literal, cast, get_args

Op = Literal["delete", "replace", "update", "create", "import"]
OPS: tuple[Op, ...] = get_args(Op)
"""All operations; the ones that a reviewer has to see first come first."""

VERSION: Final = 1
LOST_WITH: Final[Mapping[str, str]] = {
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


@dataclass(frozen=True, kw_only=True)
class PropertyChange:
    """One property by path, such as `tags["team"]`, with its values as text; None where it is absent.

    `compared` is False where either side contains a secret: the values may be equal.
    """

    path: str
    before: str | None
    after: str | None
    replaces: bool = False
    compared: bool = True


@dataclass(frozen=True, kw_only=True)
class ResourceChange:
    """What happens to one resource."""

    urn: str
    type: str
    op: Op
    properties: tuple[PropertyChange, ...] = ()

    @property
    def name(self) -> str:
        """The logical name, the end of the URN."""
        return self.urn.rpartition("::")[2]

    @property
    def loses(self) -> str | None:
        """What deleting or replacing a resource of its type loses."""
        return LOST_WITH.get(self.type)

    @property
    def is_loss(self) -> bool:
        """Whether something is lost that can't be created again."""
        return self.loses is not None and self.op in {"delete", "replace"}


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    """All changes of one preview, ordered by operation (as in `OPS`) and URN."""

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
        changes = {"stack": self.stack, "resources": [asdict(resource) for resource in self.resources]}
        return hashlib.sha256(json.dumps(changes).encode()).hexdigest()

    def summary(self) -> str:
        """Return one line such as `1 to replace, 2 to create, 40 unchanged; 1 can't be undone`."""
        parts = [f"{count} to {op}" for op, count in self.counts.items()] or ["no changes"]
        losses = f"; {len(self.losses)} can't be undone" if self.losses else ""
        return f"{', '.join(parts)}, {self.unchanged} unchanged{losses}"

    def to_json(self) -> str:
        """Return the form that `read` takes."""
        return json.dumps({"version": VERSION, **asdict(self)}, indent=1)


class ChangeSetError(ValueError):
    """A text is no change set; the message names the member and what is expected."""


def read(text: str) -> ChangeSet:
    """Parse a change set from its JSON, strictly: it takes nothing that `to_json` would not write.

    Raises:
        ChangeSetError: for anything else, such as a missing member, a further one, or one of another type.
    """
    try:
        document = cast("object", json.loads(text))
    except (ValueError, RecursionError) as error:
        raise ChangeSetError(f"expected JSON: {error}") from error
    version, stack, commit, resources, unchanged = _members(
        document, "change set", version=int, stack=str, commit=str | None, resources=list, unchanged=int
    )
    if version != VERSION:
        raise ChangeSetError(f"version {version}: expected {VERSION}")
    return ChangeSet(
        stack=stack,
        commit=commit,
        resources=tuple(_resource(item, f"resources[{i}]") for i, item in enumerate(resources)),
        unchanged=unchanged,
    )


def _resource(document: object, place: str) -> ResourceChange:
    urn, type_, op, properties = _members(document, place, urn=str, type=str, op=str, properties=list)
    if op not in OPS:
        raise ChangeSetError(f"{place}.op: expected one of {', '.join(OPS)}")
    return ResourceChange(
        urn=urn,
        type=type_,
        op=op,
        properties=tuple(_property(item, f"{place}.properties[{i}]") for i, item in enumerate(properties)),
    )


def _property(document: object, place: str) -> PropertyChange:
    path, before, after, replaces, compared = _members(
        document, place, path=str, before=str | None, after=str | None, replaces=bool, compared=bool
    )
    return PropertyChange(path=path, before=before, after=after, replaces=replaces, compared=compared)


def _members(document: object, place: str, **types: type | UnionType) -> list[Any]:
    """Return the members in the order of `types`; these are all there may be."""
    members = cast("dict[str, object]", document) if isinstance(document, dict) else {}
    if members.keys() != types.keys():
        raise ChangeSetError(f"{place}: expected an object of {', '.join(types)}")
    for name, value in members.items():
        # True is an int, too.
        if not isinstance(value, types[name]) or (isinstance(value, bool) and types[name] is not bool):
            raise ChangeSetError(f"{place}.{name}: expected {types[name]}")
    return [members[name] for name in types]
