"""The language host's side of Pulumi's LanguageRuntime protocol."""

import platform
import re
import sys
import threading
from collections.abc import Iterator
from importlib import metadata

import grpc
from google.protobuf import empty_pb2
from typing_extensions import override

from localcloud.engine_protocol import LanguageRuntimeServicer, language_pb2, plugin_pb2
from localcloud.language_host import plugin


class LanguageHost(LanguageRuntimeServicer):
    """Run an engine's programs and policy packs with the interpreter that runs this.

    The packages that a program requires stay unsaid, so that the engine loads a provider when the first of its
    resources is registered.
    """

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address
        # the working directory, sys.path and sys.argv belong to one program at a time
        self._one_program = threading.Lock()

    @override
    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        """Execute a program against the engine's resource monitor."""
        # the SDK comes with it, which the other answers don't need
        from localcloud.language_host import program

        with self._one_program:
            return program.run(request, self._engine_address)

    @override
    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Execute a plugin, streaming its output."""
        return plugin.run(request, context)

    @override
    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Give no version: the host is the distribution's."""
        return plugin_pb2.PluginInfo()

    @override
    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """List none."""
        return language_pb2.GetRequiredPackagesResponse()

    @override
    def About(self, request: language_pb2.AboutRequest, context: grpc.ServicerContext) -> language_pb2.AboutResponse:
        """Describe the interpreter, for `pulumi about`."""
        return language_pb2.AboutResponse(executable=sys.executable, version=platform.python_version())

    @override
    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """List the installed packages, for `pulumi about` and `pulumi version` reports."""
        packages = installed_packages(transitive=request.transitiveDependencies)
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(name=name, version=version) for name, version in packages]
        )

    @override
    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Install nothing: whoever made this interpreter's environment decides what is in it."""
        yield language_pb2.InstallDependenciesResponse(stdout=b"The Python packages are those of the environment.\n")

    @override
    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Take note of a cancellation; the resource monitor ends the program's requests."""
        return empty_pb2.Empty()


def installed_packages(*, transitive: bool) -> list[tuple[str, str]]:
    """Return names and versions of the interpreter's packages, sorted.

    Without `transitive`, only those that no other package requires.
    """
    versions = {canonical(package.metadata["Name"]): package.version for package in metadata.distributions()}
    if not transitive:
        for required in required_by_others():
            versions.pop(required, None)
    return sorted(versions.items())


def required_by_others() -> set[str]:
    """Return the names of the packages that another one requires, optional features left out."""
    requirements = (line for package in metadata.distributions() for line in package.requires or [])
    names = (re.match(r"[A-Za-z0-9][\w.-]*", line) for line in requirements if "extra ==" not in line)
    return {canonical(name[0]) for name in names if name}


def canonical(name: str) -> str:
    """Return the normalised form of a package name (Python packaging specification, name normalisation)."""
    return re.sub(r"[-_.]+", "-", name).lower()
