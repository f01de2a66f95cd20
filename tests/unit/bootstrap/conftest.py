"""An account without anything in it, and the targets that a project's stack files describe."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bootstrap import Target

ROOT = Path(__file__).parents[3]
ACCOUNT = "123456789012"  # moto's own


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    for name, value in {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        session: Any = boto3.Session(region_name="eu-west-1")
        yield functools.cache(session.client)


@pytest.fixture
def target() -> Target:
    return Target.read("dev", ROOT)


@pytest.fixture
def recorded(clients: Callable[[str], Any]) -> list[str]:
    """The operations that were called from here on, in order."""
    calls: list[str] = []
    for service in ("s3", "kms", "iam"):
        clients(service).meta.events.register(
            "before-call.*.*", lambda model, **_: calls.append(model.name), unique_id=f"record-{service}"
        )
    return calls
