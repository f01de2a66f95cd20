"""The server process: bind the port, compose the services, serve until a signal to stop."""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING

import psutil

from localcloud import processes
from localcloud.clients import AccessKey, new_root_key
from localcloud.emulator import environment
from localcloud.layout import ACCOUNT, Layout, ServerState, write_json
from localcloud.options import Options

if TYPE_CHECKING:
    from localcloud.server.composition import Composition

log = logging.getLogger("localcloud")

HOST = "127.0.0.1"
STOP_SECONDS = 5
"""How long running requests may take once the server is to stop."""


def run(layout: Layout, options: Options) -> int:
    """Serve until SIGTERM, SIGINT or, when attached, the end of the standard input."""
    layout.create()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, options.port))
        listener.listen(128)
        listener.setblocking(False)
        port = int(listener.getsockname()[1])
        root = new_root_key()
        environment.configure(layout, port, options, root)
        # Only now: the emulator reads its environment when it is imported.
        from localcloud.server.composition import Composition

        composition = Composition(layout, options, f"http://{HOST}:{port}", root)
        try:
            # The server closes the descriptor, so the socket object gives it up.
            asyncio.run(_serve(composition, listener.detach(), options, layout, root))
        finally:
            composition.stop()
            for file in (layout.cloud, layout.server, layout.credentials):
                file.unlink(missing_ok=True)
            if options.attached:
                processes.sweep(layout)
            shutil.rmtree(layout.tmp, ignore_errors=True)
    return 0


async def _serve(composition: "Composition", fd: int, options: Options, layout: Layout, root: AccessKey) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if options.attached:
        threading.Thread(target=_wait_for_end_of_input, args=(loop, stop), daemon=True).start()
    config = Config()
    config.bind = [f"fd://{fd}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = STOP_SECONDS
    config.loglevel = "WARNING"
    # The listener accepts connections already; they are answered as soon as the server runs.
    write_json(layout.credentials, {"root": root.as_dict(), "token": composition.token}, mode=0o600)
    write_json(layout.server, _described(composition, options))
    await serve(composition.app, config, shutdown_trigger=stop.wait)  # pyright: ignore[reportArgumentType]


def _described(composition: "Composition", options: Options) -> ServerState:
    return {
        "pid": os.getpid(),
        "create_time": psutil.Process().create_time(),
        "endpoint": composition.endpoint,
        "region": options.region,
        "account": ACCOUNT,
    }


def _wait_for_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # Not through sys.stdin: its lock, held by this thread, would abort the interpreter's shutdown.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    with contextlib.suppress(RuntimeError):  # the loop has ended already
        loop.call_soon_threadsafe(stop.set)
