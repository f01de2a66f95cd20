"""AWS's REST protocol: operations found by method and path, members in path, query and headers, by botocore's model.

Source: Smithy 2.0, "HTTP bindings" and "AWS restJson1 protocol".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape

from localcloud.http.errors import AwsError
from localcloud.http.request import Request

_LABEL = re.compile(r"\{([^{}+]+)(\+?)\}")
_INTEGERS = ("integer", "long")
_NUMBERS = ("float", "double")
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True)
class Route:
    """One operation's method, path template and the query parameters that are part of its address."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: Mapping[str, list[str]]
    labels: int

    @classmethod
    def of(cls, operation: OperationModel) -> "Route":
        """Return the route of an operation's HTTP trait."""
        path, _, query = operation.http["requestUri"].partition("?")
        pattern, at = "", 0
        for label in _LABEL.finditer(path):
            # A greedy label takes slashes too; no name of a member is longer than a group's may be.
            part = ".+" if label[2] else "[^/]+"
            pattern += f"{re.escape(path[at : label.start()])}(?P<{label[1]}>{part})"
            at = label.end()
        pattern += re.escape(path[at:])
        labels = len(_LABEL.findall(path))
        parameters = parse_qs(query, keep_blank_values=True)
        return cls(operation.name, operation.http["method"], re.compile(pattern), parameters, labels)

    def match(self, request: Request) -> dict[str, str] | None:
        """Return the path's labels, decoded; None when the request is for another operation."""
        if request.method != self.method or any(request.query.get(key) != value for key, value in self.query.items()):
            return None
        # The raw path: a label may hold an encoded slash.
        path = self.path.fullmatch(request.raw_path.partition("?")[0])
        return {name: unquote(value) for name, value in path.groupdict().items()} if path else None


class Routes:
    """A service's operations; a literal path goes before one with labels."""

    def __init__(self, model: ServiceModel) -> None:
        routes = (Route.of(model.operation_model(name)) for name in model.operation_names)
        self._routes = sorted(routes, key=lambda route: (route.labels, -len(route.query)))

    def find(self, request: Request) -> tuple[str, dict[str, str]]:
        """Return the operation's name, '' for none, and the labels of its path."""
        for route in self._routes:
            labels = route.match(request)
            if labels is not None:
                return route.operation, labels
        return "", {}


def input_of(shape: Shape, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return a request's members, from wherever they are bound to.

    Raises:
        AwsError: SerializationException for text that is no number or boolean where one is bound.
    """
    assert isinstance(shape, StructureShape)  # noqa: S101 (an operation's input always is one)
    payload = shape.serialization.get("payload")
    members: dict[str, Any] = {} if payload else dict(request.json())
    if payload and request.body:
        members[payload] = request.json() if isinstance(shape.members[payload], StructureShape) else request.body
    for name, member in shape.members.items():
        bound = _bound(name, member, request, labels)
        if bound is not None:
            members[name] = bound
    return members


def _bound(name: str, member: Shape, request: Request, labels: Mapping[str, str]) -> Any:
    location, wire = member.serialization.get("location"), member.serialization.get("name", name)
    if location == "uri":
        return _value(member, labels[wire], name) if wire in labels else None
    if location == "header":
        text = request.headers.get(wire.lower())
        return None if text is None else _value(member, text, name)
    if location == "headers":
        start = wire.lower()
        return {key[len(start) :]: value for key, value in request.headers.items() if key.startswith(start)} or None
    if location == "querystring" and wire in request.query:
        values = request.query[wire]
        if isinstance(member, ListShape):
            return [_value(member.member, text, name) for text in values]
        return _value(member, values[-1], name)
    return None


def _value(shape: Shape, text: str, name: str) -> Any:
    try:
        if shape.type_name in _INTEGERS:
            return int(text)
        if shape.type_name in _NUMBERS:
            return float(text)
        if shape.type_name == "boolean":
            return _BOOLEANS[text]
    except (ValueError, KeyError):
        raise AwsError("SerializationException", f"{name}: {text!r} is not of type {shape.type_name}") from None
    return text


def output_of(shape: StructureShape, output: Mapping[str, Any], status: int) -> tuple[int, dict[str, Any]]:
    """Return the status and the body of an answer: a member that is bound to the status is no part of the body."""
    body = dict(output)
    for name, member in shape.members.items():
        if member.serialization.get("location") == "statusCode":
            status = int(body.pop(name, status))
    return status, body


def status_of(model: ServiceModel, error: AwsError) -> int:
    """Return the HTTP status that the model gives an error; the error's own where it gives none."""
    shape = model.shape_for(error.code) if error.code in model.shape_names else None
    return int(shape.metadata.get("error", {}).get("httpStatusCode", error.status)) if shape else error.status
