"""How many executions of functions run at once: what functions may reserve, and events that find no room.

Sources: Lambda developer guide, "Configuring reserved concurrency for a function", "How Lambda handles errors and
retries with asynchronous invocation"; API reference, PutFunctionConcurrency and GetAccountSettings.
"""
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

from ministack.core import iam_actions
from ministack.services import lambda_svc

_UNRESERVED: Final = 100
"""Executions that stay for functions without a reservation. An account whose limit is lower may reserve nothing: its
error names the limit."""
_AGE_SPEED_UP: Final = 60
"""How many times faster an event grows old here than its `MaximumEventAgeInSeconds`."""
_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 5.0
_ACTIONS: Final = {"GET": "GetFunctionConcurrency", "DELETE": "DeleteFunctionConcurrency"}

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""When the event of an asynchronous invocation is too old, in seconds of the monotonic clock."""

Answer = tuple[int, dict[str, str], bytes]


def enforce(account_limit: Callable[[], int]) -> None:
    """Keep reservations within the account's limit of concurrent executions, and let events wait for room.

    The emulator takes any reservation, and counts an event that finds no room as a failed attempt.
    """
    lambda_svc._put_function_concurrency = _within(account_limit, lambda_svc._put_function_concurrency)
    lambda_svc._get_account_settings = _with_limit(account_limit, lambda_svc._get_account_settings)
    lambda_svc.invoke_async_with_retry = _with_deadline(lambda_svc.invoke_async_with_retry)
    lambda_svc._execute_function = _waiting_for_room(lambda_svc._execute_function)
    iam_actions._lambda_action = _with_actions(iam_actions._lambda_action)


def _reserved(but: str = "") -> int:
    """Return what the functions have reserved, without one of them."""
    functions = ((name, lambda_svc._functions[name]) for name in list(lambda_svc._functions.keys()))
    return sum(record.get("concurrency") or 0 for name, record in functions if name != but)


def _within(account_limit: Callable[[], int], put: Callable[..., Answer]) -> Callable[..., Answer]:
    def put_function_concurrency(name: str, data: dict[str, Any]) -> Answer:
        limit = account_limit()
        least = min(_UNRESERVED, limit)
        if name in lambda_svc._functions and limit - _reserved(but=name) - data["ReservedConcurrentExecutions"] < least:
            message = (
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{least}]."
            )
            return lambda_svc.error_response_json("InvalidParameterValueException", message, 400)
        return put(name, data)

    return put_function_concurrency


def _with_limit(account_limit: Callable[[], int], get: Callable[[], Answer]) -> Callable[[], Answer]:
    def get_account_settings() -> Answer:
        status, headers, body = get()
        answer, limit = json.loads(body), account_limit()
        answer["AccountLimit"]["ConcurrentExecutions"] = limit
        answer["AccountLimit"]["UnreservedConcurrentExecutions"] = max(0, limit - _reserved())
        return status, headers, json.dumps(answer).encode()

    return get_account_settings


def _with_deadline(invoke: Callable[..., None]) -> Callable[..., None]:
    def invoke_async_with_retry(function: dict[str, Any], event: dict[str, Any]) -> None:
        configuration = function.get("event_invoke_config") or {}
        age = int(configuration.get("MaximumEventAgeInSeconds", 6 * 3600)) / _AGE_SPEED_UP
        # The emulator's thread for the event takes a copy of this context.
        token = _deadline.set(time.monotonic() + age)
        try:
            invoke(function, event)
        finally:
            _deadline.reset(token)

    return invoke_async_with_retry


def _waiting_for_room(execute: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def execute_function(function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        deadline, wait = _deadline.get(), _FIRST_WAIT
        result = execute(function, event)
        while result.get("throttle") and deadline is not None and time.monotonic() + wait < deadline:
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
            result = execute(function, event)
        return result

    return execute_function


def _with_actions(action_of: Callable[[str, str], str | None]) -> Callable[[str, str], str | None]:
    def lambda_action(method: str, path: str) -> str | None:
        if path.rstrip("/").endswith("/account-settings"):
            return "GetAccountSettings"
        action = action_of(method, path)
        return _ACTIONS.get(method, action) if action == "PutFunctionConcurrency" else action

    return lambda_action
