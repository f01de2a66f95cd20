"""The deployed resources as the tree that their parents make: stack, component, children."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from demo.report.model import Resource

_COMPONENT = "mlops:"
_PROVIDER = "pulumi:providers:"


@dataclass(frozen=True, kw_only=True)
class Node:
    """A resource and what stands below it: components first, each level by name."""

    resource: Resource
    children: tuple[Node, ...]

    @property
    def below(self) -> int:
        """How many resources stand below this one, on all levels."""
        return sum(1 + child.below for child in self.children)

    @property
    def is_component(self) -> bool:
        """Whether it is one of this project's components, or the stack itself."""
        return self.resource.type.startswith((_COMPONENT, "pulumi:pulumi:Stack"))


def build(resources: Sequence[Resource]) -> tuple[Node, ...]:
    """Return the trees of resources whose parent is not among them; in a whole state that is the stack alone.

    Raises:
        ValueError: a resource is an ancestor of itself.
    """
    known = {resource.urn for resource in resources}
    children: defaultdict[str, list[Resource]] = defaultdict(list)
    for resource in resources:
        children[resource.parent if resource.parent in known else ""].append(resource)
    trees = tuple(_node(root, children) for root in sorted(children[""], key=_order))
    placed = sum(1 + tree.below for tree in trees)
    if placed != len(resources):
        raise ValueError(f"{len(resources) - placed} resources are ancestors of themselves")
    return trees


def _node(resource: Resource, children: defaultdict[str, list[Resource]]) -> Node:
    below = tuple(_node(child, children) for child in sorted(children[resource.urn], key=_order))
    return Node(resource=resource, children=below)


def _order(resource: Resource) -> tuple[bool, bool, str]:
    return (resource.type.startswith(_PROVIDER), not resource.type.startswith(_COMPONENT), resource.name)
