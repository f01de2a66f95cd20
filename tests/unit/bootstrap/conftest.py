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
Clients = Callable[[str], Any]


@contextmanager
def empty_account() -> Generator[Clients]:
    """Clients of an account without anything in it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        with mock_aws():
            session: Any = boto3.Session(region_name="eu-west-1")
            yield functools.cache(session.client)


@pytest.fixture
def clients() -> Iterator[Clients]:
    with empty_account() as account:
        yield account


@pytest.fixture
def target() -> Target:
    return Target.read("dev", ROOT)


@pytest.fixture
def recorded(clients: Clients) -> list[str]:
    """The operations that were called from here on, in order."""
    calls: list[str] = []
    for service in ("s3", "kms", "iam"):
        clients(service).meta.events.register(
            "before-call.*.*", lambda model, **_: calls.append(model.name), unique_id=f"record-{service}"
        )
    return calls


def statuses(clients: Clients, target: Target, *, dry_run: bool = False) -> dict[str, str]:
    return {outcome.kind: outcome.status for outcome in apply(clients, target, dry_run=dry_run)}


def changes(clients: Clients, target: Target, *, dry_run: bool = False) -> dict[str, tuple[str, ...]]:
    return {outcome.kind: outcome.changes for outcome in apply(clients, target, dry_run=dry_run)}
