"""What a client of AWS makes of the faults: botocore parses them, and tries again."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from chaos.faults import Faults, failed, throttled
from chaos.proxy import Answer, Fault, Proxy, Request

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3}, s3={"addressing_style": "path"})
CALLS: dict[str, Callable[[Any], Any]] = {
    "kms": lambda client: client.list_aliases(),  # json 1.1
    "dynamodb": lambda client: client.list_tables(),  # json 1.0
    "sqs": lambda client: client.list_queues(),  # json, with query's codes
    "events": lambda client: client.list_rules(),
    "sagemaker": lambda client: client.list_pipelines(),
    "cloudwatch": lambda client: client.describe_alarms(),
    "athena": lambda client: client.list_work_groups(),
    "iam": lambda client: client.list_roles(),  # query
    "sns": lambda client: client.list_topics(),
    "sts": lambda client: client.get_caller_identity(),
    "lambda": lambda client: client.list_functions(),  # rest-json
    "lakeformation": lambda client: client.list_resources(),
    "quicksight": lambda client: client.list_dashboards(AwsAccountId="123456789012"),
    "s3": lambda client: client.list_objects_v2(Bucket="bucket"),  # rest-xml
}


class _Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    requests: list[str] = []  # noqa: RUF012 one test's server at a time

    def _serve(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.requests.append(self.path)
        body = b"<ListBucketResult/>" if self.command == "GET" else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.command != "HEAD" else b"")

    do_GET = do_POST = do_HEAD = do_PUT = _serve  # noqa: N815 the base class's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the base class's name
        """Say nothing."""


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy in front of a server that answers everything and remembers what it was asked."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
    _Upstream.requests.clear()
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Upstream) as upstream,
        Proxy(f"http://127.0.0.1:{upstream.server_port}") as server,
    ):
        threads = [threading.Thread(target=each.serve_forever, args=(0.002,)) for each in (upstream, server)]
        for thread in threads:
            thread.start()
        yield server
        for each in (upstream, server):
            each.shutdown()
        for thread in threads:
            thread.join()


def client(proxy: Proxy, service: str) -> Any:
    session: Any = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    return session.client(service, endpoint_url=proxy.url, config=CONFIG)


def always(answer: Callable[[Request], Answer]) -> Callable[[Request], Fault]:
    return lambda request: Fault(answer=answer(request))


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize("answer", [throttled, failed])
def test_a_client_knows_the_fault_for_one_that_passes_and_tries_again(
    proxy: Proxy, service: str, answer: Callable[[Request], Answer]
) -> None:
    proxy.judge = always(answer)
    with pytest.raises(ClientError) as raised:
        CALLS[service](client(proxy, service))
    response: Any = raised.value.response
    assert response["ResponseMetadata"]["RetryAttempts"] == 2
    assert response["Error"]["Message"] in {"Rate exceeded", "We encountered an internal error. Please try again."}
    assert _Upstream.requests == []
    assert proxy.asked == 3


def test_a_lost_answer_is_of_a_request_that_was_carried_out(proxy: Proxy) -> None:
    proxy.judge = lambda request: Fault(answer=failed(request), is_carried_out=True)
    with pytest.raises(ClientError, match="InternalError"):
        client(proxy, "s3").put_object(Bucket="bucket", Key="key", Body=b"1")
    assert _Upstream.requests == ["/bucket/key"] * 3


def test_a_cut_connection_is_one_that_the_client_tries_again(proxy: Proxy) -> None:
    proxy.judge = lambda _request: Fault()
    with pytest.raises(ConnectionClosedError):
        client(proxy, "kms").list_aliases()
    assert proxy.asked == 3


@pytest.mark.parametrize(
    ("service", "operation"), [("kms", "ListAliases"), ("sns", "ListTopics"), ("s3", "GET /bucket")]
)
def test_a_request_names_its_service_and_operation(proxy: Proxy, service: str, operation: str) -> None:
    seen: list[Request] = []

    def judge(request: Request) -> Fault:
        seen.append(request)
        return Fault(answer=failed(request))

    proxy.judge = judge
    with pytest.raises(ClientError):
        CALLS[service](client(proxy, service))
    assert {(request.service, request.operation) for request in seen} == {(service, operation)}


def test_faults_follow_from_the_seed_at_about_their_rate() -> None:
    request = Request(number=1, method="POST", path="/", headers={"x-amz-target": "TrentService.CreateKey"}, body=b"")

    def kinds(seed: int) -> list[tuple[bool, int] | None]:
        judge = Faults(seed, 0.2, lambda _request: True)
        faults = [judge(request) for _ in range(1000)]
        assert judge.counts["requests"] == 1000
        return [(fault.is_carried_out, fault.answer.status) if fault and fault.answer else None for fault in faults]

    assert kinds(7) == kinds(7) != kinds(8)
    faulty = [kind for kind in kinds(7) if kind]
    assert 150 < len(faulty) < 250
    assert set(faulty) == {(False, 400), (False, 500), (True, 500)}


def test_an_answer_that_may_not_be_lost_is_an_error_before_anything_is_done() -> None:
    judge = Faults(7, 1.0, lambda _request: False)
    request = Request(number=1, method="POST", path="/", headers={}, body=b"")
    faults = [judge(request) for _ in range(100)]
    assert all(fault and not fault.is_carried_out for fault in faults)
    assert judge.lost.total() == 0
