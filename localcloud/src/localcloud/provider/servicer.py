# ruff: noqa: N802, ARG002, D102 - the names and parameters are the protocol's
"""The gRPC service that Pulumi's engine talks to.

Built on the protocol itself (`pulumi.runtime.proto`), not on the SDK's experimental server, which as of 3.259.0 takes
unknowns for strings, drops asset hashes and old inputs, answers every error with an internal one, and cannot report a
resource that was created but not completed (ErrorResourceInitFailed).
"""

from __future__ import annotations

import os
from typing import Any, Final

from google.protobuf import empty_pb2

from localcloud.engine_protocol import ResourceProviderServicer, plugin_pb2, provider_pb2
from localcloud.layout import default_layout
from localcloud.provider import configuration
from localcloud.provider.cloud import Cloud, Connections, Place
from localcloud.provider.differences import Change
from localcloud.provider.errors import Failure, ProviderError, UnreachableError
from localcloud.provider.journal import Journal
from localcloud.provider.reporting import reporting, token_of
from localcloud.provider.stand_in import Package, StandIn
from localcloud.provider.wire import decode, encode

_KINDS: Final = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class Servicer(ResourceProviderServicer):
    """One provider process's service; the engine configures it once, and calls it from many threads."""

    def __init__(self, package: Package, version: str) -> None:
        self._package = package
        self._version = version
        self._connections = Connections.open()
        self._configured: StandIn | None = None

    @property
    def _stand_in(self) -> StandIn:
        if self._configured is None:
            raise ProviderError("the provider was not configured")
        return self._configured

    def close(self) -> None:
        """Take note that the engine has ended in good order."""
        if self._configured is not None:
            self._configured.journal.settle_created()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self._version)

    def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema="{}")

    def Cancel(self, request: Any, context: Any) -> Any:
        self._connections.cancelled.set()
        return empty_pb2.Empty()

    @reporting
    def CheckConfig(self, request: Any, context: Any) -> Any:
        failures = configuration.failures(decode(request.news).values)
        return provider_pb2.CheckResponse(inputs=request.news, failures=[_check_failure(f) for f in failures])

    @reporting
    def DiffConfig(self, request: Any, context: Any) -> Any:
        old, new = (configuration.plain(decode(side).values) for side in (request.olds, request.news))
        changed = sorted(key for key in configuration.SUPPORTED if old.get(key) != new.get(key))
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=some, diffs=changed)

    @reporting
    def Configure(self, request: Any, context: Any) -> Any:
        configuration.require_loopback(os.environ)
        properties = decode(request.args).values
        for key, value in request.variables.items():
            properties.setdefault(key.rpartition(":")[2], value)
        settings = configuration.parse(properties)
        cloud = Cloud(Place("", settings.region), "sts", self._connections)
        try:
            identity = cloud.call("get_caller_identity")
        except UnreachableError as error:
            raise ProviderError(f"{error}. Does the local cloud run? Start it with: localcloud up") from error
        account = str(identity["Account"])
        if settings.allowed_account_ids and account not in settings.allowed_account_ids:
            allowed = ", ".join(settings.allowed_account_ids)
            raise ProviderError(
                f"{self._package.name}: the credentials belong to account {account}, allowedAccountIds has {allowed}"
            )
        place = Place(account, settings.region, str(identity["Arn"]).split(":")[1])
        journal = Journal(default_layout().state_dir / "provider", os.environ["AWS_ENDPOINT_URL"])
        self._configured = StandIn(self._package, Cloud(place, "sts", self._connections), settings.tags, journal)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @reporting
    def Invoke(self, request: Any, context: Any) -> Any:
        function = self._package.functions.get(request.tok)
        if function is None:
            known = ", ".join(sorted(self._package.functions)) or "none"
            raise ProviderError(f"the function {request.tok} is not supported by the local stand-in; it knows {known}")
        answer = encode(function(self._stand_in.cloud, decode(request.args).values))
        response: Any = provider_pb2.InvokeResponse()
        # `return` is a keyword in Python.
        getattr(response, "return").CopyFrom(answer)
        return response

    @reporting
    def Check(self, request: Any, context: Any) -> Any:
        old, new = decode(request.olds), decode(request.news)
        token = token_of(request.urn)
        inputs, failures = self._stand_in.check(token, request.urn, request.randomSeed, old.values, new.values)
        hidden = [_check_failure(Failure(f.path, new.secrets.hide(f.reason))) for f in failures]
        return provider_pb2.CheckResponse(inputs=encode(inputs, new.secrets), failures=hidden)

    @reporting
    def Diff(self, request: Any, context: Any) -> Any:
        self._stand_in.settle(request.urn, request.id)
        state, inputs = decode(request.olds).values, decode(request.news).values
        difference = self._stand_in.diff(token_of(request.urn), state, inputs, list(request.ignoreChanges))
        answer = provider_pb2.DiffResponse
        return answer(
            changes=answer.DIFF_SOME if difference.changes else answer.DIFF_NONE,
            diffs=sorted({change.field for change in difference.changes}),
            replaces=sorted({change.field for change in difference.changes if change.replace}),
            deleteBeforeReplace=difference.delete_before_replace,
            detailedDiff={change.path: _property_diff(change) for change in difference.changes},
            hasDetailedDiff=True,
        )

    @reporting
    def Create(self, request: Any, context: Any) -> Any:
        inputs = decode(request.properties)
        if request.preview:
            state = self._stand_in.preview_create(token_of(request.urn), inputs.values)
            return provider_pb2.CreateResponse(properties=encode(state, inputs.secrets))
        resource = self._stand_in.resource(token_of(request.urn), request.urn, inputs.values)
        resource_id, state = resource.create(inputs.values)
        return provider_pb2.CreateResponse(id=resource_id, properties=encode(state, inputs.secrets))

    @reporting
    def Read(self, request: Any, context: Any) -> Any:
        state, inputs = decode(request.properties), decode(request.inputs)
        resource = self._stand_in.resource(token_of(request.urn), request.urn, state.values or inputs.values)
        result = resource.read(request.id, state.values, inputs.values)
        if result is None:
            return provider_pb2.ReadResponse()
        secrets = state.secrets | inputs.secrets
        resource_id, actual, refreshed = result
        return provider_pb2.ReadResponse(
            id=resource_id, properties=encode(actual, secrets), inputs=encode(refreshed, secrets)
        )

    @reporting
    def Update(self, request: Any, context: Any) -> Any:
        state, inputs, ignored = decode(request.olds), decode(request.news), list(request.ignoreChanges)
        token = token_of(request.urn)
        if request.preview:
            new_state = self._stand_in.preview_update(token, state.values, inputs.values, ignored)
        else:
            resource = self._stand_in.resource(token, request.urn, state.values)
            new_state = resource.update(request.id, state.values, inputs.values, ignored)
        return provider_pb2.UpdateResponse(properties=encode(new_state, inputs.secrets))

    @reporting
    def Delete(self, request: Any, context: Any) -> Any:
        state = decode(request.properties).values
        self._stand_in.resource(token_of(request.urn), request.urn, state).delete(request.id, state)
        return empty_pb2.Empty()


def _check_failure(failure: Failure) -> provider_pb2.CheckFailure:
    return provider_pb2.CheckFailure(property=failure.path, reason=failure.reason)


def _property_diff(change: Change) -> provider_pb2.PropertyDiff:
    return provider_pb2.PropertyDiff(kind=_KINDS[change.verb, change.replace], inputDiff=False)
