"""One process of the notifier's benchmark: Lambda's, with the zip's files and the runtime's boto3 and nothing else.

`python -I -S -B notifier_process.py REQUEST`: a JSON file with `path`, `work`, `event`, `events` and `calls`. Standard
output is the function's log; the last line of standard error is the cost.
"""

import ast
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

_REQUEST: Final[dict[str, Any]] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
sys.path[:0] = _REQUEST["path"]

_SERVICES: Final = ("sagemaker", "codepipeline", "glue", "s3", "sns", "dynamodb")
_CONTEXT: Final = SimpleNamespace(
    function_name="notifier",
    function_version="1",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:us-east-2:123456789012:function:notifier",
    aws_request_id="request",
    get_remaining_time_in_millis=lambda: 30_000,
)


def bare_clients() -> dict[str, Any]:
    """Create the notifier's clients, and nothing else, as it creates them."""
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
    session: Any = boto3.session.Session()
    return {service: session.client(service, config=config) for service in _SERVICES}


def notifier() -> tuple[dict[str, Any], Callable[[], None]]:
    """Import the handler; return its clients, and what handles the event."""
    import handler  # type: ignore[import-not-found] (it is at the zip's root)

    clients = vars(handler.notifier._clients)  # noqa: SLF001 (a benchmark looks inside)
    return clients, lambda: handler.handler(_REQUEST["event"], cast("Any", _CONTEXT))


def recorded(clients: dict[str, Any], handle: Callable[[], None]) -> list[str]:
    """Return the calls that one event takes, each the text of its service, its method and its parameters."""
    from botocore import xform_name

    calls: list[str] = []

    def note(params: dict[str, Any], model: Any, **_: object) -> None:
        calls.append(repr((model.service_model.service_name, xform_name(model.name), params)))

    for client in clients.values():
        client.meta.events.register("provide-client-params.*.*", note)
    handle()
    return calls


def bare(clients: dict[str, Any]) -> Callable[[], None]:
    """Return what makes the calls that the notifier makes of an event."""
    calls = [ast.literal_eval(call) for call in _REQUEST["calls"]]

    def handle() -> None:
        for service, method, params in calls:
            result = getattr(clients[service], method)(**params)
            if "Body" in result:
                result["Body"].read()

    return handle


def timed(handle: Callable[[], None]) -> dict[str, float]:
    """Return the seconds of one event, the mean of many that follow some others."""
    for _ in range(3):
        handle()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(_REQUEST["events"]):
        handle()
    return {
        "wall": (time.perf_counter() - wall) / _REQUEST["events"],
        "cpu": (time.process_time() - cpu) / _REQUEST["events"],
    }


def main() -> object:
    """Do the work that the request names; return what is printed of it."""
    work = _REQUEST["work"]
    if work == "cold bare":
        bare_clients()
        return {"cpu": time.process_time()}
    if work == "cold notifier":
        notifier()
        return {"cpu": time.process_time()}
    if work == "warm bare":
        return timed(bare(bare_clients()))
    clients, handle = notifier()
    return recorded(clients, handle) if work == "calls" else timed(handle)


if __name__ == "__main__":
    sys.stderr.write(f"{json.dumps(main())}\n")
    sys.stderr.flush()
