"""The language host's side of Pulumi's LanguageRuntime protocol."""

import platform
import sys
import threading
from collections.abc import Iterator

import grpc
from google.protobuf import empty_pb2
from pulumi.automation._server import LanguageServer  # the SDK's host for programs that run in its own process
from pulumi.runtime.proto import language_pb2
from typing_extensions import override

from localcloud.language_host import dependencies, plugin, program


class LanguageHost(LanguageServer):
    """Runs the programs and the policy packs of an engine with the interpreter that runs this.

    The base class answers what needs no program; GetRequiredPackages stays empty, so that the engine loads a provider
    when the first of its resources is registered.
    """

    def __init__(self, engine_address: str) -> None:
        super().__init__(lambda: None)
        self._engine_address = engine_address
        # the working directory, sys.path and sys.argv belong to one program at a time
        self._one_program = threading.Lock()

    @override
    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        """Executes a program against the engine's resource monitor."""
        with self._one_program:
            return program.run(request, self._engine_address)

    @override
    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Executes a plugin, streaming its output."""
        return plugin.run(request, context)

    @override
    def About(self, request: language_pb2.AboutRequest, context: grpc.ServicerContext) -> language_pb2.AboutResponse:
        """The interpreter, for `pulumi about`."""
        return language_pb2.AboutResponse(executable=sys.executable, version=platform.python_version())

    @override
    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """The installed packages, for `pulumi about` and `pulumi version` reports."""
        found = dependencies.installed(transitive=request.transitiveDependencies)
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(name=name, version=version) for name, version in found]
        )

    @override
    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Says what installs them: the packages of this interpreter are pinned, and not the host's to change."""
        yield language_pb2.InstallDependenciesResponse(stdout=b"The Python packages are installed by `make setup`.\n")

    @override
    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """The engine's notice of a cancellation; the resource monitor ends the program's requests."""
        return empty_pb2.Empty()
