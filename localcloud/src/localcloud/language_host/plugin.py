"""Run a plugin written in Python, for example a policy pack, as a child process of the language host."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import grpc

from localcloud.engine_protocol import language_pb2

CHUNK_BYTES = 65536
STOP_SECONDS = 3.0

Output = tuple[str, bytes]


def run(
    request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
) -> Iterator[language_pb2.RunPluginResponse]:
    """Yield what the plugin prints as it comes, then its exit code; the plugin ends when the engine ends the call."""
    process = subprocess.Popen(
        command(request),
        cwd=request.pwd or None,
        env=environment(request),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    context.add_callback(lambda: stop(process))
    outputs: queue.Queue[Output | None] = queue.Queue()
    pipes = (("stdout", process.stdout), ("stderr", process.stderr))
    for name, pipe in pipes:
        threading.Thread(target=pump, args=(name, pipe, outputs), daemon=True).start()
    open_pipes = len(pipes)
    while open_pipes:
        output = outputs.get()
        if output is None:
            open_pipes -= 1
        elif output[0] == "stdout":
            yield language_pb2.RunPluginResponse(stdout=output[1])
        else:
            yield language_pb2.RunPluginResponse(stderr=output[1])
    yield language_pb2.RunPluginResponse(exitcode=process.wait())


def command(request: language_pb2.RunPluginRequest) -> list[str]:
    """Return the command line: a policy pack goes through the SDK's policy module, as in Pulumi's own host."""
    program = str(Path(request.info.program_directory) / (request.info.entry_point or "."))
    arguments = list(request.args)
    if request.kind == "analyzer":
        return [sys.executable, "-u", "-m", "pulumi.policy", *arguments, program]
    return [sys.executable, "-u", program, *arguments]


def environment(request: language_pb2.RunPluginRequest) -> dict[str, str]:
    """Return the environment that the engine asks for, else that of this process."""
    return dict(entry.split("=", 1) for entry in request.env) or dict(os.environ)


def pump(name: str, pipe: IO[bytes] | None, outputs: "queue.Queue[Output | None]") -> None:
    """Move what comes out of a pipe into the queue, and ends with None."""
    while pipe and (chunk := os.read(pipe.fileno(), CHUNK_BYTES)):
        outputs.put((name, chunk))
    outputs.put(None)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the plugin, by force if it does not listen."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
