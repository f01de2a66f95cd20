"""The record of an invocation that failed.

Source: Lambda developer guide, "Capturing records of Lambda asynchronous invocations".
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypedDict
from uuid import uuid4

from localcloud.emulator.functions import Function, InvocationResult


class RequestContext(TypedDict):
    """What was invoked, how often, and why it ended."""

    requestId: str
    functionArn: str
    condition: str
    approximateInvokeCount: int


class ResponseContext(TypedDict):
    """How the last attempt ended."""

    statusCode: int
    executedVersion: str
    functionError: str


class InvocationRecord(TypedDict):
    """What a destination gets; the payloads are JSON values."""

    version: str
    timestamp: str
    requestContext: RequestContext
    requestPayload: object
    responseContext: ResponseContext
    responsePayload: object


def invocation_record(function: Function, event: object, result: InvocationResult) -> InvocationRecord:
    """Return the record of an invocation whose retries are exhausted, now."""
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": str(uuid4()),
            "functionArn": f"{function.arn}:$LATEST",
            "condition": "EventAgeExceeded" if result.get("throttle") else "RetriesExhausted",
            "approximateInvokeCount": function.retry_attempts + 1,
        },
        "requestPayload": event,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": result.get("function_error") or "Unhandled",
        },
        "responsePayload": error_of(result),
    }


def error_of(result: InvocationResult) -> dict[str, object]:
    """Return the error object of a failed attempt: `errorMessage`, `errorType` and more; empty where there is none."""
    body = result.get("body")
    return body if isinstance(body, dict) else {}
