"""Which folders are tables and which are partitions of a table.

Source: Glue developer guide, "How does a crawler determine when to create partitions?" and "How to specify the table
location and partitioning level".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from localcloud.services.glue.crawl.schema import Columns, Schema, merged, similar


@dataclass(frozen=True)
class Part:
    """A partition: its values, its key prefix, its schema and the columns of all its objects."""

    values: tuple[str, ...]
    prefix: str
    schema: Schema
    columns: Columns


@dataclass(frozen=True)
class Draft:
    """A table that a crawl has inferred: the folder it is named after, its key prefix, columns, keys and partitions."""

    folder: str
    prefix: str
    schema: Schema
    columns: Columns
    keys: tuple[str, ...]
    parts: tuple[Part, ...]


@dataclass
class _Node:
    prefix: str
    files: dict[str, Schema] = field(default_factory=dict[str, Schema])
    children: "dict[str, _Node]" = field(default_factory=dict[str, "_Node"])

    def leaves(self, path: tuple[str, ...] = ()) -> "Iterator[tuple[tuple[str, ...], _Node]]":
        """Yield the folders that hold files, with their path below this one."""
        if self.files:
            yield path, self
        for name, child in sorted(self.children.items()):
            yield from child.leaves((*path, name))


@dataclass(frozen=True)
class Policy:
    """How a crawler's configuration groups: combining compatible schemas, and tables at a level; the bucket is 1."""

    combine: bool = False
    level: int | None = None


def group(
    root: str, files: Mapping[str, Schema], known: Sequence[str] = (), policy: Policy | None = None
) -> list[Draft]:
    """Return the tables of one S3 target.

    Args:
        root: the target's key prefix, with its final slash or empty.
        files: schemas by key.
        known: prefixes of tables that an earlier crawl has written.
        policy: how the crawler groups.
    """
    tree = _Node(root)
    for key, schema in sorted(files.items()):
        node = tree
        for step in key.removeprefix(root).split("/")[:-1]:
            node = node.children.setdefault(step, _Node(f"{node.prefix}{step}/"))
        node.files[key] = schema
    return list(_tables(tree, frozenset(known), policy or Policy()))


def _tables(node: _Node, known: frozenset[str], policy: Policy) -> Iterator[Draft]:
    leaves = list(node.leaves())
    if not leaves:
        return
    if _is_table(node, leaves, known, policy):
        yield _draft(node, leaves)
        return
    if node.files:
        yield from _of_files(node, policy)
    for child in node.children.values():
        yield from _tables(child, known, policy)


def _is_table(node: _Node, leaves: list[tuple[tuple[str, ...], _Node]], known: frozenset[str], policy: Policy) -> bool:
    if len({len(path) for path, _ in leaves}) != 1:
        return False
    if policy.level is not None:
        return node.prefix.count("/") + 1 >= policy.level
    schemas = [schema for _, leaf in leaves for schema in leaf.files.values()]
    # The whole folder against its largest schema, so that one column more each day stays one table.
    largest = max(schemas, key=lambda schema: len(schema.columns))
    if not all(similar(schema, largest, combine=policy.combine) for schema in schemas):
        return False
    if node.prefix in known or node.files or len(node.children) != 1:
        return not any(prefix != node.prefix and prefix.startswith(node.prefix) for prefix in known)
    # A folder with nothing but one folder in it is a step on the way, unless that one names a partition.
    return "=" in next(iter(node.children))


def _draft(node: _Node, leaves: list[tuple[tuple[str, ...], _Node]]) -> Draft:
    schemas = [schema for _, leaf in leaves for schema in leaf.files.values()]
    depth = len(leaves[0][0])
    steps = [[path[index] for path, _ in leaves] for index in range(depth)]
    names = [_key_name(step, index) for index, step in enumerate(steps)]
    keys = tuple(name if names.count(name) == 1 else f"partition_{index}" for index, name in enumerate(names))
    parts = tuple(
        Part(
            tuple(_value(step) for step in path),
            leaf.prefix,
            next(iter(leaf.files.values())),
            merged(leaf.files.values()),
        )
        for path, leaf in leaves
    )
    return Draft(_folder(node.prefix), node.prefix, schemas[0], merged(schemas), keys, parts if depth else ())


def _of_files(node: _Node, policy: Policy) -> Iterator[Draft]:
    """Yield the files of a folder whose folders are something else: as one table, or one for each file."""
    first = next(iter(node.files.values()))
    if not node.children and all(similar(schema, first, combine=policy.combine) for schema in node.files.values()):
        yield Draft(_folder(node.prefix), node.prefix, first, merged(node.files.values()), (), ())
        return
    for key, schema in node.files.items():
        yield Draft(key.rsplit("/", 1)[-1], key, schema, schema.columns, (), ())


def _key_name(steps: Sequence[str], index: int) -> str:
    names = {step.partition("=")[0].lower() for step in steps if "=" in step}
    if len(names) == 1 and all("=" in step for step in steps):
        return re.sub(r"[^a-z0-9_]", "_", names.pop())
    return f"partition_{index}"


def _value(step: str) -> str:
    return step.partition("=")[2] if "=" in step else step


def _folder(prefix: str) -> str:
    return prefix.rstrip("/").rsplit("/", 1)[-1]
