"""One resource on AWS: create it whole, read it, change it, delete it, the same way for every type."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import ClientError

from localcloud.client_errors import code_of, message_of
from localcloud.provider import naming, tagging
from localcloud.provider.cloud import Cloud
from localcloud.provider.differences import changes, refreshed_inputs, worded_as
from localcloud.provider.errors import PartialFailureError, ProviderError, UnreachableError
from localcloud.provider.handler import Handler, Request
from localcloud.provider.journal import Journal
from localcloud.provider.values import Props

_FAILURES: Final = (ClientError, ProviderError)


@dataclass(frozen=True)
class Resource:
    """A resource of one URN; `finish` completes a state with what all types have (takes state and inputs)."""

    handler: Handler
    api: Cloud
    journal: Journal
    urn: str
    finish: Callable[[Props, Props], Props]

    def create(self, inputs: Props) -> tuple[str, Props]:
        """Create it, or take over what a killed run has left of it; gives id and state.

        Raises:
            PartialFailureError: It was created but not completed.
        """
        resource_id = self._left_behind(inputs)
        if resource_id is None:
            resource_id = self._create(inputs)
        self.journal.created(self.urn, resource_id)
        try:
            return resource_id, self._converge(resource_id, inputs)
        except _FAILURES as error:
            raise PartialFailureError(resource_id, self._salvage(resource_id, inputs), explain(error)) from error

    def read(self, resource_id: str, state: Props, inputs: Props) -> tuple[str, Props, Props] | None:
        """Give id, state and inputs as AWS has them now, None where it is gone."""
        actual = self.handler.read(self.api, resource_id, state)
        if actual is None:
            self.journal.forget(self.urn, resource_id)
            return None
        self.journal.settle(self.urn, resource_id=resource_id)
        fields = self.handler.fields
        found = self.finish(worded_as(fields, actual, inputs), {**state, **inputs})
        same_id = self.handler.id_of(actual) if self.handler.id_of else resource_id
        return same_id, found, refreshed_inputs(fields, self.handler.identity, actual, inputs)

    def update(self, resource_id: str, state: Props, inputs: Props, ignored: Sequence[str]) -> Props:
        """Change what differs, by no more calls than that takes; gives the state.

        Raises:
            PartialFailureError: A call failed after another had changed something.
        """
        self.journal.settle(self.urn, resource_id=resource_id)
        changed = frozenset(change.field for change in changes(self.handler.fields, state, inputs, ignored))
        stale = {name for name, causes in self.handler.derived.items() if changed & set(causes)}
        hint = {**{name: value for name, value in state.items() if name not in stale}, **inputs}
        requests = self._requests(resource_id, state, inputs, changed)
        for done, request in enumerate(requests):
            try:
                self._send(resource_id, inputs, request)
            except _FAILURES as error:
                if not done:
                    raise
                raise PartialFailureError(resource_id, self._salvage(resource_id, hint), explain(error)) from error
        return self._state(resource_id, hint, inputs)

    def delete(self, resource_id: str, state: Props) -> None:
        """Delete it; what is gone already counts as deleted."""
        if self.journal.is_made_here(self.urn, resource_id) and self.journal.unsettled(self.urn):
            # The engine deletes what a replacement has replaced, but that is what this run took over as the new one.
            return
        if self.handler.before_delete:
            self.handler.before_delete(self.api, resource_id, state)
        for request in self.handler.delete(self.api, resource_id, state):
            self.api.find(request.operation, service=request.service, **request.params)
        self.journal.forget(self.urn, resource_id)

    def _create(self, inputs: Props) -> str:
        name = naming.made_up_name(self.handler.naming, inputs)
        self.journal.begin(self.urn, identity_of(self.handler, inputs), name)
        try:
            response = self.api.run(self.handler.create(self.api, inputs))
        except UnreachableError:
            # It may have been made all the same, so the note stays.
            raise
        except _FAILURES:
            self.journal.forget(self.urn)
            raise
        return self.handler.identify(self.api, inputs, response)

    def _left_behind(self, inputs: Props) -> str | None:
        """Find what an interrupted creation of the same resource left; what cannot be changed to fit is deleted."""
        note = self.journal.unsettled(self.urn)
        if note is None:
            return None
        found = note.resource_id
        if not found and note.identity == identity_of(self.handler, inputs):
            if self.handler.locate:
                others = frozenset(self.journal.known_ids())
                found = self.handler.locate(self.api, inputs, note.started, others) or ""
            else:
                found = self.handler.identify(self.api, inputs, {})
        state = self.handler.read(self.api, found, inputs) if found else None
        if state is None:
            return None
        if any(change.replace for change in changes(self.handler.fields, state, inputs)):
            self.delete(found, state)
            return None
        return found

    def _converge(self, resource_id: str, inputs: Props) -> Props:
        """Bring about what the creating request could not say, and give the state."""
        if self.handler.after:
            self.handler.after(self.api, resource_id, inputs)
        actual = self.handler.read(self.api, resource_id, inputs)
        if actual is None:
            raise ProviderError("was created, but AWS does not know it")
        missing = changes(self.handler.fields, actual, inputs)
        changed = frozenset(change.field for change in missing if not change.replace)
        requests = self._requests(resource_id, actual, inputs, changed)
        for request in requests:
            self._send(resource_id, inputs, request)
        if requests:
            return self._state(resource_id, inputs, inputs)
        return self.finish(worded_as(self.handler.fields, actual, inputs), inputs)

    def _requests(self, resource_id: str, state: Props, inputs: Props, changed: frozenset[str]) -> list[Request]:
        if not changed:
            return []
        requests = self.handler.update(self.api, resource_id, state, inputs, changed)
        if self.handler.tagging and "tags" in changed:
            requests = [*requests, *tagging.requests(self.handler.tagging, self.api, resource_id, state, inputs)]
        return requests

    def _send(self, resource_id: str, inputs: Props, request: Request) -> None:
        self.api.run(request)
        if self.handler.after:
            self.handler.after(self.api, resource_id, inputs)

    def _state(self, resource_id: str, hint: Props, inputs: Props) -> Props:
        actual = self.handler.read(self.api, resource_id, hint)
        if actual is None:
            raise ProviderError("is gone: it was deleted behind Pulumi's back; run `pulumi refresh`")
        return self.finish(worded_as(self.handler.fields, actual, inputs), inputs)

    def _salvage(self, resource_id: str, inputs: Props) -> Props:
        """Give a half-made resource's state; where AWS cannot tell it, as if nothing changeable had been set yet."""
        try:
            return self._state(resource_id, inputs, inputs)
        except _FAILURES:
            fixed = {name for name, spec in self.handler.fields.items() if spec.replace or spec.computed}
            return {name: value for name, value in inputs.items() if name in fixed}


def explain(error: Exception) -> str:
    """Put an error into words for the user."""
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {code_of(error)}: {message_of(error)}"
    return str(error)


def identity_of(handler: Handler, inputs: Props) -> str:
    """Give a digest of what makes a resource unique; the values themselves may be secret."""
    named = {key: inputs.get(key, handler.fields[key].default) for key in handler.identity}
    return hashlib.sha256(json.dumps(named, sort_keys=True, default=str).encode()).hexdigest()
