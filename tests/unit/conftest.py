"""How the fast tests are spread over processes, and what no test looks at and is slow to make, made once a process."""

from __future__ import annotations

import atexit
import functools
import gc
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling


class FolderScheduling(LoadScopeScheduling):
    """Keeps a folder in one process: each has slow imports and fixtures of its own, such as the SageMaker SDK."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0].rpartition("/")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FolderScheduling:
    # In the order of their names: those of most tests are not the longest, and the last ones are short.
    config.option.loadscopereorder = False
    return FolderScheduling(config, log)


def pytest_collection() -> None:
    """Import without garbage collection, which would look at all that is imported again and again."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Collect garbage of the tests alone, and seldom."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 50)
    gc.enable()


def pytest_sessionfinish() -> None:
    """Spare pytest its last collection of garbage to look at all that the tests imported."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Let Python collect all of it at its end; a process of xdist's ends at once, as it has reported everything.

    Collecting takes seconds, and libraries complain of what is left.
    """
    if hasattr(config, "workerinput"):
        atexit.register(_end)
    else:
        gc.unfreeze()


def _end() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@pytest.fixture(scope="session")
def no_stack_traces() -> Iterator[None]:
    """Spare Pulumi to read and send the stack of calls of each resource, which the mocks do not look at."""
    from pulumi.runtime import resource
    from pulumi.runtime.proto.source_pb2 import StackTrace

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resource, "_get_stack_trace", StackTrace)
        yield


@pytest.fixture(scope="session", autouse=True)
def shared_between_clouds() -> Iterator[None]:
    """Share botocore's service models, moto's RSA keys and what moto makes anew for each call: all are slow to make."""
    import botocore.session
    from botocore import useragent
    from botocore.loaders import create_loader
    from cryptography.hazmat.primitives.asymmetric import rsa
    from moto.core.base_backend import BaseBackend
    from moto.core.utils import method_names_from_class

    urls, addresses = BaseBackend.urls, dict[type[BaseBackend], Any]()

    def addresses_of(backend: BaseBackend) -> Any:
        """Return the addresses of a service, which for S3 moto gets by loading a module again."""
        if type(backend) not in addresses:
            addresses[type(backend)] = urls.__get__(backend)
        return addresses[type(backend)]

    with pytest.MonkeyPatch.context() as patch:
        clean_agent = functools.cache(useragent.sanitize_user_agent_string_component)
        patch.setattr(useragent, "sanitize_user_agent_string_component", clean_agent)
        patch.setattr(BaseBackend, "urls", property(addresses_of))
        # Of the library requests, by which no test calls AWS: a thousand patterns in each emulated cloud.
        patch.setattr("moto.core.models.RESPONSES_METHODS", [])
        patch.setattr("moto.core.responses.method_names_from_class", functools.cache(method_names_from_class))
        patch.setattr(botocore.session, "create_loader", functools.cache(create_loader))
        patch.setattr(rsa, "generate_private_key", functools.cache(rsa.generate_private_key))
        yield
