"""Fixtures of the tests on the local cloud.

`cloud` is one running cloud for the whole session: `cloud.client("sns", principal="deployer")`, `cloud.environment()`
for the Pulumi CLI and other children, `cloud.internal("GET", "/_local/events")` for the internal endpoints. A test
that needs a cloud of its own takes `new_cloud`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from local.lifecycle import LocalCloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """One cloud for all tests of the session; it ends with the test process, however that ends."""
    with LocalCloud(tmp_path_factory.mktemp("cloud")) as started:
        yield started


@pytest.fixture
def new_cloud(tmp_path: Path) -> Iterator[Callable[..., LocalCloud]]:
    """Starts further clouds, each with its own state directory; keyword arguments are LocalCloud's."""
    with ExitStack() as clouds:
        count = iter(range(100))

        def start(**options: str) -> LocalCloud:
            return clouds.enter_context(LocalCloud(tmp_path / f"cloud-{next(count)}", **options))

        yield start
