"""Answers of an AWS that is overloaded or out of order, in the form of each protocol, at random by a seed.

Sources: "AWS JSON 1.0 and 1.1 protocols", "AWS query protocol" and "AWS restJson1 protocol" (Smithy 2.0), "Common
errors" of the services' API references, "Error responses" (Amazon S3 API Reference).
"""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import Final
from xml.sax.saxutils import escape

from chaos.proxy import Answer, Fault, Request

_REQUEST_ID: Final = "00000000-0000-4000-8000-000000000000"
# Codes of the services whose models or references name another one than ThrottlingException, with the HTTP status.
_THROTTLING: Final = {
    "s3": ("SlowDown", 503),
    "lambda": ("TooManyRequestsException", 429),
    "athena": ("TooManyRequestsException", 400),
    "servicequotas": ("TooManyRequestsException", 400),
    "lakeformation": ("ThrottledException", 429),
    "quicksight": ("ThrottlingException", 429),
    "access-analyzer": ("ThrottlingException", 429),
    "sqs": ("RequestThrottled", 400),
}
_OF_QUERY: Final = ("Throttling", 400)
_REST_JSON: Final = frozenset({"lambda", "lakeformation", "quicksight", "chatbot", "access-analyzer", "xray"})


def throttled(request: Request) -> Answer:
    """Return the refusal of a service that gets too many requests."""
    default = _OF_QUERY if request.is_form else ("ThrottlingException", 429 if request.service in _REST_JSON else 400)
    code, status = _THROTTLING.get(request.service, default)
    return _error(request, status, code, "Rate exceeded")


def failed(request: Request) -> Answer:
    """Return the answer of a service that fails; whether it did what was asked for does not show."""
    code = "InternalError" if request.service == "s3" else "InternalFailure"
    return _error(request, 500, code, "We encountered an internal error. Please try again.")


def _error(request: Request, status: int, code: str, message: str) -> Answer:
    if request.service == "s3":
        body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message><RequestId>{_REQUEST_ID}</RequestId>"
        return _xml(status, f"{body}</Error>", {"x-amz-request-id": _REQUEST_ID})
    if request.is_form:
        kind = "Receiver" if status >= 500 else "Sender"  # noqa: PLR2004 HTTP's limit between them
        error = f"<Error><Type>{kind}</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        return _xml(
            status, f"<ErrorResponse>{error}<RequestId>{_REQUEST_ID}</RequestId></ErrorResponse>",
            {"x-amzn-RequestId": _REQUEST_ID},
        )  # fmt: skip
    is_rest = request.service in _REST_JSON
    headers = {"Content-Type": request.headers.get("content-type", "application/json") if not is_rest
               else "application/json", "x-amzn-RequestId": _REQUEST_ID}  # fmt: skip
    if is_rest:
        headers["x-amzn-ErrorType"] = code
    content = {"message": message} if is_rest else {"__type": code, "message": message}
    return Answer(status=status, headers=headers, body=json.dumps(content).encode())


def _xml(status: int, body: str, headers: dict[str, str]) -> Answer:
    document = f'<?xml version="1.0" encoding="UTF-8"?>{body}'
    return Answer(status=status, headers={"Content-Type": "text/xml", **headers}, body=document.encode())


class Faults:
    """Judges requests at random: a share of them is refused, fails, or is carried out and then answered with an error.

    Args:
        seed: the same one gives the same sequence of faults; which request gets which depends on who asks first.
        rate: the share of requests with a fault, from 0 to 1.
        may_lose: whether the answer of a request may be lost.
    """

    def __init__(self, seed: int, rate: float, may_lose: Callable[[Request], bool]) -> None:
        self.counts: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        """Answers that were lost, by operation."""
        self.all: Counter[str] = Counter()
        """Faults of all kinds, by operation."""
        self._random = random.Random(seed)  # noqa: S311 no secret
        self._rate = rate
        self._may_lose = may_lose
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Fault | None:
        """Return the fault of a request; None for most."""
        with self._lock:
            is_faulty, kind = self._random.random() < self._rate, self._random.choice(("throttled", "failed", "lost"))
            self.counts["requests"] += 1
            if not is_faulty:
                return None
            if kind == "lost" and not self._may_lose(request):
                kind = "failed"
            self.counts[kind] += 1
            self.all[request.operation] += 1
            if kind == "lost":
                self.lost[request.operation] += 1
        answer = throttled(request) if kind == "throttled" else failed(request)
        return Fault(answer=answer, is_carried_out=kind == "lost")
