"""A configured provider that has no cloud behind it: checks and plans make no calls."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from localcloud.provider.cloud import Cloud, Connections, Place
from localcloud.provider.configuration import Tags
from localcloud.provider.journal import Journal
from localcloud.provider.stand_in import Package, StandIn

PLACE = Place("123456789012", "us-east-1")


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    # Port 9 is "discard": nothing listens there.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")


@pytest.fixture(scope="session")
def connections() -> Connections:
    """Clients are costly to make, and none of these tests sends anything."""
    return Connections.open()


@pytest.fixture
def cloud(connections: Connections) -> Cloud:
    return Cloud(PLACE, "sts", connections)


@pytest.fixture
def stand_in(cloud: Cloud, tmp_path: Path) -> Callable[..., StandIn]:
    def configured(package: Package, tags: dict[str, str] | None = None) -> StandIn:
        return StandIn(package, cloud, Tags(tags or {}), Journal(tmp_path / "journal", "http://127.0.0.1:9"))

    return configured
