"""Lambda in the emulator: how functions are run, and who is told of failed asynchronous invocations."""
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from ministack.core import iam_evaluator, lambda_runtime
from ministack.services import lambda_svc

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef


class InvocationResult(TypedDict, total=False):
    """How an attempt ended: the JSON value that the function returned, or its error, and the kind of the error.

    `throttle` is true where there was no room for it.
    """

    body: object
    function_error: str
    throttle: bool


_UNREADABLE = {
    "ErrorCode": "AccessDeniedException",
    "Message": "Lambda was unable to decrypt your environment variables because the KMS access was denied. "
    "Please check your KMS permissions.",
}
FailureRoute = Callable[[str, str, object, InvocationResult], None]
"""Called with the target's ARN, the function's name, the event, and the result of the last attempt."""


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function, and what becomes of asynchronous invocations: how often they are tried again, where failures go."""

    arn: str
    configuration: FunctionConfigurationTypeDef
    retry_attempts: int
    failure_destination: str | None


def run_python_with(launcher: Path) -> None:
    """Run the functions with a Python runtime by a launcher that takes the interpreter's arguments."""
    detect = lambda_runtime._detect_runtime_binary

    def detect_runtime_binary(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        return (str(launcher) if runtime.startswith("python") else binary), script

    lambda_runtime._detect_runtime_binary = detect_runtime_binary


def end_processes() -> None:
    """End the processes of all functions."""
    lambda_runtime.reset()


def function(name: str) -> Function:
    """Return the function of a name.

    Raises:
        KeyError: where there is none.
    """
    record = lambda_svc._functions[name]
    invocations = record.get("event_invoke_config") or {}
    return Function(
        arn=record["config"]["FunctionArn"],
        configuration=record["config"],
        retry_attempts=int(invocations.get("MaximumRetryAttempts", 2)),
        failure_destination=(invocations.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination"),
    )


def key_of(name: str) -> str | None:
    """Return the ARN of the key of a function's environment variables; None without one or without such a function."""
    record = lambda_svc._functions.get(name)
    return (record["config"].get("KMSKeyArn") or None) if record else None


def hide_variables(may_read: Callable[[str, str], bool]) -> None:
    """Answer a function's configuration without its variables where its key may not be used to read them.

    `may_read` is called with the caller's access key and the ARN of the function's key.
    """
    lambda_svc._get_function_config = _hiding(lambda_svc._get_function_config, may_read)
    lambda_svc._get_function = _hiding(lambda_svc._get_function, may_read)


def _hiding(get: Callable[..., tuple[Any, ...]], may_read: Callable[[str, str], bool]) -> Callable[..., Any]:
    def get_without_secrets(name: str, qualifier: str | None = None) -> tuple[Any, ...]:
        status, headers, body = get(name, qualifier)
        answer = json.loads(body)
        configuration = answer.get("Configuration", answer)
        access_key, key = iam_evaluator._verified_key.get(), configuration.get("KMSKeyArn")
        if key and configuration.get("Environment") and not may_read(access_key, key):
            configuration["Environment"] = {"Error": dict(_UNREADABLE)}
            return status, headers, json.dumps(answer).encode()
        return status, headers, body

    return get_without_secrets


def execution_credentials(function: Function) -> dict[str, str]:
    """Return credentials of a function's role as environment variables: AWS_ACCESS_KEY_ID and the two others."""
    return lambda_runtime.execution_credentials(dict(function.configuration))


def route_failures(route: FailureRoute) -> None:
    """Call `route` for each invocation whose retries are exhausted and that has a destination or dead-letter queue."""
    lambda_svc._route_async_failure = route
