"""A whole HTTP request as the services of ours see it, its caller, and the answer they give."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """One request; header names are lower case."""

    method: str
    path: str
    raw_path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    raw_headers: list[tuple[bytes, bytes]]
    client: str
    body: bytes = b""

    @classmethod
    def of(cls, scope: Scope, body: bytes = b"") -> "Request":
        """Return the request of an ASGI scope."""
        raw_path = scope.get("raw_path") or quote(scope["path"]).encode()
        raw_headers = list(scope.get("headers", []))
        return cls(
            method=scope["method"],
            path=scope["path"],
            raw_path=raw_path.decode("latin-1"),
            query=parse_qs(scope.get("query_string", b"").decode(), keep_blank_values=True),
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw_headers},
            raw_headers=raw_headers,
            client=(scope.get("client") or ("127.0.0.1",))[0],
            body=body,
        )

    @property
    def operation(self) -> str:
        """The operation that a request in a JSON protocol names; empty in other protocols."""
        return self.headers.get("x-amz-target", "").rpartition(".")[2]

    @property
    def form(self) -> dict[str, list[str]]:
        """The parameters of a request in the query protocol, in its body or its query string."""
        return {**self.query, **parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)}

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; empty when it is none."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Caller:
    """The authenticated caller of one request, and the region and service that it signed for."""

    arn: str
    principal_id: str
    access_key: str
    region: str
    service: str


@dataclass(frozen=True)
class Response:
    """One answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


async def read_body(receive: Receive) -> bytes:
    """Collect a request's body."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that hands out a body already read, then the connection's own messages."""
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> dict[str, Any]:
        return pending.pop() if pending else await receive()

    return receive_again


async def respond(send: Send, response: Response) -> None:
    """Send one answer."""
    headers = [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
