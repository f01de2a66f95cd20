"""Who calls, and whether they may: the emulator's own signature check and IAM evaluation for the services of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator, responses, router

from localcloud.http.errors import AwsError, denied
from localcloud.http.request import Request
from localcloud.layout import ACCOUNT

_SCOPE_PARTS = 5


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
    access_key = router.extract_access_key_id(request.headers, request.query)
    region = router.extract_region(request.headers, request.query)
    responses.set_request_account_id(access_key)
    responses.set_request_region(region)
    responses.set_request_client_ip(request.client)
    iam_evaluator.pin_request_origin(request.client, secure_transport=True)
    iam_evaluator.pin_signed_request(request.method, request.raw_path, request.query, request.raw_headers)
    iam_evaluator.pin_signed_body(request.body)
    if not access_key:
        raise AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
    found = iam_evaluator.authenticate(access_key, ACCOUNT)
    if not isinstance(found, iam_evaluator.ResolvedCredential):
        raise _refused(found)
    return Caller(found.principal_arn, found.principal_id, access_key, region, signed_service(request.headers))


def _refused(found: iam_evaluator.AuthError | None) -> AwsError:
    if found is None:
        return AwsError("IncompleteSignatureException", "The request is not signed with AWS Signature Version 4.", 403)
    code = {"SignatureDoesNotMatch": "InvalidSignatureException"}.get(found.code, found.code)
    return AwsError(code, found.message, 403 if code == "InvalidSignatureException" else 400)


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
    service = action.split(":", 1)[0]
    result = iam_evaluator.enforce(caller.access_key, action, service, caller.region, resource, dict(context or {}))
    if result is None:
        return
    if isinstance(result, iam_evaluator.AuthError):
        raise _refused(result)
    raise denied(caller.arn, action, resource, explicit=result.decision == "Deny")


def authorize_pass_role(caller: Caller, role_arn: str, service: str) -> None:
    """Asks for iam:PassRole on a role that the caller hands to a service.

    Raises:
        AwsError: AccessDeniedException.
    """
    authorize(caller, "iam:PassRole", role_arn, {"iam:PassedToService": service})
