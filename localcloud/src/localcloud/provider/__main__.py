"""`python -m localcloud.provider aws|aws-native [engine address]`: serve one package to the engine that started it."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from concurrent import futures
from importlib import metadata
from typing import Final

import grpc

from localcloud.engine_protocol import provider_pb2_grpc
from localcloud.provider.servicer import Servicer
from localcloud.provider.stand_in import Package

_WORKERS: Final = 32
_MAX_MESSAGE: Final = 400 * 1024 * 1024
_USAGE: Final = "usage: python -m localcloud.provider aws|aws-native [engine address]"


def _package(name: str) -> Package | None:
    if name == "aws":
        from localcloud.provider.aws import AWS

        return AWS
    if name == "aws-native":
        from localcloud.provider.aws_native import AWS_NATIVE

        return AWS_NATIVE
    return None


def _end_with_parent(parent: int) -> None:
    """End when the engine is gone: killed, it tells nobody, and its plugins would stay for ever."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def main(args: list[str]) -> int:
    """Serve until the engine ends this process; returns the exit code for a wrong command line."""
    package = _package(args[0]) if args else None
    if package is None:
        print(_USAGE, file=sys.stderr)
        return 2
    # Services' models and the SDK's messages stay to the end: to look through them for garbage finds none.
    gc.set_threshold(100_000)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    server = grpc.server(
        futures.ThreadPoolExecutor(_WORKERS),
        options=[("grpc.max_receive_message_length", _MAX_MESSAGE), ("grpc.max_send_message_length", _MAX_MESSAGE)],
    )
    servicer = Servicer(package, metadata.version(package.distribution))

    def end(*_: object) -> None:
        servicer.close()
        os._exit(0)

    # The engine ends its plugins with an interrupt, and waits for them. A user's Ctrl-C becomes a Cancel instead.
    signal.signal(signal.SIGINT, end)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
