"""A service of ours: from a signed HTTP request to a handler's answer, by botocore's model of the service."""

import inspect
import json
import logging
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Unpack, get_args, get_origin, get_type_hints
from uuid import uuid4

import botocore.session
from botocore import xform_name
from botocore.model import OperationModel, ServiceModel, StructureShape

from localcloud.http import rest, shapes
from localcloud.http.errors import AwsError
from localcloud.http.request import Caller, Request, Response

log = logging.getLogger("localcloud")

Permission = tuple[str, str, Mapping[str, Any]]
"""An IAM action, the resource that it is asked for, and the request's condition keys."""
Authenticate = Callable[[Request], Caller]
"""Return who signed a request; raise AwsError for a signature that is refused."""
Authorize = Callable[[Caller, str, str, Mapping[str, Any]], None]
"""Check that a caller has a permission, from its action, resource and condition keys; raise AwsError otherwise."""


@dataclass(frozen=True)
class Call:
    """One validated call of an operation."""

    operation: str
    caller: Caller
    input: dict[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a member of the input."""
        value = self.input.get(name)
        return default if value is None else value


Answer = Mapping[str, Any]
"""The members of an operation's output, by their names on the wire."""
Handler = Callable[[Call], Answer]
Operation = Callable[..., Answer]
"""Serve one operation, from the call, and the request's members by keyword as botocore spells them in Python."""

_MARK = "_serves"


def operation(function: Operation) -> Operation:
    """Mark a method as what serves the operation of its name: `get_branch` serves GetBranch."""
    setattr(function, _MARK, True)
    return function


def handlers(*owners: object, invalid: str = "ValidationException", ignored: Sequence[str] = ()) -> dict[str, Handler]:
    """Return the operations that the owners serve, by the name that botocore's model has for them, in lower case.

    A member that its operation does not declare is refused unless it is empty or false: nothing is silently left out.
    An operation declares many members at once with `**settings: Unpack[...]` of a TypedDict, and says with
    `**_ignored: object` that the others make no difference here.

    Args:
        owners: objects with methods marked as operations.
        invalid: the error code for members that are missing or not declared.
        ignored: members, as on the wire, that make no difference to any operation.
    """
    by_method: dict[str, Handler] = {}
    for owner in owners:
        for name in dir(type(owner)):
            if getattr(getattr(type(owner), name), _MARK, False):
                by_method[name] = _by_keyword(getattr(owner, name), invalid, frozenset(ignored))
    return by_method


def _by_keyword(serve: Operation, invalid: str, ignored: frozenset[str]) -> Handler:
    parameters = inspect.signature(serve).parameters
    required = {name for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY and p.default is p.empty}
    declared = _declared(serve)

    def handle(call: Call) -> Answer:
        sent = {name: value for name, value in call.input.items() if value is not None and name not in ignored}
        members = {xform_name(name): value for name, value in sent.items()}
        if missing := sorted(required - set(members)):
            raise AwsError(invalid, f"{call.operation} needs {', '.join(missing)}.")
        if declared is not None:
            undeclared = sorted(name for name, value in members.items() if name not in declared and value)
            if undeclared:
                text = f"{call.operation}: {', '.join(undeclared)} is not supported by the local cloud."
                raise AwsError(invalid, text)
            members = {name: value for name, value in members.items() if name in declared}
        return serve(call, **members)

    return handle


def _declared(serve: Operation) -> frozenset[str] | None:
    """Return the members that an operation takes; None where it takes all."""
    declared: set[str] = set()
    for name, parameter in inspect.signature(serve).parameters.items():
        if parameter.kind is not parameter.VAR_KEYWORD:
            declared.add(name)
            continue
        # Of this parameter alone: other annotations may name types that are imported for the type checker only.
        annotated = SimpleNamespace(__annotations__={name: parameter.annotation})
        annotation = get_type_hints(annotated, vars(sys.modules[serve.__module__]))[name]
        if get_origin(annotation) is not Unpack:
            return None
        declared.update(get_args(annotation)[0].__annotations__)
    return frozenset(declared)


@lru_cache(maxsize=1)
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def model(name: str) -> ServiceModel:
    """Return a service's model, as botocore has it."""
    return _session().get_service_model(name)


class Service:
    """One AWS service: botocore's model, the permissions each call needs and one method per operation.

    Args:
        name: the service's name in botocore.
        operations: objects whose methods marked with `operation` serve the service.
        permissions: what a call asks IAM for.
        invalid: the error code for input that breaks the model.
        partial: whether the emulator serves the operations that are not served here; else they are refused.
        ignored: members, as on the wire, that make no difference to any operation.

    An operation that nobody serves is refused with UnknownOperationException: the local cloud never pretends.
    """

    def __init__(
        self,
        name: str,
        operations: Sequence[object],
        permissions: Callable[[Call], list[Permission]],
        invalid: str = "ValidationException",
        *,
        partial: bool = False,
        ignored: Sequence[str] = (),
    ) -> None:
        self.name = name
        self._partial = partial
        self._invalid = invalid
        self.model: ServiceModel = model(name)
        self._handlers = self._named(handlers(*operations, invalid=invalid, ignored=ignored))
        self._permissions = permissions
        self._check: Callable[[Call], None] = lambda _call: None
        self._one_at_a_time = threading.RLock()
        self._is_rest = self.model.metadata["protocol"] == "rest-json"
        self._routes = rest.Routes(self.model) if self._is_rest else None

    def refusing(self, check: Callable[[Call], None]) -> "Service":
        """Have `check` raise AwsError for what else is refused, once IAM has allowed a call; return the service."""
        self._check = check
        return self

    def _named(self, by_method: Mapping[str, Handler]) -> dict[str, Handler]:
        names = {xform_name(name): name for name in self.model.operation_names}
        return {names[method]: handler for method, handler in by_method.items()}

    @property
    def operations(self) -> list[str]:
        """The operations that are served here, by name."""
        return sorted(self._handlers)

    def serves(self, request: Request) -> bool:
        """Return whether the request's operation is ours; only its head is looked at."""
        return not self._partial or self._route(request)[0] in self._handlers

    def handle(self, request: Request, authenticate: Authenticate, authorize: Authorize) -> Response:
        """Answer one request; blocking."""
        request_id = str(uuid4())
        try:
            caller = authenticate(request)
            operation, labels = self._operation(request)
            call = Call(operation.name, caller, self._input(operation, request, labels))
            for action, resource, context in self._permissions(call):
                authorize(caller, action, resource, context)
            self._check(call)
            with self._one_at_a_time:
                output = self._handlers[operation.name](call)
        except AwsError as error:
            log.info("%s refused: %s", self.name, error)
            body = json.dumps({"__type": error.code, "message": error.message})
            headers = {"x-amzn-errortype": error.code}
            status = rest.status_of(self.model, error) if self._is_rest else error.status
            return self._response(status, body, request_id, headers)
        except Exception:
            log.exception("%s failed", self.name)
            return self._response(500, json.dumps({"__type": "InternalFailure"}), request_id, {})
        status, shape = int(operation.http.get("responseCode", 200)), operation.output_shape
        if not isinstance(shape, StructureShape):
            return self._response(status, "", request_id, {})
        if self._is_rest:
            status, output = rest.output_of(shape, output, status)
            if "RequestId" in shape.members:
                output["RequestId"] = request_id
        return self._response(status, json.dumps(output, default=_plain), request_id, {})

    def _route(self, request: Request) -> tuple[str, dict[str, str]]:
        """Return the name of a request's operation, '' for none, and the labels of its path."""
        if self._routes:
            return self._routes.find(request)
        return request.operation, {}

    def _operation(self, request: Request) -> tuple[OperationModel, dict[str, str]]:
        name, labels = self._route(request)
        if name not in self._handlers:
            asked = name or f"{request.method} {request.path}"
            raise AwsError("UnknownOperationException", f"The local cloud does not serve {self.name}: {asked}.")
        return self.model.operation_model(name), labels

    def _input(self, operation: OperationModel, request: Request, labels: dict[str, str]) -> dict[str, Any]:
        shape = operation.input_shape
        if shape is None:
            return {}
        members = rest.input_of(shape, request, labels) if self._is_rest else request.json()
        if violations := shapes.violations(shape, members):
            raise AwsError(self._invalid, shapes.message(violations))
        return shapes.with_timestamps(shape, members)

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
