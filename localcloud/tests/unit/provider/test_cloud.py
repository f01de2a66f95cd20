"""Calls to AWS: what is tried again, what counts as missing, what is never sent."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.client_errors import is_missing
from localcloud.provider import cloud as cloud_module
from localcloud.provider.cloud import Cloud, Connections, Place, Request
from localcloud.provider.errors import CancelledError, ProviderError


def error(code: str, message: str = "", status: int = 400) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Op")


class Client:
    """Answers one after the other."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def op(self, **_: Any) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def cloud_of(*answers: Any) -> tuple[Cloud, Client]:
    client = Client(*answers)
    connections = Connections(Connections.open().session, threading.Event(), threading.Lock(), {("x", "r"): client})
    return Cloud(Place("1", "r"), "x", connections), client


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_module, "_FIRST_PAUSE", 0.001)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for x"),
        ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."),
        ("MalformedPolicyDocument", "Invalid principal in policy"),
    ],
)
def test_what_is_not_ready_yet_is_tried_again(code: str, message: str) -> None:
    cloud, client = cloud_of(error(code, message), error(code, message), {"ok": True})
    assert cloud.call("op") == {"ok": True}
    assert client.answers == []


def test_any_other_refusal_is_not_tried_again() -> None:
    cloud, client = cloud_of(error("AccessDenied", "no"), {"ok": True})
    with pytest.raises(ClientError):
        cloud.call("op")
    assert len(client.answers) == 1


def test_a_retry_ends_in_time_and_on_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = error("ResourceConflictException", "update is in progress")
    monkeypatch.setattr(cloud_module, "RETRY_SECONDS", 0.02)
    with pytest.raises(ClientError):
        cloud_of(*[waiting] * 100)[0].call("op")
    monkeypatch.setattr(cloud_module, "RETRY_SECONDS", 60)
    cloud, _ = cloud_of(*[waiting] * 100)
    cloud.connections.cancelled.set()
    with pytest.raises(CancelledError):
        cloud.call("op")


def test_waiting_says_for_what_when_it_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_module, "WAIT_SECONDS", 0.01)
    with pytest.raises(ProviderError, match="the table t is still not ready"):
        cloud_of()[0].wait(lambda: False, "the table t")


@pytest.mark.parametrize(
    ("refusal", "missing"),
    [
        (error("404", status=404), True),
        (error("NoSuchEntity"), True),
        (error("ResourceNotFoundException"), True),
        (error("AWS.SimpleQueueService.NonExistentQueue"), True),
        (error("ValidationException", "ModelPackageGroup arn:... does not exist."), True),
        (error("ValidationException", "1 validation error detected"), False),
        (error("AccessDenied", status=403), False),
        (error("ResourceInUseException"), False),
    ],
)
def test_missing_is_told_from_refused(refusal: ClientError, missing: bool) -> None:
    assert is_missing(refusal) is missing


def test_an_entry_that_was_refused_inside_an_answer_is_an_error() -> None:
    entry = {"ErrorCode": "LimitExceeded", "ErrorMessage": "too many targets"}
    cloud, _ = cloud_of({"FailedEntryCount": 1, "FailedEntries": [entry]})
    with pytest.raises(ProviderError, match="op: LimitExceeded: too many targets"):
        cloud.run(Request("op"))


def test_a_client_is_never_made_for_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    with pytest.raises(ProviderError, match="is not on this machine"):
        Connections.open().client("sns", "us-east-1")
