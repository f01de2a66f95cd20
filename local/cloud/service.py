"""A service of ours: from a signed HTTP request to a handler's answer, by botocore's model of the service."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4

import botocore.session
from botocore.model import OperationModel, ServiceModel

from local.cloud import gate, shapes
from local.cloud.errors import AwsError
from local.cloud.gate import Caller
from local.cloud.http import Request, Response

log = logging.getLogger("local.cloud")

Permission = tuple[str, str, Mapping[str, Any]]
"""An IAM action, the resource that it is asked for, and the request's condition keys."""


@dataclass(frozen=True)
class Call:
    """One validated call of an operation."""

    operation: str
    caller: Caller
    input: dict[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        """A member of the input."""
        value = self.input.get(name)
        return default if value is None else value


Handler = Callable[[Call], dict[str, Any]]


@lru_cache(maxsize=1)
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def model(name: str) -> ServiceModel:
    """A service's model, as botocore has it."""
    return _session().get_service_model(name)


class Service:
    """One AWS service: botocore's model, the permissions each call needs and one handler per operation.

    `invalid` is the error code for input that breaks the model.

    An operation without a handler is refused with UnknownOperationException: the local cloud never pretends.
    """

    def __init__(
        self,
        name: str,
        handlers: Mapping[str, Handler],
        permissions: Callable[[Call], list[Permission]],
        invalid: str = "ValidationException",
    ) -> None:
        self.name = name
        self._invalid = invalid
        self.model: ServiceModel = model(name)
        self._handlers = handlers
        self._permissions = permissions
        self._one_at_a_time = threading.RLock()
        self._paths = {
            self.model.operation_model(operation).http["requestUri"]: operation
            for operation in self.model.operation_names
        }

    def handle(self, request: Request) -> Response:
        """Answers one request; blocking."""
        request_id = str(uuid4())
        try:
            caller = gate.authenticate(request)
            operation = self._operation(request)
            call = Call(operation.name, caller, self._input(operation, request))
            for action, resource, context in self._permissions(call):
                gate.authorize(caller, action, resource, context)
            with self._one_at_a_time:
                output = self._handlers[operation.name](call)
        except AwsError as error:
            log.info("%s refused: %s", self.name, error)
            body = json.dumps({"__type": error.code, "message": error.message})
            headers = {"x-amzn-errortype": error.code}
            return self._response(error.status, body, request_id, headers)
        except Exception:
            log.exception("%s failed", self.name)
            return self._response(500, json.dumps({"__type": "InternalFailure"}), request_id, {})
        status = int(operation.http.get("responseCode", 200))
        body = json.dumps(output, default=_plain) if operation.output_shape else ""
        return self._response(status, body, request_id, {})

    def _operation(self, request: Request) -> OperationModel:
        if self.model.metadata["protocol"] == "json":
            name = request.headers.get("x-amz-target", "").rpartition(".")[2]
        else:
            name = self._paths.get(request.path, "")
        if name not in self._handlers:
            given = name or f"{request.method} {request.path}"
            raise AwsError("UnknownOperationException", f"The local cloud does not serve {self.name}: {given}.")
        return self.model.operation_model(name)

    def _input(self, operation: OperationModel, request: Request) -> dict[str, Any]:
        shape, given = operation.input_shape, request.json()
        if shape is None:
            return {}
        found = shapes.violations(shape, given)
        if found:
            raise AwsError(self._invalid, shapes.message(found))
        return shapes.with_timestamps(shape, given)

    def _response(self, status: int, body: str, request_id: str, headers: Mapping[str, str]) -> Response:
        version = self.model.metadata.get("jsonVersion")
        content_type = f"application/x-amz-json-{version}" if version else "application/json"
        return Response(
            status, body.encode(), {"content-type": content_type, "x-amzn-requestid": request_id, **headers}
        )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"{type(value).__name__} cannot be sent")
