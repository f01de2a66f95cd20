"""A provider or an engine that dies in the middle of `up`."""

from __future__ import annotations

import http.client
import http.server
import json
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from localcloud.lifecycle import LocalCloud

from .case import KEY, enabled_keys, trust
from .conftest import Program

pytestmark = pytest.mark.local


class Proxy(http.server.ThreadingHTTPServer):
    """Passes requests on to the cloud, and calls `on_answer` with the request before the answer is given."""

    daemon_threads = True

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = urlsplit(endpoint)
        self.on_answer: Callable[[str], None] = lambda _: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever was killed does not read its answer."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _pass_on(self) -> None:
        proxy: Any = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection(proxy.target.hostname, proxy.target.port, timeout=60)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for key, value in self.headers.items():
            connection.putheader(key, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        proxy.on_answer(f"{self.headers.get('X-Amz-Target', '')} {self.path} {body.decode(errors='replace')}")
        self.send_response(answer.status)
        for key, value in answer.getheaders():
            if key.lower() not in {"transfer-encoding", "content-length", "connection", "date", "server"}:
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def proxy(cloud: LocalCloud) -> Iterator[Proxy]:
    server = Proxy(cloud.endpoint)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def killed(program: Program, proxy: Proxy, when: str, who: str) -> Generator[None]:
    """Run `up`, and kill the provider or the engine when AWS has done what `when` names and has not answered yet."""
    process = program.start("up", "--yes", "--skip-preview")
    done = threading.Event()

    def kill(request: str) -> None:
        if when not in request or done.is_set():
            return
        done.set()
        engine = psutil.Process(process.pid)
        plugins = [
            child for child in engine.children(recursive=True) if "localcloud.provider" in " ".join(child.cmdline())
        ]
        victims = [engine] if who == "engine" else plugins
        assert victims
        for victim in victims:
            victim.kill()
        if who == "engine":
            # The provider ends by itself when its engine is gone.
            gone, alive = psutil.wait_procs(plugins, timeout=10)
            assert gone
            assert not alive

    proxy.on_answer = kill
    process.communicate(timeout=120)
    assert done.is_set()
    assert process.returncode != 0
    proxy.on_answer = lambda _: None
    yield


CREATED: dict[str, tuple[dict[str, Any], Callable[[LocalCloud], list[Any]]]] = {
    "CreateKey": (KEY, lambda cloud: enabled_keys(cloud, "only one of me")),
    "CreateTopic": (
        {"name": "one-topic", "type": "aws:sns/topic:Topic", "inputs": {}},
        lambda cloud: [
            t for t in cloud.client("sns", "root").list_topics()["Topics"] if ":one-topic-" in t["TopicArn"]
        ],
    ),
    "CreateQueue": (
        {"name": "one-queue", "type": "aws:sqs/queue:Queue", "inputs": {"name": "one-queue", "delaySeconds": 3}},
        lambda cloud: cloud.client("sqs", "root").list_queues(QueueNamePrefix="one-queue").get("QueueUrls", []),
    ),
    "CreateRole": (
        {
            "name": "one-role",
            "type": "aws:iam/role:Role",
            "inputs": {"name": "one-role", "assumeRolePolicy": trust("lambda.amazonaws.com")},
        },
        lambda cloud: [r for r in cloud.client("iam", "root").list_roles()["Roles"] if r["RoleName"] == "one-role"],
    ),
    "CreateTable": (
        {
            "name": "one-table",
            "type": "aws:dynamodb/table:Table",
            "inputs": {
                "hashKey": "id",
                "attributes": [{"name": "id", "type": "S"}],
                "billingMode": "PAY_PER_REQUEST",
                "ttl": {"attributeName": "gone", "enabled": True},
            },
        },
        lambda cloud: [
            name
            for name in cloud.client("dynamodb", "root").list_tables()["TableNames"]
            if name.startswith("one-table-")
        ],
    ),
}


@pytest.mark.parametrize(
    ("operation", "who"),
    [*((operation, "provider") for operation in CREATED), ("CreateKey", "engine"), ("CreateQueue", "engine")],
)
def test_a_kill_in_the_middle_of_a_creation_leaves_nothing_twice(
    program: Program, proxy: Proxy, cloud: LocalCloud, operation: str, who: str
) -> None:
    declared, existing = CREATED[operation]
    program.extra["AWS_ENDPOINT_URL"] = proxy.url
    program.declare([declared])
    with killed(program, proxy, operation, who):
        assert len(existing(cloud)) == 1
    program.run("cancel", "--yes")
    program.ok("up")
    assert len(existing(cloud)) == 1
    program.declare([])
    program.ok("up")
    assert len(existing(cloud)) == 0


def test_a_creation_whose_answer_was_lost_is_taken_over_by_the_next_up(
    program: Program, proxy: Proxy, cloud: LocalCloud
) -> None:
    declared, existing = CREATED["CreateRole"]
    program.extra["AWS_ENDPOINT_URL"] = proxy.url
    program.declare([declared])
    lost: list[str] = []

    def lose(request: str) -> None:
        if "CreateRole" in request and not lost:
            lost.append(request)
            raise ConnectionError

    proxy.on_answer = lose
    refused = program.engine("up")
    assert lost
    assert "EntityAlreadyExists" in refused.diagnostics
    program.ok("up")
    assert len(existing(cloud)) == 1
    program.declare([])
    program.ok("up")
    assert len(existing(cloud)) == 0


def test_a_kill_does_not_make_someone_elses_resource_ours(program: Program, proxy: Proxy, cloud: LocalCloud) -> None:
    cloud.client("iam", "root").create_role(
        RoleName="theirs", AssumeRolePolicyDocument=json.dumps(trust("ec2.amazonaws.com")["$json"])
    )
    role = {"name": "theirs", "assumeRolePolicy": trust("lambda.amazonaws.com")}
    program.declare([{"name": "role", "type": "aws:iam/role:Role", "inputs": role}])
    for _ in range(2):
        result = program.engine("up")
        assert result.code != 0
        assert "EntityAlreadyExists" in result.diagnostics


def test_a_replacement_that_a_person_asks_for_is_a_new_resource(program: Program, cloud: LocalCloud) -> None:
    program.declare([{**KEY, "inputs": {**KEY["inputs"], "description": "asked for"}}])
    program.ok("up")
    before = program.state()["key"]
    program.ok("up", "--replace", before["urn"])
    after = program.state()["key"]
    assert after["id"] != before["id"]
    assert enabled_keys(cloud, "asked for") == [after["id"]]
