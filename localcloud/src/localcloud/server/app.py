"""The one application behind the port: services of ours, the emulator for the rest, and the internal endpoints."""

import asyncio
import contextvars
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from localcloud.emulator.application import refusal
from localcloud.http.errors import AwsError
from localcloud.http.request import Application, Receive, Request, Response, Scope, Send, read_body, replay, respond
from localcloud.http.service import Service
from localcloud.iam.authorization import authorize
from localcloud.iam.callers import authenticate, signed_service
from localcloud.iam.guards import Guard

INTERNAL = "/_local/"
_AT_ONCE = 64
"""Requests to services of ours, and to guards, that run at the same time."""

Result = TypeVar("Result")


class Cloud:
    """Dispatch requests by the service of their SigV4 credential scope.

    The emulator's own management endpoints (paths that begin with an underscore) are closed: they would change state
    without a signature.
    """

    def __init__(
        self,
        emulated: Application,
        services: Mapping[str, Service],
        guards: Mapping[str, Sequence[Guard]],
        internal: Callable[[Request], Response],
    ) -> None:
        self._emulated = emulated
        self._services = services
        self._guards = guards
        self._internal = internal
        # A service asks other services through this same cloud while it answers. Threads of their own, and guards apart
        # from services, keep those inner requests from waiting for the outer ones.
        self._answering = ThreadPoolExecutor(_AT_ONCE, "service")
        self._guarding = ThreadPoolExecutor(_AT_ONCE, "guard")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self._emulated(scope, receive, send)
            return
        # The loopback connection stands for the TLS connection to AWS, which policies may demand (aws:SecureTransport).
        scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
        head = Request.of(scope)
        service = signed_service(head.headers)
        if head.path.startswith("/_"):
            answer = self._internal if head.path.startswith(INTERNAL) else _closed
        elif service in self._services and self._services[service].serves(head):
            answer = partial(self._services[service].handle, authenticate=authenticate, authorize=authorize)
        else:
            await self._emulate(scope, receive, send, service)
            return
        request = Request.of(scope, await read_body(receive))
        await respond(send, await _in_thread(self._answering, answer, request))

    async def _emulate(self, scope: Scope, receive: Receive, send: Send, service: str) -> None:
        if guards := self._guards.get(service):
            body = await read_body(receive)
            request = Request.of(scope, body)
            try:
                for guard in guards:
                    await _in_thread(self._guarding, guard, request)
            except AwsError as error:
                await respond(send, refusal(service, error, request.headers))
                return
            receive = replay(body, receive)
        await self._emulated(scope, receive, send)


async def _in_thread(pool: ThreadPoolExecutor, function: Callable[[Request], Result], request: Request) -> Result:
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(pool, lambda: context.run(function, request))


def _closed(request: Request) -> Response:
    return Response(404, json.dumps({"message": f"{request.path} is not served."}).encode())
