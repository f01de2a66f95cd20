"""The life cycle of a resource: check, diff, create, read, update, delete, the same for every type."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from local.provider import naming, precheck, tagging
from local.provider.cloud import Cloud, code_of, message_of
from local.provider.differences import Change, changes, refreshed_inputs, worded_as
from local.provider.errors import Failure, PartialFailureError, ProviderError
from local.provider.handler import Handler, Request
from local.provider.journal import Journal
from local.provider.package import Package
from local.provider.values import UNKNOWN, Props, is_empty

_FAILURES: Final = (ClientError, ProviderError)


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
    default_tags: dict[str, str]
    journal: Journal

    def check(self, token: str, urn: str, seed: bytes, old: Props, new: Props) -> tuple[Props, list[Failure]]:
        """Fill in what the program leaves out, and find everything that is wrong."""
        handler = self.package.handler(token)
        inputs = precheck.as_text(handler.fields, new)
        failures = list(self.package.validate(self.cloud.place.region, token, handler, inputs))
        if failures:
            return new, failures
        if old:
            self.journal.settle(urn, identity=_identity(handler, old))
        if handler.naming:
            note = self.journal.unsettled(urn)
            old = old or naming.inputs_of(handler.naming, note.name if note else "")
            inputs = naming.add_name(handler.naming, urn.split("::", 3)[3], seed, old, inputs)
        if "tags" in handler.fields:
            inputs = {**inputs, "tags": self.package.with_default_tags(handler, self.default_tags, inputs.get("tags"))}
            inputs = {key: value for key, value in inputs.items() if key != "tags" or not is_empty(value)}
        return inputs, list(precheck.failures(handler, self._api(handler, inputs), inputs))

    def diff(self, token: str, state: Props, inputs: Props, ignored: Sequence[str]) -> Difference:
        """Compare a state with new inputs."""
        handler = self.package.handler(token)
        found = changes(handler.fields, state, inputs, ignored) + self._moved(handler, state, inputs)
        clashes = bool(handler.identity) and all(state.get(key) == inputs.get(key) for key in handler.identity)
        return Difference(found, delete_before_replace=clashes and not naming.made_up_name(handler.naming, inputs))

    def preview_create(self, token: str, inputs: Props) -> Props:
        """Give the state that a creation would lead to, unknown where only AWS knows."""
        handler = self.package.handler(token)
        open_fields = {name: UNKNOWN for name, spec in handler.fields.items() if spec.computed}
        outputs = {**dict.fromkeys(handler.outputs, UNKNOWN), **open_fields, **_defaults(handler), **inputs}
        return self._decorate(handler, outputs, inputs)

    def create(self, token: str, urn: str, inputs: Props) -> tuple[str, Props]:
        """Create a resource, or take over what a killed run has left of it.

        Raises:
            PartialFailureError: It was created but not completed.
        """
        handler = self.package.handler(token)
        api = self._api(handler, inputs)
        identity = _identity(handler, inputs)
        resource_id = self._left_behind(handler, api, urn, inputs)
        if resource_id is None:
            self.journal.begin(urn, identity, naming.made_up_name(handler.naming, inputs))
            try:
                response = api.run(handler.create(api, inputs))
            except ClientError:
                self.journal.forget(urn)
                raise
            resource_id = handler.identify(api, inputs, response)
        self.journal.created(urn, resource_id)
        try:
            return resource_id, self._converge(handler, api, resource_id, inputs)
        except _FAILURES as error:
            raise PartialFailureError(
                resource_id, self._salvage(handler, api, resource_id, inputs), explain(error)
            ) from error

    def read(self, token: str, urn: str, resource_id: str, state: Props, inputs: Props) -> tuple[Props, Props] | None:
        """Give a resource's state and inputs as AWS has them now, None where it is gone."""
        handler = self.package.handler(token)
        api = self._api(handler, state or inputs)
        actual = handler.read(api, resource_id, state)
        if actual is None:
            self.journal.forget(urn, resource_id)
            return None
        self.journal.settle(urn, resource_id=resource_id)
        found = self._decorate(handler, worded_as(handler.fields, actual, inputs), {**state, **inputs})
        return found, refreshed_inputs(handler.fields, handler.identity, actual, inputs)

    def preview_update(self, token: str, state: Props, inputs: Props, ignored: Sequence[str]) -> Props:
        """Give the state that an update would lead to."""
        handler = self.package.handler(token)
        changed = {change.field for change in changes(handler.fields, state, inputs, ignored)}
        kept = {name: value for name, value in state.items() if name not in changed}
        unsure = {name: UNKNOWN for name, causes in handler.derived.items() if changed & set(causes)}
        return self._decorate(handler, {**_defaults(handler), **kept, **inputs, **unsure}, inputs)

    def update(
        self, token: str, urn: str, resource_id: str, state: Props, inputs: Props, ignored: Sequence[str]
    ) -> Props:
        """Change what differs, by no more calls than that takes.

        Raises:
            PartialFailureError: A call failed after another had changed something.
        """
        handler = self.package.handler(token)
        api = self._api(handler, state)
        self.journal.settle(urn, resource_id=resource_id)
        changed = frozenset(change.field for change in changes(handler.fields, state, inputs, ignored))
        stale = {name for name, causes in handler.derived.items() if changed & set(causes)}
        hint = {**{name: value for name, value in state.items() if name not in stale}, **inputs}
        done = 0
        try:
            for request in self._update_requests(handler, api, resource_id, state, inputs, changed):
                api.run(request)
                done += 1
                if handler.after:
                    handler.after(api, resource_id, inputs)
        except _FAILURES as error:
            if not done:
                raise
            raise PartialFailureError(
                resource_id, self._salvage(handler, api, resource_id, hint), explain(error)
            ) from error
        return self._state(handler, api, resource_id, hint, inputs)

    def delete(self, token: str, urn: str, resource_id: str, state: Props) -> None:
        """Delete a resource; one that is gone already counts as deleted."""
        handler = self.package.handler(token)
        self._delete(handler, self._api(handler, state), resource_id, state)
        self.journal.forget(urn, resource_id)

    def settle(self, urn: str, resource_id: str) -> None:
        """Note that the engine's state holds a resource."""
        self.journal.settle(urn, resource_id=resource_id)

    def _api(self, handler: Handler, props: Props) -> Cloud:
        region = props.get("region")
        cloud = Cloud(self.cloud.place, handler.service, self.cloud.connections)
        return cloud.in_region(region) if isinstance(region, str) and handler.regional else cloud

    def _moved(self, handler: Handler, state: Props, inputs: Props) -> list[Change]:
        old, new = state.get("region"), inputs.get("region", self.cloud.place.region)
        moved = handler.regional and old is not None and old != new
        return [Change("region", "region", "update", replace=True)] if moved else []

    @staticmethod
    def _delete(handler: Handler, api: Cloud, resource_id: str, state: Props) -> None:
        if handler.before_delete:
            handler.before_delete(api, resource_id, state)
        for request in handler.delete(api, resource_id, state):
            api.find(request.operation, service=request.service, **request.params)

    def _left_behind(self, handler: Handler, api: Cloud, urn: str, inputs: Props) -> str | None:
        """Find what an interrupted creation of the same resource left; what cannot be changed to fit is deleted."""
        note = self.journal.unsettled(urn)
        if note is None:
            return None
        found = note.resource_id
        if not found and note.identity == _identity(handler, inputs):
            if handler.locate:
                found = handler.locate(api, inputs, note.started, frozenset(self.journal.known_ids())) or ""
            else:
                found = handler.identify(api, inputs, {})
        state = handler.read(api, found, inputs) if found else None
        if state is None:
            return None
        if not any(change.replace for change in changes(handler.fields, state, inputs)):
            return found
        self._delete(handler, api, found, state)
        return None

    def _converge(self, handler: Handler, api: Cloud, resource_id: str, inputs: Props) -> Props:
        """Bring about what the creating request could not say, and give the state."""
        if handler.after:
            handler.after(api, resource_id, inputs)
        state = handler.read(api, resource_id, inputs)
        if state is None:
            raise ProviderError("was created, but AWS does not know it")
        changed = frozenset(c.field for c in changes(handler.fields, state, inputs) if not c.replace)
        requests = self._update_requests(handler, api, resource_id, state, inputs, changed)
        for request in requests:
            api.run(request)
            if handler.after:
                handler.after(api, resource_id, inputs)
        return self._state(handler, api, resource_id, inputs, inputs, None if requests else state)

    def _update_requests(
        self, handler: Handler, api: Cloud, resource_id: str, state: Props, inputs: Props, changed: frozenset[str]
    ) -> list[Request]:
        if not changed:
            return []
        requests = handler.update(api, resource_id, state, inputs, changed)
        if handler.tagging and "tags" in changed:
            requests = requests + list(tagging.requests(handler.tagging, api, resource_id, state, inputs))
        return requests

    def _state(
        self, handler: Handler, api: Cloud, resource_id: str, hint: Props, inputs: Props, state: Props | None = None
    ) -> Props:
        actual = state if state is not None else handler.read(api, resource_id, hint)
        if actual is None:
            raise ProviderError("is gone: it was deleted behind Pulumi's back; run `pulumi refresh`")
        return self._decorate(handler, worded_as(handler.fields, actual, inputs), inputs)

    def _salvage(self, handler: Handler, api: Cloud, resource_id: str, inputs: Props) -> Props:
        """Give the state of a half-made resource; where AWS cannot tell it, as if nothing changeable had been set yet."""
        try:
            return self._state(handler, api, resource_id, inputs, inputs)
        except _FAILURES:
            fixed = {name for name, spec in handler.fields.items() if spec.replace or spec.computed}
            return {name: value for name, value in inputs.items() if name in fixed}

    def _decorate(self, handler: Handler, outputs: Props, inputs: Props) -> Props:
        extra: Props = {}
        if "tags" in handler.fields and self.package.name == "aws":
            extra["tagsAll"] = outputs.get("tags", {})
        if handler.regional and self.package.name == "aws":
            extra["region"] = inputs.get("region", self.cloud.place.region)
        return {**outputs, **extra}


def explain(error: Exception) -> str:
    """Put an error into words for the user."""
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {code_of(error)}: {message_of(error)}"
    return str(error)


def _defaults(handler: Handler) -> Props:
    return {name: spec.default for name, spec in handler.fields.items() if spec.default is not None}


def _identity(handler: Handler, inputs: Props) -> str:
    named: dict[str, Any] = {key: inputs.get(key) for key in handler.identity}
    return hashlib.sha256(json.dumps(named, sort_keys=True, default=str).encode()).hexdigest()
