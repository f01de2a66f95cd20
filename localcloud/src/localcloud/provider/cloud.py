"""AWS's APIs as the resource types see them: checked requests, and bounded retries."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

import botocore.config
import botocore.session
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationModel, ServiceModel, Shape

from localcloud.client_errors import is_missing, is_not_yet
from localcloud.provider import service_model
from localcloud.provider.configuration import is_loopback
from localcloud.provider.errors import CancelledError, ProviderError, UnreachableError
from localcloud.provider.fields import Field
from localcloud.provider.service_model import from_shape
from localcloud.provider.values import Props

WAIT_SECONDS: Final = 120.0
# Long enough for a role or key that the same program creates beside what uses it; a wrong one is told the sooner.
RETRY_SECONDS: Final = 30.0
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0


@dataclass(frozen=True)
class Request:
    """One API call: the operation as boto names it, and its parameters."""

    operation: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Place:
    """Where a provider instance acts."""

    account: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """Build an ARN in this account and, for a regional service, this region."""
        return f"arn:{self.partition}:{service}:{self.region if regional else ''}:{self.account}:{resource}"


@dataclass(frozen=True)
class Connections:
    """The clients of one provider instance, and the models of their services, which previews get along with."""

    session: botocore.session.Session
    cancelled: threading.Event
    lock: threading.Lock
    clients: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])
    models: dict[str, tuple[ServiceModel, Mapping[str, str]]] = field(
        default_factory=dict[str, tuple[ServiceModel, Mapping[str, str]]]
    )

    @classmethod
    def open(cls) -> Connections:
        """Prepare; clients are made when they are first used."""
        return cls(botocore.session.get_session(), threading.Event(), threading.Lock())

    def operation(self, service: str, method: str) -> OperationModel:
        """Return the model of an operation; a preview checks requests by it, and needs no client."""
        with self.lock:
            if service not in self.models:
                model = self.session.get_service_model(service)
                self.models[service] = model, {xform_name(name): name for name in model.operation_names}
            model, names = self.models[service]
            return model.operation_model(names[method])

    def client(self, service: str, region: str) -> Any:
        """Return the client of a service, every request of which is checked.

        Raises:
            ProviderError: Its endpoint is not on this machine, whatever a profile or the environment says.
        """
        with self.lock:
            key = (service, region)
            if key not in self.clients:
                self.clients[key] = self._open(service, region)
            return self.clients[key]

    def _open(self, service: str, region: str) -> Any:
        config = botocore.config.Config(
            s3={"addressing_style": "path"},
            retries={"mode": "standard", "total_max_attempts": 4},
            max_pool_connections=32,
            connect_timeout=5,
        )
        client: Any = self.session.create_client(service, region_name=region, config=config)
        if not is_loopback(str(client.meta.endpoint_url)):
            raise ProviderError(f"{service}: the endpoint {client.meta.endpoint_url} is not on this machine")
        client.meta.events.register_first("before-parameter-build", _check)
        return client


def _check(params: Mapping[str, Any], model: Any, **_: object) -> None:
    service_model.check_request(f"{model.service_model.service_name}:{model.name}", model.input_shape, params)


@dataclass(frozen=True)
class Cloud:
    """One service of AWS, in one region."""

    place: Place
    service: str
    connections: Connections

    def in_region(self, region: str) -> Cloud:
        """Return the same service in another region."""
        return replace(self, place=replace(self.place, region=region))

    def run(self, request: Request) -> dict[str, Any]:
        """Send a request.

        Raises:
            ProviderError: EventBridge, which answers 200 then, has refused some of the entries.
        """
        response = self.call(request.operation, **request.params)
        for entry in response.get("FailedEntries", []):
            raise ProviderError(f"{request.operation}: {entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")
        return response

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        """Call one operation, again and again for 30 seconds while AWS says that something is not ready yet.

        Raises:
            ClientError: AWS refused.
            InvalidRequestError: The request is not one that AWS's service model allows.
        """
        method = cast("Callable[..., dict[str, Any]]", getattr(self._client, operation))
        deadline = time.monotonic() + RETRY_SECONDS
        pause = _FIRST_PAUSE
        while True:
            try:
                return method(**params)
            except ClientError as error:
                if not is_not_yet(error) or time.monotonic() + pause > deadline:
                    raise
            except BotoCoreError as error:
                raise UnreachableError(f"{self.service} {operation}: {error}") from error
            self._pause(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def find(self, operation: str, **params: Any) -> dict[str, Any] | None:
        """Call one operation, None where AWS says that the resource does not exist."""
        try:
            return self.call(operation, **params)
        except ClientError as error:
            if is_missing(error):
                return None
            raise

    def pages(self, operation: str, key: str, **params: Any) -> Iterable[Any]:
        """Yield the items under `key` of every page of a list operation."""
        for page in self._client.get_paginator(operation).paginate(**params):
            yield from page.get(key, [])

    def items(self, operation: str, key: str, **params: Any) -> Iterator[Any]:
        """Yield the items under `key`, of every page where there are several; none where the owner does not exist."""
        try:
            if self._client.can_paginate(operation):
                yield from self.pages(operation, key, **params)
            else:
                yield from self.call(operation, **params).get(key, [])
        except ClientError as error:
            if not is_missing(error):
                raise

    def wait(self, ready: Callable[[], bool], what: str) -> None:
        """Wait until `ready`; raises ProviderError after two minutes."""
        deadline = time.monotonic() + WAIT_SECONDS
        pause = _FIRST_PAUSE
        while not ready():
            if time.monotonic() > deadline:
                raise ProviderError(f"{what} is still not ready after {WAIT_SECONDS:.0f} s")
            self._pause(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def build(self, operation: str, fields: Mapping[str, Field], inputs: Props, inside: str = "") -> dict[str, Any]:
        """Translate inputs into an operation's parameters, those of the structure `inside` into that."""
        return service_model.build(self._input(operation), fields, inputs, inside)

    def takes(self, operation: str, path: str, inside: str = "") -> bool:
        """Return whether an operation has a parameter."""
        return service_model.find_member(self._input(operation), path, inside) is not None

    def parse(
        self, operation: str, fields: Mapping[str, Field], record: Mapping[str, Any], path: str = "", inside: str = ""
    ) -> Props:
        """Translate an operation's response, or the record under `path` in it, into properties."""
        return service_model.parse(self._output(operation, path), fields, record, inside)

    def value(self, operation: str, path: str, value: Any, renames: Mapping[str, str] | None = None) -> Any:
        """Translate the value under `path` of an operation's response."""
        return from_shape(self._output(operation, path), value, renames)

    def check(self, request: Request) -> Iterable[tuple[str, str]]:
        """Yield what AWS's service model does not allow in a request, unknown values aside, without sending it."""
        return service_model.problems(self._operation(request.operation).input_shape, request.params)

    def _input(self, operation: str) -> Shape:
        return cast(Shape, self._operation(operation).input_shape)

    def _output(self, operation: str, path: str) -> Shape:
        output = cast(Shape, self._operation(operation).output_shape)
        member = service_model.find_member(output, path) if path else None
        return member.shape if member else output

    def _operation(self, operation: str) -> OperationModel:
        return self.connections.operation(self.service, operation)

    @property
    def _client(self) -> Any:
        return self.connections.client(self.service, self.place.region)

    def _pause(self, seconds: float) -> None:
        if self.connections.cancelled.wait(seconds):
            raise CancelledError("cancelled while waiting for AWS")
