"""The server process: binds the port, composes the services, serves until told to stop."""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from local.cloud import emulator
from local.cloud.keys import AccessKey, new_root_key
from local.layout import ACCOUNT, Layout, write_json

if TYPE_CHECKING:
    from local.cloud.composition import Composition

log = logging.getLogger("local.cloud")

HOST = "127.0.0.1"
STOP_SECONDS = 5
"""How long running requests may take once the server is to stop."""


@dataclass(frozen=True)
class Options:
    """How to start the server.

    With `attached` it stops when its standard input ends, so that it never outlives the process that holds the other
    end; `runner` is the command that runs a pipeline execution.
    """

    state_dir: Path
    region: str
    port: int
    attached: bool
    runner: tuple[str, ...]


def run(options: Options) -> int:
    """Serves until SIGTERM, SIGINT or, when attached, the end of the standard input."""
    layout = Layout(options.state_dir)
    layout.create()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, options.port))
        listener.listen(128)
        listener.setblocking(False)
        port = int(listener.getsockname()[1])
        root = new_root_key()
        emulator.configure(layout, port, options.region, root)
        # Only now: the emulator reads its environment when it is imported.
        from local.cloud.composition import Composition

        composition = Composition(layout, options.region, f"http://{HOST}:{port}", root, options.runner)
        try:
            # The server closes the descriptor, so the socket object gives it up.
            asyncio.run(_serve(composition, listener.detach(), options, layout, root))
        finally:
            composition.stop()
            layout.cloud.unlink(missing_ok=True)
            layout.credentials.unlink(missing_ok=True)
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
    starting = asyncio.create_task(_announce(composition, options, layout, root, stop))
    await serve(composition.app, config, shutdown_trigger=stop.wait)  # pyright: ignore[reportArgumentType]
    starting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await starting


async def _announce(
    composition: "Composition", options: Options, layout: Layout, root: AccessKey, stop: asyncio.Event
) -> None:
    """Prepares the account and then writes the state file, which says that the cloud is ready."""
    try:
        credentials, backend = await asyncio.to_thread(composition.prepare)
    except Exception:
        log.exception("The local cloud could not prepare its account")
        stop.set()
        return
    write_json(layout.credentials, {"root": root.as_dict(), **credentials}, mode=0o600)
    state: dict[str, Any] = {
        "pid": os.getpid(),
        "create_time": psutil.Process().create_time(),
        "endpoint": composition.endpoint,
        "region": options.region,
        "account": ACCOUNT,
        **backend,
    }
    write_json(layout.cloud, state)
    log.info("ready on %s", composition.endpoint)


def _wait_for_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # Not through sys.stdin: its lock, held by this thread, would abort the interpreter's shutdown.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    with contextlib.suppress(RuntimeError):  # the loop has ended already
        loop.call_soon_threadsafe(stop.set)
