"""Clients with the credentials of a request's caller or of a service's role session: IAM decides what they may do."""

import re
from typing import Any

from localcloud.emulator.identity import CredentialsError, credentials
from localcloud.http.errors import validation
from localcloud.iam.gate import Caller
from localcloud.server.clients import Clients
from localcloud.server.keys import AccessKey

_ACTION = re.compile(r"(is not authorized to perform: \S+)")


def clients_of(caller: Caller, endpoint: str) -> Clients:
    """Clients that act as the caller of a request.

    Raises:
        AwsError: ValidationException when the credentials have expired meanwhile.
    """
    try:
        key = credentials(caller.access_key)
    except CredentialsError as error:
        raise validation(error.message) from error
    return Clients(endpoint, caller.region, AccessKey(key.access_key_id, key.secret_access_key), key.session_token)


def clients_of_session(environment: dict[str, str], region: str, endpoint: str) -> Clients:
    """Clients of a role session, from the environment variables that `roles.assume` returns."""
    key = AccessKey(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    return Clients(endpoint, region, key, environment["AWS_SESSION_TOKEN"])


def denial_text(error: Any, resource: str | None = None) -> str:
    """The message of a botocore ClientError, with the resource's ARN where the emulator's S3 leaves it out."""
    text = str(error.response.get("Error", {}).get("Message", error))
    if resource and "on resource" not in text:
        text = _ACTION.sub(rf'\1 on resource: "{resource}"', text)
    return text


def error_code(error: Any) -> str:
    """The code of a botocore ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))


DENIALS = frozenset({"AccessDenied", "AccessDeniedException", "403", "Forbidden"})
"""Codes with which services refuse for lack of permission."""
