"""The cloud's internal endpoints below `/_local/`, for the tools on this machine: they need the bearer token."""

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.request import Request, Response

Route = Callable[[Request], Any]


class Internal:
    """Answer `METHOD /_local/name` from a table of routes; a route's value is sent as JSON."""

    def __init__(self, token: str, routes: Mapping[tuple[str, str], Route]) -> None:
        self._token = token
        self._routes = routes

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return _json(401, {"message": "A bearer token is needed; it is in the credentials file."})
        route = self._routes.get((request.method, request.path))
        if route is None:
            return _json(404, {"message": f"There is no {request.method} {request.path}."})
        try:
            return _json(200, route(request))
        except KeyError as error:
            return _json(400, {"message": f"The request has no {error}."})
        except (ValueError, AwsError) as error:
            return _json(400, {"message": str(error)})


def _json(status: int, value: Any) -> Response:
    return Response(status, json.dumps(value).encode(), {"content-type": "application/json"})
