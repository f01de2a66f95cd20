"""Run a Pulumi program in this process, and report its failures as Pulumi's own host does."""

import asyncio
import contextlib
import contextvars
import json
import logging
import os
import re
import runpy
import sys
import traceback
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pulumi
from pulumi.runtime import reset_options, run_in_stack, set_all_config
from pulumi.runtime.proto import language_pb2
from pulumi.runtime.settings import SETTINGS

from localcloud import engine_protocol
from localcloud.pulumi_cli.arguments import parse

engine_protocol.join_sdk()


def run(request: language_pb2.RunRequest, engine_address: str) -> language_pb2.RunResponse:
    """Run the program that the request names.

    Returns:
        An empty response after success; `bail` when the error has been shown already; `error` for any other exit code.
    """
    return contextvars.copy_context().run(_run, request, engine_address)


def _run(request: language_pb2.RunRequest, engine_address: str) -> language_pb2.RunResponse:
    reset_options(
        project=request.project,
        stack=request.stack,
        root_directory=request.info.root_directory,
        parallel=request.parallel,
        engine_address=engine_address,
        monitor_address=request.monitor_address,
        preview=request.dryRun,
        organization=request.organization or "organization",
    )
    hand_over_configuration(dict(request.config), list(request.configSecretKeys))
    if not engine_shows_debug_messages():
        pulumi.log.debug = _say_nothing
    # A program that fails leaves futures that nobody awaits; asyncio's complaints would hide the error itself.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    directory = Path(request.info.program_directory or request.pwd).resolve()
    entry_point = request.info.entry_point or "."
    main_file = main_module(directory / entry_point)
    os.chdir(directory)
    if sys.path[0] != str(directory):
        sys.path.insert(0, str(directory))
    sys.argv = [str(main_file), *request.args]
    with event_loop(request.parallel) as loop:
        try:
            loop.run_until_complete(execute(main_file))
        except pulumi.RunError as error:
            pulumi.log.error(str(error))
            return language_pb2.RunResponse(bail=True)
        except SystemExit as exit_request:
            return exit_response(exit_request)
        except Exception as error:  # noqa: BLE001 whatever the program raises is shown as its failure
            if engine_is_gone(error):
                return language_pb2.RunResponse(bail=True)
            pulumi.log.error(f"Program failed with an unhandled exception:\n{program_traceback(error, main_file)}")
            return language_pb2.RunResponse(bail=True)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
    return language_pb2.RunResponse()


def hand_over_configuration(config: dict[str, str], secret_keys: list[str]) -> None:
    """Put the stack's configuration where the SDK's functions look for it: the runtime and the environment."""
    set_all_config(config, secret_keys)
    os.environ["PULUMI_CONFIG"] = json.dumps(config)
    os.environ["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(secret_keys)


def engine_shows_debug_messages() -> bool:
    """Return whether the engine, which started this process, was asked for them, or how it was called isn't known."""
    if os.environ.get("PULUMI_OPTION_DEBUG", "false").lower() not in {"", "0", "f", "false"}:
        return True
    try:
        command_line = Path(f"/proc/{os.getppid()}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return True
    flags = parse(command_line[1:]).flags
    is_cli = Path(command_line[0]).name.startswith("pulumi")
    # Letters may be joined: `pulumi up -yd`.
    return not is_cli or "--debug" in flags or any(re.fullmatch(r"-\w*d\w*", flag) for flag in flags)


def _say_nothing(*_: object, **__: object) -> None:
    """Stand in for `pulumi.log.debug`.

    The SDK (3.259.0) sends its messages one by one and waits for each answer, four times for each resource: a seventh
    of a preview's CPU, for what the engine throws away.
    """


def main_module(program: Path) -> Path:
    """Return the module file, or the `__main__.py` of a directory."""
    return program / "__main__.py" if program.is_dir() else program


async def execute(main_file: Path) -> None:
    """Execute the file as the main module of a stack.

    Raises:
        RunError: there is no such file.
        Exception: what the program or one of its outputs failed with, rather than what followed from that.
    """
    failures: list[BaseException] = []

    async def program() -> None:
        _execute(main_file)
        failures.extend(await _settle_outputs())

    try:
        await run_in_stack(program)
    except Exception:
        if failures:
            raise failures[0] from None
        raise


async def _settle_outputs() -> list[BaseException]:
    """Wait until every output has its value, or some have failed; return their errors.

    The SDK does so, too (`wait_for_rpcs`, 3.259.0), but waits for any of them, again and again, which takes a time that
    grows with the square of their number: a third of a program's CPU at 170 resources.
    """
    while True:
        outputs: list[asyncio.Future[object]] = list(SETTINGS.outputs)  # pyright: ignore[reportAttributeAccessIssue]
        done = [output for output in outputs if output.done() and not output.cancelled()]
        errors = [error for output in done if (error := output.exception())]
        pending = [output for output in outputs if not output.done()]
        if errors or not pending:
            # The engine went on after an error of this name, and so does the SDK.
            return [error for error in errors if type(error).__name__ != "ResourceRegistrationFailed"]
        await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)


def _execute(main_file: Path) -> None:
    if not main_file.is_file():
        raise pulumi.RunError(f"unable to find main python program `{main_file.name}` in `{main_file.parent}`")
    runpy.run_path(str(main_file), run_name="__main__")


@contextlib.contextmanager
def event_loop(parallel: int) -> Generator[asyncio.AbstractEventLoop]:
    """Open a loop whose executor allows the engine's parallelism; no task is left behind."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # four threads for each unit, as in Pulumi's own host: a registration keeps a thread waiting
    loop.set_default_executor(ThreadPoolExecutor(max(parallel, 1) * 4))
    try:
        yield loop
    finally:
        pending = asyncio.all_tasks(loop)
        for task in pending:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


def exit_response(exit_request: SystemExit) -> language_pb2.RunResponse:
    """Return what a program's `sys.exit` means: 0 and None are success, a text is shown and is exit code 1."""
    code: Any = exit_request.code
    if code is None or code == 0:
        return language_pb2.RunResponse()
    if not isinstance(code, int):
        pulumi.log.error(str(code))
        code = 1
    return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {code}")


def engine_is_gone(error: Exception) -> bool:
    """Return whether the resource monitor has shut down already, which is then the reason and not the program."""
    return isinstance(error, grpc.RpcError) and getattr(error, "code", lambda: None)() == grpc.StatusCode.UNAVAILABLE


def program_traceback(error: Exception, main_file: Path) -> str:
    """Return the traceback from the program's main module on; the whole where the error came up outside of it.

    A SyntaxError names its file and line by itself and needs no frame of the machinery that found it.
    """
    frames = traceback.extract_tb(error.__traceback__)
    first = next((i for i, frame in enumerate(frames) if frame.filename == str(main_file)), len(frames))
    limit = first - len(frames) or None
    if isinstance(error, SyntaxError) and limit is None:
        limit = 0
    return "".join(traceback.format_exception(error, limit=limit))
