"""The messages and services between Pulumi's engine and its plugins, without the SDK that holds them.

To import `pulumi` takes a tenth of a second and more, and the engine waits for each plugin that it starts: providers,
and a language host twice, of which the first is only asked for its version. Only a program needs the SDK.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

_PARENTS = ("pulumi", "pulumi.runtime")


@contextmanager
def _empty_parents() -> Generator[None]:
    """Let modules below `pulumi` be imported without what the packages above them import.

    Whoever imports `pulumi` afterwards gets all of it, with these modules.
    """
    spec = find_spec("pulumi")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("No module named 'pulumi'", name="pulumi")
    if "pulumi" in sys.modules:
        yield
        return
    for name in _PARENTS:
        parent = ModuleType(name)
        parent.__path__ = [str(Path(spec.origin).parent.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = parent
    try:
        yield
    finally:
        for name in _PARENTS:
            del sys.modules[name]


with _empty_parents():
    # The SDK's own limits.
    from pulumi.runtime._grpc_settings import (
        _GRPC_CHANNEL_OPTIONS as CHANNEL_OPTIONS,  # pyright: ignore[reportPrivateUsage]
    )
    from pulumi.runtime.proto import (
        LanguageRuntimeServicer,
        ResourceProviderServicer,
        language_pb2,
        language_pb2_grpc,
        plugin_pb2,
        provider_pb2,
        provider_pb2_grpc,
        status_pb2,
    )

__all__ = [
    "CHANNEL_OPTIONS",
    "LanguageRuntimeServicer",
    "ResourceProviderServicer",
    "language_pb2",
    "language_pb2_grpc",
    "plugin_pb2",
    "provider_pb2",
    "provider_pb2_grpc",
    "status_pb2",
]
