"""Who calls, and whether they may: the emulator's own signature check and IAM evaluation for the services of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.emulator import identity
from localcloud.emulator.identity import CredentialsError
from localcloud.http.errors import AwsError, denied
from localcloud.http.request import Request

_SCOPE_PARTS = 5
_UNSIGNED = frozenset(
    {"InvalidSignatureException", "IncompleteSignatureException", "MissingAuthenticationTokenException"}
)


@dataclass(frozen=True)
class Caller:
    """The authenticated caller of one request, and the region that it signed for."""

    arn: str
    principal_id: str
    access_key: str
    region: str
    service: str

    def identity(self) -> dict[str, Any]:
        """The caller as SageMaker's UserContext names somebody who is no Studio user profile."""
        return {"IamIdentity": {"Arn": self.arn, "PrincipalId": self.principal_id}}


def signed_service(headers: Mapping[str, str]) -> str:
    """The service of the SigV4 credential scope, or ''."""
    return _scope(headers)[3]


def signed_region(headers: Mapping[str, str]) -> str:
    """The region of the SigV4 credential scope, or ''."""
    return _scope(headers)[2]


def _scope(headers: Mapping[str, str]) -> list[str]:
    """The credential scope's parts: access key, date, region, service, `aws4_request`."""
    _, _, rest = headers.get("authorization", "").partition("Credential=")
    parts = rest.split(",", 1)[0].split("/")
    return parts if len(parts) == _SCOPE_PARTS else [""] * _SCOPE_PARTS


def authenticate(request: Request) -> Caller:
    """Checks the request's time, token and signature.

    Raises:
        AwsError: with AWS's code, e.g. SignatureDoesNotMatch or UnrecognizedClientException.
    """
    try:
        credentials, region = identity.authenticate(request)
    except CredentialsError as error:
        raise _refused(error) from error
    service = signed_service(request.headers)
    return Caller(credentials.principal_arn, credentials.principal_id, credentials.access_key_id, region, service)


def _refused(error: CredentialsError) -> AwsError:
    code = {"SignatureDoesNotMatch": "InvalidSignatureException"}.get(error.code, error.code)
    return AwsError(code, error.message, 403 if code in _UNSIGNED else 400)


def known_caller(request: Request) -> Caller | None:
    """The caller; None when the request is not properly signed, which the emulator answers in its own protocol."""
    try:
        return authenticate(request)
    except AwsError:
        return None


def authorize(caller: Caller, action: str, resource: str, context: Mapping[str, Any] | None = None) -> None:
    """Asks the caller's policies, boundary and session policies for one action on one resource.

    Raises:
        AwsError: AccessDeniedException in AWS's words.
    """
    try:
        decision = identity.decide(caller.access_key, action, resource, caller.region, context or {})
    except CredentialsError as error:
        raise _refused(error) from error
    if decision != "Allow":
        raise denied(caller.arn, action, resource, explicit=decision == "Deny")


def authorize_pass_role(caller: Caller, role_arn: str, service: str) -> None:
    """Asks for iam:PassRole on a role that the caller hands to a service.

    Raises:
        AwsError: AccessDeniedException.
    """
    authorize(caller, "iam:PassRole", role_arn, {"iam:PassedToService": service})
