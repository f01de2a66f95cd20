"""One pytest fixture: `cloud`, a running cloud for the whole session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from localcloud.lifecycle import LocalCloud


@pytest.fixture(scope="session")
def new_local_cloud() -> Callable[..., LocalCloud]:
    """Create a cloud that isn't started yet; override it to prepare the account in another way."""
    # Every run of pytest loads the plugin; most start no cloud.
    from localcloud.lifecycle import LocalCloud

    return LocalCloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory, new_local_cloud: Callable[..., LocalCloud]) -> Iterator[LocalCloud]:
    """Run one cloud for all tests of the session; it ends with the test process, however that ends."""
    with new_local_cloud(tmp_path_factory.mktemp("cloud")) as started:
        yield started
