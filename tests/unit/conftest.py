"""What every client and every emulated service needs and no test looks at, made once a process."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore.loaders import create_loader
from cryptography.hazmat.primitives.asymmetric import rsa

HERE = Path(__file__).parent


# Before xdist's own hook, which reads the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep an area in one process: each has slow imports and fixtures of its own, such as the SageMaker SDK."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(HERE).parts[0]))


@pytest.fixture(scope="session", autouse=True)
def shared_between_clouds() -> Iterator[None]:
    """Share botocore's service models between sessions, and RSA keys between moto's accounts: both are slow to make."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(create_loader))
        patch.setattr(rsa, "generate_private_key", functools.cache(rsa.generate_private_key))
        yield
