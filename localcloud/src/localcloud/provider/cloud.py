"""AWS's APIs as the handlers see them: requests checked against the service model, and bounded retries."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import botocore.config
import botocore.session
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import Shape

from localcloud.client_errors import is_missing, is_not_yet
from localcloud.provider import shapes, translate
from localcloud.provider.configuration import is_loopback
from localcloud.provider.errors import CancelledError, ProviderError, UnreachableError
from localcloud.provider.handler import Field, Place, Request
from localcloud.provider.values import Props

WAIT_SECONDS: Final = 120.0
RETRY_SECONDS: Final = 60.0
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0


@dataclass(frozen=True)
class Connections:
    """The clients of one provider instance."""

    session: botocore.session.Session
    cancelled: threading.Event
    lock: threading.Lock
    clients: dict[tuple[str, str], Any]

    @classmethod
    def open(cls) -> Connections:
        """Prepare; clients are made when they are first used."""
        return cls(botocore.session.get_session(), threading.Event(), threading.Lock(), {})

    def client(self, service: str, region: str) -> Any:
        """Give the client of a service, every request of which is checked.

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
    shapes.check_request(f"{model.service_model.service_name}:{model.name}", model.input_shape, params)


@dataclass(frozen=True)
class Cloud:
    """AWS for one handler, in one region; implements `handler.Api`."""

    place: Place
    service: str
    connections: Connections

    def in_region(self, region: str) -> Cloud:
        """Give the same in another region."""
        return replace(self, place=replace(self.place, region=region))

    def run(self, request: Request) -> dict[str, Any]:
        """Send a request that a handler has prepared."""
        answer = self.call(request.operation, service=request.service, **request.params)
        # EventBridge answers 200 where it refuses some of the entries.
        for entry in answer.get("FailedEntries", []):
            raise ProviderError(f"{request.operation}: {entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")
        return answer

    def call(self, operation: str, *, service: str = "", **params: Any) -> dict[str, Any]:
        """Call one operation, again and again for a minute while AWS says that something is not ready yet.

        Raises:
            ClientError: AWS refused.
            InvalidRequestError: The request is not one that AWS's service model allows.
        """
        method = cast("Callable[..., dict[str, Any]]", getattr(self._client(service), operation))
        deadline = time.monotonic() + RETRY_SECONDS
        pause = _FIRST_PAUSE
        while True:
            try:
                return method(**params)
            except ClientError as error:
                if not is_not_yet(error) or time.monotonic() + pause > deadline:
                    raise
            except BotoCoreError as error:
                raise UnreachableError(f"{service or self.service} {operation}: {error}") from error
            self._pause(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def find(self, operation: str, *, service: str = "", **params: Any) -> dict[str, Any] | None:
        """Call one operation, None where AWS says that the thing does not exist."""
        try:
            return self.call(operation, service=service, **params)
        except ClientError as error:
            if is_missing(error):
                return None
            raise

    def pages(self, operation: str, key: str, *, service: str = "", **params: Any) -> Iterable[Any]:
        """Yield the items under `key` of every page of a list operation."""
        for page in self._client(service).get_paginator(operation).paginate(**params):
            yield from page.get(key, [])

    def wait(self, ready: Callable[[], bool], what: str) -> None:
        """Wait until `ready`; raises ProviderError after two minutes."""
        deadline = time.monotonic() + WAIT_SECONDS
        pause = _FIRST_PAUSE
        while not ready():
            if time.monotonic() > deadline:
                raise ProviderError(f"{what} is still not ready after {WAIT_SECONDS:.0f} s")
            self._pause(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def build(self, operation: str, fields: Mapping[str, Field], inputs: Props, *, service: str = "") -> dict[str, Any]:
        """Translate inputs into an operation's parameters."""
        return translate.build(cast(Shape, self._operation(operation, service).input_shape), fields, inputs)

    def parse(self, operation: str, fields: Mapping[str, Field], response: Mapping[str, Any], path: str = "") -> Props:
        """Translate an operation's response, or the part of it under `path`, into properties."""
        shape = cast(Shape, self._operation(operation, "").output_shape)
        for step in path.split(".") if path else ():
            shape = translate.members(shape)[step] if step != "[]" else cast(Any, shape).member
        return translate.parse(shape, fields, response)

    def check(self, request: Request) -> Iterable[tuple[str, str]]:
        """Yield what AWS's service model does not allow in a request, unknown values aside, without sending it."""
        return shapes.problems(self._operation(request.operation, request.service).input_shape, request.params)

    def _operation(self, operation: str, service: str) -> Any:
        client = self._client(service)
        return client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])

    def _client(self, service: str) -> Any:
        return self.connections.client(service or self.service, self.place.region)

    def _pause(self, seconds: float) -> None:
        if self.connections.cancelled.wait(seconds):
            raise CancelledError("cancelled while waiting for AWS")
