"""The messages and services between Pulumi's engine and its plugins, without the SDK that holds them.

To import `pulumi` takes a tenth of a second and more, and the engine waits for each plugin that it starts: providers,
and a language host twice, of which the first is only asked for its version. Only a program needs the SDK.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

_PARENTS = ("pulumi", "pulumi.runtime")


@contextmanager
def _empty_parents() -> Generator[None]:
    """Let modules below `pulumi` be imported without what the packages above them import."""
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


def join_sdk() -> None:
    """Import the SDK, and give it these modules as attributes, which Python does for a module that it loads itself."""
    runtime = import_module("pulumi.runtime")
    for name in ("proto", "_grpc_settings"):
        setattr(runtime, name, sys.modules[f"pulumi.runtime.{name}"])


__all__ = [
    "CHANNEL_OPTIONS",
    "LanguageRuntimeServicer",
    "ResourceProviderServicer",
    "join_sdk",
    "language_pb2",
    "language_pb2_grpc",
    "plugin_pb2",
    "provider_pb2",
    "provider_pb2_grpc",
    "status_pb2",
]
