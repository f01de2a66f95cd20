"""The emulator in this process, without a server: boto3 clients whose requests its application answers directly."""

import asyncio
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from ministack.app import app

from localcloud.http.request import Scope
from localcloud.layout import ACCOUNT, DEFAULT_REGION


class Body(BytesIO):
    """A response's body as urllib3 has it."""

    def stream(self, **_options: Any) -> Any:
        yield self.read()


async def answered(request: AWSPreparedRequest) -> AWSResponse:
    url = urlsplit(request.url)
    content: Any = request.body or b""
    content = content.read() if hasattr(content, "read") else content
    body = content.encode() if isinstance(content, str) else bytes(content)
    headers = {
        name: value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()
    }
    scope: Scope = {
        "type": "http",
        "method": request.method,
        "path": url.path,
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in {"host": url.netloc, **headers}.items()],
        "client": ("127.0.0.1", 1),
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    answer = b"".join(message.get("body", b"") for message in sent)
    response_headers: Any = {name.decode(): value.decode() for name, value in start["headers"]}
    return AWSResponse(request.url, start["status"], response_headers, Body(answer))


@pytest.fixture
def client() -> Callable[[str], Any]:
    """Clients of the local cloud's account; the emulator takes an account's number for a key of its root."""
    session: Any = boto3.Session(ACCOUNT, "any", region_name=DEFAULT_REGION)

    def create(service: str) -> Any:
        config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
        client = session.client(service, endpoint_url="http://localhost:4566", config=config)
        client.meta.events.register("before-send", lambda request, **_: asyncio.run(answered(request)))
        return client

    return create
