"""A proxy in front of the local cloud: passes requests on, refuses them, or loses their answers."""

import http.client
import http.server
import json
import re
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from localcloud import LocalCloud
from localcloud.layout import read_json, write_json

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]*/(?P<service>[^/]+)/aws4_request")
_INTERNAL = "/_local/"
# Of one connection each (RFC 9110, 7.6.1), set by the proxy itself, or answered by it.
_NOT_PASSED_ON = frozenset({"connection", "keep-alive", "transfer-encoding", "expect", "date", "server"})
_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request to an AWS API; `headers` by their names in lower case, `number` counts from 1."""

    number: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def service(self) -> str:
        """The service that the request is signed for, such as `monitoring`; empty where it isn't signed."""
        scope = _SCOPE.search(self.headers.get("authorization", ""))
        return scope["service"] if scope else ""

    @property
    def operation(self) -> str:
        """The operation of the protocols that name it, such as `CreateKey`; of REST the method and the path."""
        if target := self.headers.get("x-amz-target"):
            return target.rpartition(".")[2]
        if self.is_form:
            return parse_qs(self.body.decode())["Action"][0]
        return f"{self.method} {urlsplit(self.path).path}"

    @property
    def is_form(self) -> bool:
        """Whether it is of the protocol query."""
        is_form = self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        return is_form and b"Action=" in self.body


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a client gets instead of the cloud's answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to a request: its client gets `answer`, and a cut connection where there is none.

    `is_carried_out`: the cloud does what was asked for before that. `meanwhile` is called in between.
    """

    answer: Answer | None = None
    is_carried_out: bool = False
    meanwhile: Callable[[], None] = lambda: None


Judge = Callable[[Request], Fault | None]
"""Returns what is to happen to a request, None where it is passed on; called by several threads."""


class Proxy(http.server.ThreadingHTTPServer):
    """Serves on a free loopback port; `judge` may be replaced at any time."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        address = urlsplit(endpoint)
        self.target = (address.hostname or "", address.port)
        self.judge: Judge = pass_on
        self.asked = 0
        """Requests so far, since `count_anew`."""
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The endpoint for clients."""
        return f"http://127.0.0.1:{self.server_port}"

    def count_anew(self) -> None:
        """Let the next request be number 1."""
        with self._lock:
            self.asked = 0

    def next_number(self) -> int:
        """Return the number of one more request."""
        with self._lock:
            self.asked += 1
            return self.asked

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who was killed does not read its answer."""


def pass_on(_request: Request) -> None:
    """Judge no request."""


@contextmanager
def proxy(cloud: LocalCloud) -> Generator[Proxy]:
    """Serve in front of a cloud whose environment, state backend included, names the proxy from then on."""
    with Proxy(cloud.endpoint) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        before = read_json(cloud.layout.cloud)
        addresses = re.compile(rf"(127\.0\.0\.1(?::|%3A)){server.target[1]}\b")
        write_json(cloud.layout.cloud, json.loads(addresses.sub(rf"\g<1>{server.server_port}", json.dumps(before))))
        try:
            yield server
        finally:
            write_json(cloud.layout.cloud, before)
            server.shutdown()
            thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body of an answer are two writes: without this the second waits for the client's acknowledgement.
    disable_nagle_algorithm = True
    server: Proxy  # pyright: ignore[reportIncompatibleVariableOverride] the base class knows no server of its own

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith(_INTERNAL):
            self._answer(*self._carry_out(body))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        number = self.server.next_number()
        request = Request(number=number, method=self.command, path=self.path, headers=headers, body=body)
        fault = self.server.judge(request)
        if fault is None:
            self._answer(*self._carry_out(body))
            return
        if fault.is_carried_out:
            self._carry_out(body)
        fault.meanwhile()
        if fault.answer is None:
            self.close_connection = True
        else:
            self._answer(fault.answer.status, fault.answer.headers, fault.answer.body)

    def _carry_out(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(*self.server.target, timeout=_SECONDS)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _NOT_PASSED_ON:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, dict(answer.getheaders()), content
        finally:
            connection.close()

    def _answer(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            # The length in an answer to HEAD is that of the object.
            if name.lower() not in _NOT_PASSED_ON and (name.lower() != "content-length" or self.command == "HEAD"):
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = _serve  # noqa: N815 the base class's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the base class's name
        """Say nothing."""
