"""Requests to the emulator: the application that answers them, and on what it authorizes them."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote
from uuid import uuid4

from ministack import app
from ministack.core import iam_actions, responses, router

from localcloud.http.errors import DENIED, AwsError
from localcloud.http.request import Application, Request, Response
from localcloud.layout import ACCOUNT

ResourceOf = Callable[[str, bytes, Mapping[str, Any], str], str | None]
"""The ARN that a request to a service is authorized on, from its body, its parameters and its region; None where the
emulator's own is right."""
ConditionKeysOf = Callable[[str, str, bytes, Mapping[str, Any]], dict[str, Any]]
"""Condition keys to add to a request's, from its service, its IAM action, its body and its parameters."""


def application(resource_of: ResourceOf, condition_keys_of: ConditionKeysOf) -> Application:
    """Return the emulator's ASGI application, which authorizes requests with what the two functions add."""
    iam_actions.extract_resource_arn = authorized_resource(resource_of)
    iam_actions.request_tag_context = _condition_keys(condition_keys_of)
    return app.app


def authorized_resource(resource_of: ResourceOf) -> Callable[..., str]:
    """Return the emulator's function for the ARN that a request is authorized on, corrected by `resource_of`."""
    extract = iam_actions.extract_resource_arn

    def extract_resource_arn(  # noqa: PLR0913, PLR0917 (the emulator's signature)
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, Any],
        region: str,
        account_id: str,
    ) -> str:
        arn = resource_of(service, body, query_params, region)
        return arn or extract(service, method, path, headers, body, query_params, region, account_id)

    return extract_resource_arn


def _condition_keys(condition_keys_of: ConditionKeysOf) -> Callable[..., dict[str, Any]]:
    tags_of = iam_actions.request_tag_context

    def request_tag_context(service: str, iam_action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        tags = tags_of(service, iam_action, body, params)
        return {**tags, **condition_keys_of(service, iam_action, body, params)}

    return request_tag_context


def s3_action(request: Request) -> str | None:
    """Return the IAM action that a request to S3 needs, e.g. `s3:GetObject`."""
    return iam_actions.extract_iam_action("s3", request.method, request.path, request.headers, b"", request.query)


def s3_object(request: Request) -> tuple[str, str]:
    """Return the bucket and the key, either empty, that a request to S3 is about; its address has the path style."""
    bucket, _, key = unquote(request.raw_path).lstrip("/").partition("/")
    return bucket, key


def authorization_of(service: str, request: Request) -> tuple[str, str, dict[str, Any]]:
    """Return the IAM action that a request needs, the ARN that it is authorized on and its condition keys."""
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    form = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True) if is_form else {}
    parameters = {**request.query, **form}
    method, path, headers, body = request.method, request.path, request.headers, request.body
    region = router.extract_region(headers, request.query)
    action = iam_actions.extract_iam_action(service, method, path, headers, body, parameters) or f"{service}:*"
    resource = iam_actions.extract_resource_arn(service, method, path, headers, body, parameters, region, ACCOUNT)
    return action, resource, iam_actions.request_tag_context(service, action, body, parameters)


def refusal(service: str, error: AwsError, headers: Mapping[str, str]) -> Response:
    """Return an error in the protocol of a request to a service; a denial has the service's own code for it."""
    # The emulator words the denials of Logs itself, unless they come with a code.
    is_denial = error.code == DENIED and service != "logs"
    status, response_headers, body = iam_actions.access_denied_response(
        service, "", "", str(uuid4()), error_code="" if is_denial else error.code, message=error.message,
        headers=dict(headers),
    )  # fmt: skip
    status = status if is_denial else error.status
    responses.fix_error_content_type(service, status, response_headers)
    return Response(status, body, response_headers)
