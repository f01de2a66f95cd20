"""Fixtures of all tests: clouds whose account has one user, `deployer`, who may do everything."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud import Account, LocalCloud, Options, Prepare, User
from localcloud.account import plain_account
from localcloud.clients import Clients

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
PULUMI = Options(pulumi=os.environ.get("LOCALCLOUD_PULUMI", ""))


def prepare(clients: Clients, endpoint: str, region: str) -> Account:
    users = (User(name="deployer", policies=(EVERYTHING,), data_lake_administrator=True),)
    return replace(plain_account(clients, endpoint, region), users=users)


@pytest.fixture(scope="session")
def new_local_cloud() -> Callable[..., LocalCloud]:
    def create(state_dir: Path, options: Options = PULUMI, prepare: Prepare = prepare) -> LocalCloud:
        return LocalCloud(state_dir, options, prepare=prepare)

    return create


@pytest.fixture
def new_cloud(tmp_path: Path, new_local_cloud: Callable[..., LocalCloud]) -> Iterator[Callable[..., LocalCloud]]:
    """Starts further clouds, each with its own state directory."""
    with ExitStack() as clouds:
        count = iter(range(100))

        def start(**options: str) -> LocalCloud:
            folder = tmp_path / f"cloud-{next(count)}"
            return clouds.enter_context(new_local_cloud(folder, replace(PULUMI, **options)))

        yield start
