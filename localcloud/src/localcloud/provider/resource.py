"""One resource on AWS: create it whole, read it, change it, delete it, the same way for every type.

Three concepts meet here. The *journal* notes what was about to be created. *Adoption* takes over what a killed run has
left, by that note. *Wording*: a state says a value as the program does wherever both mean the same to AWS, so that the
next comparison finds no difference (`differences.in_program_wording`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import ClientError

from localcloud.client_errors import code_of, is_server_error, message_of, retries_of
from localcloud.provider import inputs as program_inputs
from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.differences import changes, in_program_wording, refreshed_inputs
from localcloud.provider.errors import PartialFailureError, ProviderError, UnreachableError
from localcloud.provider.journal import Journal
from localcloud.provider.resource_type import ResourceType
from localcloud.provider.values import Props

_FAILURES: Final = (ClientError, ProviderError)


@dataclass(frozen=True)
class Resource:
    """A resource of one URN; `finish` completes a state with what all types have (takes state and inputs)."""

    type: ResourceType
    cloud: Cloud
    journal: Journal
    urn: str
    finish: Callable[[Props, Props], Props]

    def create(self, inputs: Props) -> tuple[str, Props]:
        """Create it, or adopt what a killed run has left of it; return id and state.

        Raises:
            PartialFailureError: It was created but not completed.
        """
        resource_id = self._adopt(inputs)
        if resource_id is None:
            resource_id = self._create(inputs)
        self.journal.created(self.urn, resource_id)
        try:
            return resource_id, self._complete(resource_id, inputs)
        except _FAILURES as error:
            raise PartialFailureError(resource_id, self._salvage(resource_id, inputs), explain(error)) from error

    def read(self, resource_id: str, state: Props, inputs: Props) -> tuple[str, Props, Props] | None:
        """Return id, state and inputs as AWS has them now, None where it is gone."""
        actual = self.type.state(self.cloud, resource_id, state)
        if actual is None:
            self.journal.forget(self.urn, resource_id)
            return None
        self.journal.settle(self.urn, resource_id=resource_id)
        refreshed = refreshed_inputs(self.type.fields, self.type.identity, actual, inputs)
        new_state = self.finish(in_program_wording(self.type.fields, actual, inputs), {**state, **inputs})
        return self.type.id_of(self.cloud, actual, resource_id), new_state, refreshed

    def update(self, resource_id: str, state: Props, inputs: Props, ignored: Sequence[str]) -> Props:
        """Change what differs, by no more calls than that takes; return the state.

        Raises:
            PartialFailureError: A call failed after another had changed something.
        """
        self.journal.settle(self.urn, resource_id=resource_id)
        changed = frozenset(change.field for change in changes(self.type.fields, state, inputs, ignored))
        stale = {name for name, causes in self.type.derived.items() if changed & set(causes)}
        expected = {**{name: value for name, value in state.items() if name not in stale}, **inputs}
        requests = self._update_requests(resource_id, state, inputs, changed)
        for sent, request in enumerate(requests):
            try:
                self._send(resource_id, inputs, request)
            except _FAILURES as error:
                if not sent:
                    raise
                raise PartialFailureError(resource_id, self._salvage(resource_id, expected), explain(error)) from error
        return self._state(resource_id, expected, inputs)

    def delete(self, resource_id: str, state: Props) -> None:
        """Delete it; what is gone already counts as deleted."""
        if self.journal.is_created_here(self.urn, resource_id) and self.journal.unsettled(self.urn):
            # The engine deletes what a replacement has replaced, but that is what this run adopted as the new one.
            return
        if self.type.before_delete:
            self.type.before_delete(self.cloud, resource_id, state)
        for request in self.type.delete_requests(self.cloud, resource_id, state):
            self.cloud.find(request.operation, **request.params)
        self.journal.forget(self.urn, resource_id)

    def _create(self, inputs: Props) -> str:
        name = program_inputs.made_up_name(self.type.naming, inputs)
        self.journal.begin(self.urn, identity_of(self.type, inputs), name)
        try:
            response = self.cloud.run(self.type.create_request(self.cloud, inputs))
        except UnreachableError:
            # It may have been created all the same, so the note stays.
            raise
        except _FAILURES as error:
            if not _may_have_worked(error):
                self.journal.forget(self.urn)
            raise
        return self.type.identify(self.cloud, inputs, response)

    def _adopt(self, inputs: Props) -> str | None:
        """Find what an interrupted creation of the same resource left; what cannot be changed to fit is deleted."""
        note = self.journal.unsettled(self.urn)
        if note is None:
            return None
        resource_id = note.resource_id
        if not resource_id and note.identity == identity_of(self.type, inputs):
            if self.type.locate:
                others = frozenset(self.journal.known_ids())
                resource_id = self.type.locate(self.cloud, inputs, note.started, others) or ""
            else:
                resource_id = self.type.identify(self.cloud, inputs, {})
        state = self.type.state(self.cloud, resource_id, inputs) if resource_id else None
        if state is None:
            return None
        if any(change.replace for change in changes(self.type.fields, state, inputs)):
            self.delete(resource_id, state)
            return None
        return resource_id

    def _complete(self, resource_id: str, inputs: Props) -> Props:
        """Bring about what the creating request could not say, and return the state."""
        if self.type.after:
            self.type.after(self.cloud, resource_id, inputs)
        actual = self.type.state(self.cloud, resource_id, inputs)
        if actual is None:
            raise ProviderError("was created, but AWS does not know it")
        missing = changes(self.type.fields, actual, inputs)
        changed = frozenset(change.field for change in missing if not change.replace)
        requests = self._update_requests(resource_id, actual, inputs, changed)
        for request in requests:
            self._send(resource_id, inputs, request)
        if requests:
            return self._state(resource_id, inputs, inputs)
        return self.finish(in_program_wording(self.type.fields, actual, inputs), inputs)

    def _update_requests(self, resource_id: str, state: Props, inputs: Props, changed: frozenset[str]) -> list[Request]:
        if not changed:
            return []
        requests = self.type.update_requests(self.cloud, resource_id, state, inputs, changed)
        if "tags" in changed:
            requests = [*requests, *self.type.tag_requests(self.cloud, resource_id, state, inputs)]
        return requests

    def _send(self, resource_id: str, inputs: Props, request: Request) -> None:
        self.cloud.run(request)
        if self.type.after:
            self.type.after(self.cloud, resource_id, inputs)

    def _state(self, resource_id: str, expected: Props, inputs: Props) -> Props:
        """Read the state; what AWS never tells is taken from the expected one."""
        actual = self.type.state(self.cloud, resource_id, expected)
        if actual is None:
            raise ProviderError("is gone: it was deleted behind Pulumi's back; run `pulumi refresh`")
        return self.finish(in_program_wording(self.type.fields, actual, inputs), inputs)

    def _salvage(self, resource_id: str, inputs: Props) -> Props:
        """Return a half-made resource's state; where AWS cannot tell it, as if nothing changeable had been set yet."""
        try:
            return self._state(resource_id, inputs, inputs)
        except _FAILURES:
            fixed = {name for name, spec in self.type.fields.items() if spec.replace or spec.computed}
            return {name: value for name, value in inputs.items() if name in fixed}


def _may_have_worked(error: Exception) -> bool:
    """Return whether a call, or an attempt before the last one, may have done what it was for."""
    if not isinstance(error, ClientError):
        return False
    return is_server_error(error) or retries_of(error) > 0


def explain(error: Exception) -> str:
    """Put an error into words for the user."""
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {code_of(error)}: {message_of(error)}"
    return str(error)


def identity_of(resource_type: ResourceType, inputs: Props) -> str:
    """Return a digest of what makes a resource unique; the values themselves may be secret."""
    named = {key: inputs.get(key, resource_type.fields[key].default) for key in resource_type.identity}
    return hashlib.sha256(json.dumps(named, sort_keys=True, default=str).encode()).hexdigest()
