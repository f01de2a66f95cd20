"""An account without anything in it, and the targets that a project's stack files describe."""

import functools
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bootstrap import Target, apply

ROOT = Path(__file__).parents[3]
ACCOUNT = "123456789012"  # moto's own
BUCKET = f"abalone-dev-state-{ACCOUNT}-eu-west-1"
LOGS = f"abalone-dev-logs-of-state-{ACCOUNT}-eu-west-1"
READING = ("Get", "List", "Describe", "Head")
Clients = Callable[[str], Any]


@functools.cache
def client(service: str) -> Any:
    """A client that is made once: that costs far more than an emulated call. Tests leave no handlers in it."""
    session: Any = boto3.Session(
        aws_access_key_id="testing", aws_secret_access_key="testing", region_name="eu-west-1"
    )  # never AWS's: every test runs under mock_aws
    return session.client(service)


@contextmanager
def empty_account() -> Generator[Clients]:
    """Clients of an account without anything in it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        with mock_aws():
            yield client


@pytest.fixture
def clients() -> Iterator[Clients]:
    with empty_account() as account:
        yield account


@pytest.fixture(scope="session")
def target() -> Target:
    return Target.read("dev", ROOT)


@pytest.fixture
def recorded(clients: Clients) -> Iterator[list[str]]:
    """The operations that were called from here on, in order."""
    with recording(clients) as calls:
        yield calls


@contextmanager
def recording(clients: Clients) -> Generator[list[str]]:
    """The operations that are called, in order."""
    calls: list[str] = []

    def record(model: Any, **_: Any) -> None:
        calls.append(model.name)

    with handling(clients, record):
        yield calls


@contextmanager
def handling(clients: Clients, handler: Callable[..., object]) -> Generator[None]:
    """Let a handler see each call of the services before it is sent."""
    emitters = [clients(service).meta.events for service in ("s3", "kms", "iam")]
    for emitter in emitters:
        emitter.register("before-call.*.*", handler)
    try:
        yield
    finally:
        for emitter in emitters:
            emitter.unregister("before-call.*.*", handler)


def statuses(clients: Clients, target: Target, *, dry_run: bool = False) -> dict[str, str]:
    return {outcome.kind: outcome.status for outcome in apply(clients, target, dry_run=dry_run)}


def changes(clients: Clients, target: Target, *, dry_run: bool = False) -> dict[str, tuple[str, ...]]:
    return {outcome.kind: outcome.changes for outcome in apply(clients, target, dry_run=dry_run)}
