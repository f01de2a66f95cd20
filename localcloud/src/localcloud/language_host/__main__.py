"""Serve the language host until the engine ends it; prints the port, as the engine expects of every plugin."""

import argparse
import os
import signal
import sys
import time
from concurrent import futures

import grpc

from localcloud.engine_protocol import CHANNEL_OPTIONS, language_pb2_grpc
from localcloud.language_host.host import LanguageHost

WORKERS = 16
ENGINE_POLL_SECONDS = 1.0
STOP_SECONDS = 2.0


def main() -> None:
    """Run the server; the engine's address comes last on the command line."""
    parser = argparse.ArgumentParser(prog="pulumi-language-python", description=__doc__)
    parser.add_argument("engine_address", help="where the engine listens")
    arguments, _ = parser.parse_known_args()

    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=CHANNEL_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(arguments.engine_address), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    wait_for_the_end_of_the_engine()
    server.stop(grace=None).wait(STOP_SECONDS)  # ends the plugins that it started, too
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # a program's own threads may still be waiting for an engine that is gone


def wait_for_the_end_of_the_engine() -> None:
    """Return when the engine interrupts this process, as it does with its plugins, or was killed itself."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    engine = os.getppid()
    try:
        while os.getppid() == engine:
            time.sleep(ENGINE_POLL_SECONDS)
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
