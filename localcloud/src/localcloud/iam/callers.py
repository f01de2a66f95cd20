"""Who calls: the principal that signed a request."""

from collections.abc import Mapping

from localcloud.clients import AccessKey, Clients
from localcloud.emulator import identity
from localcloud.emulator.identity import CredentialsError
from localcloud.http.errors import AwsError, validation
from localcloud.http.request import Caller, Request

_SCOPE_PARTS = 5
_FORBIDDEN = frozenset(
    {"InvalidSignatureException", "IncompleteSignatureException", "MissingAuthenticationTokenException"}
)
"""Codes that AWS's JSON services answer with status 403; the others come with 400."""


def signed_service(headers: Mapping[str, str]) -> str:
    """Return the service of the SigV4 credential scope, or ''."""
    return _scope(headers)[3]


def signed_region(headers: Mapping[str, str]) -> str:
    """Return the region of the SigV4 credential scope, or ''."""
    return _scope(headers)[2]


def _scope(headers: Mapping[str, str]) -> list[str]:
    """Return the credential scope's parts: access key, date, region, service, `aws4_request`."""
    _, _, rest = headers.get("authorization", "").partition("Credential=")
    parts = rest.split(",", 1)[0].split("/")
    return parts if len(parts) == _SCOPE_PARTS else [""] * _SCOPE_PARTS


def authenticate(request: Request) -> Caller:
    """Return the caller of a request, after a check of its time, token and signature.

    Raises:
        AwsError: with AWS's code, e.g. InvalidSignatureException or UnrecognizedClientException.
    """
    try:
        credentials, region = identity.authenticate(request)
    except CredentialsError as error:
        raise refused_credentials(error) from error
    service = signed_service(request.headers)
    return Caller(credentials.principal_arn, credentials.principal_id, credentials.access_key_id, region, service)


def refused_credentials(error: CredentialsError) -> AwsError:
    """Return the answer of AWS's JSON services to credentials that are refused."""
    code = {"SignatureDoesNotMatch": "InvalidSignatureException"}.get(error.code, error.code)
    return AwsError(code, error.message, 403 if code in _FORBIDDEN else 400)


def known_caller(request: Request) -> Caller | None:
    """Return the caller; None for a request without a proper signature, which the emulator refuses in its protocol."""
    try:
        return authenticate(request)
    except AwsError:
        return None


def clients_of(caller: Caller, endpoint: str) -> Clients:
    """Return clients that act as the caller of a request.

    Raises:
        AwsError: ValidationException when the credentials have expired meanwhile.
    """
    try:
        key = identity.credentials(caller.access_key)
    except CredentialsError as error:
        raise validation(error.message) from error
    return Clients(endpoint, caller.region, AccessKey(key.access_key_id, key.secret_access_key), key.session_token)
