"""A configured provider: what the program wants, what would change, and the resources it is done to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localcloud.provider import naming, precheck
from localcloud.provider.cloud import Cloud
from localcloud.provider.differences import Change, changes, equal
from localcloud.provider.errors import Failure, ProviderError
from localcloud.provider.handler import Handler
from localcloud.provider.journal import Journal
from localcloud.provider.package import Package
from localcloud.provider.resource import Resource, identity_of
from localcloud.provider.values import UNKNOWN, Props, is_empty


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
    default_tags: Mapping[str, str]
    journal: Journal

    def check(self, token: str, urn: str, seed: bytes, old: Props, new: Props) -> tuple[Props, list[Failure]]:
        """Fill in what the program leaves out, and find everything that is wrong."""
        try:
            handler = self.package.handler(token)
            inputs = precheck.as_text(handler.fields, new)
            failures = list(self.package.validate(self.cloud.place.region, token, handler, inputs))
        except ProviderError as error:
            # As a failure of this resource, so that the engine goes on and says what is wrong with the others, too.
            return new, [Failure("", str(error))]
        if failures:
            return new, failures
        if old:
            self.journal.settle(urn, identity=identity_of(handler, old))
        inputs = self._with_tags(handler, self._with_name(handler, urn, seed, old, inputs))
        return inputs, list(precheck.failures(handler, self._api(handler, inputs), inputs))

    def diff(self, token: str, state: Props, inputs: Props, ignored: Sequence[str]) -> Difference:
        """Compare a state with new inputs."""
        handler = self.package.handler(token)
        found = changes(handler.fields, state, inputs, ignored) + self._moved(handler, state, inputs)
        by_name = handler.naming if handler.naming and handler.naming.field in handler.identity else None
        clashes = _clashes(handler, state, inputs) and not naming.made_up_name(by_name, inputs)
        return Difference(found, delete_before_replace=clashes)

    def preview_create(self, token: str, inputs: Props) -> Props:
        """Give the state that a creation would lead to, unknown where only AWS knows."""
        handler = self.package.handler(token)
        computed = dict.fromkeys(
            (*handler.outputs, *(n for n, spec in handler.fields.items() if spec.computed)), UNKNOWN
        )
        return self._finish(handler, {**computed, **_defaults(handler), **inputs}, inputs)

    def preview_update(self, token: str, state: Props, inputs: Props, ignored: Sequence[str]) -> Props:
        """Give the state that an update would lead to."""
        handler = self.package.handler(token)
        changed = {change.field for change in changes(handler.fields, state, inputs, ignored)}
        kept = {name: value for name, value in state.items() if name not in changed}
        unsure = {name: UNKNOWN for name, causes in handler.derived.items() if changed & set(causes)}
        return self._finish(handler, {**_defaults(handler), **kept, **inputs, **unsure}, inputs)

    def resource(self, token: str, urn: str, props: Props) -> Resource:
        """Give a resource to act on; `props`, its state or inputs, say in which region."""
        handler = self.package.handler(token)

        def finish(state: Props, inputs: Props) -> Props:
            return self._finish(handler, state, inputs)

        return Resource(handler, self._api(handler, props), self.journal, urn, finish)

    def settle(self, urn: str, resource_id: str) -> None:
        """Note that the engine's state holds a resource."""
        self.journal.settle(urn, resource_id=resource_id)

    def _with_name(self, handler: Handler, urn: str, seed: bytes, old: Props, inputs: Props) -> Props:
        if handler.naming is None:
            return inputs
        note = self.journal.unsettled(urn)
        old = old or naming.inputs_of(handler.naming, note.name if note else "")
        return naming.add_name(handler.naming, urn.split("::", 3)[3], seed, old, inputs)

    def _with_tags(self, handler: Handler, inputs: Props) -> Props:
        if "tags" not in handler.fields:
            return inputs
        tags = self.package.with_default_tags(self.default_tags, inputs.get("tags"))
        rest = {key: value for key, value in inputs.items() if key != "tags"}
        return rest if is_empty(tags) else {**rest, "tags": tags}

    def _api(self, handler: Handler, props: Props) -> Cloud:
        region = props.get("region")
        cloud = Cloud(self.cloud.place, handler.service, self.cloud.connections)
        return cloud.in_region(region) if isinstance(region, str) and handler.regional else cloud

    def _moved(self, handler: Handler, state: Props, inputs: Props) -> list[Change]:
        old, new = state.get("region"), inputs.get("region", self.cloud.place.region)
        moved = handler.regional and old is not None and old != new
        return [Change("region", "region", "update", replace=True)] if moved else []

    def _finish(self, handler: Handler, state: Props, inputs: Props) -> Props:
        if self.package.name != "aws":
            return state
        tags = {"tagsAll": state.get("tags", {})} if "tags" in handler.fields else {}
        region = {"region": inputs.get("region", self.cloud.place.region)} if handler.regional else {}
        return {**state, **tags, **region}


def _clashes(handler: Handler, state: Props, inputs: Props) -> bool:
    """Tell whether AWS would not take old and new at the same time."""
    specs = ((name, handler.fields[name]) for name in handler.identity)
    return bool(handler.identity) and all(
        equal(spec.kind, state.get(name, spec.default), inputs.get(name, spec.default)) for name, spec in specs
    )


def _defaults(handler: Handler) -> Props:
    return {name: spec.default for name, spec in handler.fields.items() if spec.default is not None}
