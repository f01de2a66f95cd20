"""A configured provider: what the program wants, what would change, and the resources it is done to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.provider import inputs as program_inputs
from localcloud.provider.cloud import Cloud
from localcloud.provider.configuration import Tags
from localcloud.provider.differences import Change, changes, equal
from localcloud.provider.errors import Failure, ProviderError
from localcloud.provider.journal import Journal
from localcloud.provider.resource import Resource, identity_of
from localcloud.provider.resource_type import ResourceType
from localcloud.provider.values import UNKNOWN, Props, is_empty

Function = Callable[[Cloud, Props], Props]


@dataclass(frozen=True, kw_only=True)
class Package:
    """A Pulumi package as the stand-in serves it.

    resource_type: Returns a token's type, or raises ProviderError.
    validate: Judges inputs as the program gave them; takes region, token, type and inputs.
    with_default_tags: Merges the provider's default tags into a resource's, the resource's own winning.
    without_tags: Leaves out tags of a resource whose keys a function says.
    """

    name: str
    distribution: str
    resource_type: Callable[[str], ResourceType]
    validate: Callable[[str, str, ResourceType, Props], Iterable[Failure]]
    with_default_tags: Callable[[Mapping[str, str], Any], Any]
    without_tags: Callable[[Callable[[str], bool], Any], Any]
    functions: Mapping[str, Function]


@dataclass(frozen=True)
class Difference:
    """What an update would change, and whether the old resource has to go first."""

    changes: list[Change]
    delete_before_replace: bool


@dataclass(frozen=True)
class StandIn:
    """One configured provider instance."""

    package: Package
    cloud: Cloud
    tags: Tags
    journal: Journal

    def check(self, token: str, urn: str, seed: bytes, old: Props, new: Props) -> tuple[Props, list[Failure]]:
        """Fill in what the program leaves out, and find everything that is wrong."""
        try:
            resource_type = self.package.resource_type(token)
            inputs = program_inputs.with_json(resource_type.fields, new)
            failures = list(self.package.validate(self.cloud.place.region, token, resource_type, inputs))
        except ProviderError as error:
            # As a failure of this resource, so that the engine goes on and says what is wrong with the others, too.
            return new, [Failure("", str(error))]
        if failures:
            return new, failures
        if old:
            self.journal.settle(urn, identity=identity_of(resource_type, old))
        inputs = self._with_tags(resource_type, self._with_name(resource_type, urn, seed, old, inputs))
        return inputs, list(program_inputs.failures(resource_type, self._cloud(resource_type, inputs), inputs))

    def diff(self, token: str, state: Props, inputs: Props, ignored: Sequence[str]) -> Difference:
        """Compare a state with new inputs."""
        resource_type = self.package.resource_type(token)
        naming = resource_type.naming
        by_name = naming if naming and naming.field in resource_type.identity else None
        clashes = _clashes(resource_type, state, inputs) and not program_inputs.made_up_name(by_name, inputs)
        return Difference(
            changes(resource_type.fields, state, inputs, ignored) + self._moved(resource_type, state, inputs),
            delete_before_replace=clashes,
        )

    def preview_create(self, token: str, inputs: Props) -> Props:
        """Return the state that a creation would lead to, unknown where only AWS knows."""
        resource_type = self.package.resource_type(token)
        computed = [name for name, spec in resource_type.fields.items() if spec.computed]
        unsure = dict.fromkeys((*resource_type.outputs, *computed), UNKNOWN)
        return self._finish(resource_type, {**unsure, **_defaults(resource_type), **inputs}, inputs)

    def preview_update(self, token: str, state: Props, inputs: Props, ignored: Sequence[str]) -> Props:
        """Return the state that an update would lead to."""
        resource_type = self.package.resource_type(token)
        changed = {change.field for change in changes(resource_type.fields, state, inputs, ignored)}
        unchanged = {name: value for name, value in state.items() if name not in changed}
        unsure = {name: UNKNOWN for name, causes in resource_type.derived.items() if changed & set(causes)}
        return self._finish(resource_type, {**_defaults(resource_type), **unchanged, **inputs, **unsure}, inputs)

    def resource(self, token: str, urn: str, props: Props) -> Resource:
        """Return a resource to act on; `props`, its state or inputs, say in which region."""
        resource_type = self.package.resource_type(token)

        def finish(state: Props, inputs: Props) -> Props:
            return self._finish(resource_type, state, inputs)

        return Resource(resource_type, self._cloud(resource_type, props), self.journal, urn, finish)

    def settle(self, urn: str, resource_id: str) -> None:
        """Note that the engine's state holds a resource."""
        self.journal.settle(urn, resource_id=resource_id)

    def _with_name(self, resource_type: ResourceType, urn: str, seed: bytes, old: Props, inputs: Props) -> Props:
        if resource_type.naming is None:
            return inputs
        note = self.journal.unsettled(urn)
        old = old or program_inputs.inputs_of(resource_type.naming, note.name if note else "")
        return program_inputs.add_name(resource_type.naming, urn.split("::", 3)[3], seed, old, inputs)

    def _with_tags(self, resource_type: ResourceType, inputs: Props) -> Props:
        if "tags" not in resource_type.fields:
            return inputs
        tags = self.package.with_default_tags(self.tags.defaults, inputs.get("tags"))
        rest = {name: value for name, value in inputs.items() if name != "tags"}
        return rest if is_empty(tags) else {**rest, "tags": tags}

    def _cloud(self, resource_type: ResourceType, props: Props) -> Cloud:
        region = props.get("region")
        cloud = Cloud(self.cloud.place, resource_type.service, self.cloud.connections)
        return cloud.in_region(region) if isinstance(region, str) and resource_type.regional else cloud

    def _moved(self, resource_type: ResourceType, state: Props, inputs: Props) -> list[Change]:
        old, new = state.get("region"), inputs.get("region", self.cloud.place.region)
        moved = resource_type.regional and old is not None and old != new
        return [Change("region", "region", "update", replace=True)] if moved else []

    def _finish(self, resource_type: ResourceType, state: Props, inputs: Props) -> Props:
        if not is_empty(state.get("tags")):
            state = {**state, "tags": self.package.without_tags(self.tags.ignores, state["tags"])}
        if self.package.name != "aws":
            return state
        tags = {"tagsAll": state.get("tags", {})} if "tags" in resource_type.fields else {}
        region = {"region": inputs.get("region", self.cloud.place.region)} if resource_type.regional else {}
        return {**state, **tags, **region}


def _clashes(resource_type: ResourceType, state: Props, inputs: Props) -> bool:
    """Return whether AWS would not take old and new at the same time."""
    specs = ((name, resource_type.fields[name]) for name in resource_type.identity)
    return bool(resource_type.identity) and all(
        equal(spec.kind, state.get(name, spec.default), inputs.get(name, spec.default)) for name, spec in specs
    )


def _defaults(resource_type: ResourceType) -> Props:
    fields = resource_type.fields.items()
    return {name: spec.default for name, spec in fields if spec.default is not None and not spec.computed}
