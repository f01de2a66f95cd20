"""IAM and STS in the emulator: who signed a request, what a policy decides, roles, users and identity providers."""
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

from __future__ import annotations

import functools
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast
from xml.sax.saxutils import escape

from ministack.core import iam_evaluator, responses, router
from ministack.core.arn import parse_arn
from ministack.services import iam, kms, sts

from localcloud.http.errors import AwsError
from localcloud.http.request import Request
from localcloud.layout import ACCOUNT

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import TagTypeDef

Decision = Literal["Allow", "Deny", "ImplicitDeny"]
"""Deny is a statement's, ImplicitDeny the lack of one that allows."""
PolicyDocument = str | dict[str, Any]
NO_REGION = ""
"""The region of a scope in which only services without regions are looked at."""
_LOOPBACK = "127.0.0.1"


class OpenIdProvider(TypedDict):
    """The members of an OpenID Connect provider that can be changed."""

    ClientIDList: list[str]
    ThumbprintList: list[str]
    Tags: list[TagTypeDef]


class CredentialsError(Exception):
    """Credentials or a signature that AWS refuses: its code, e.g. `SignatureDoesNotMatch`, and its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """An access key and the principal that it belongs to; temporary ones have a session token."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    principal_arn: str
    principal_id: str


@dataclass(frozen=True, kw_only=True)
class Role:
    """An IAM role; `boundary` is the ARN of its permissions boundary, or ''."""

    arn: str
    role_id: str
    trust_policy: PolicyDocument
    boundary: str


def scope(region: str) -> AbstractContextManager[None]:
    """Return a context in which the emulator's stores are those of this account and a region."""
    return responses.request_scope(ACCOUNT, region)


def check_root_signature() -> None:
    """Have the key of the environment as root's only one, with its signature checked like anyone else's.

    The emulator takes an empty key, `test` and any account number for root, and never checks root's signature.
    """
    iam_evaluator.is_root_access_key = _is_root
    sts.is_root_access_key = _is_root
    iam_evaluator._is_root_key = lambda _access_key_id: False


def _is_root(access_key_id: str) -> bool:
    return access_key_id == os.environ["AWS_ACCESS_KEY_ID"]


def parse_policies_once() -> None:
    """Have each text of a policy parsed once: the emulator parses all those of the caller several times a request."""
    parse = iam_evaluator.parse_policy_document
    parse_text = functools.lru_cache(maxsize=4096)(parse)

    def parse_once(document: PolicyDocument) -> list[iam_evaluator.ParsedStatement]:
        return parse_text(document) if isinstance(document, str) else parse(document)

    iam_evaluator.parse_policy_document = parse_once


def authenticate(request: Request) -> tuple[Credentials, str]:
    """Return who signed a request and for which region, after a check of its time, token and signature.

    Whatever follows in this context is in the scope of the request.

    Raises:
        CredentialsError: also for a request without signature.
    """
    access_key_id = router.extract_access_key_id(request.headers, request.query)
    region = router.extract_region(request.headers, request.query)
    responses.set_request_account_id(access_key_id)
    responses.set_request_region(region)
    responses.set_request_client_ip(request.client)
    iam_evaluator.pin_request_origin(request.client, secure_transport=True)
    iam_evaluator.pin_signed_request(request.method, request.raw_path, request.query, request.raw_headers)
    iam_evaluator.pin_signed_body(request.body)
    if not access_key_id:
        raise CredentialsError("MissingAuthenticationTokenException", "Missing Authentication Token")
    result = iam_evaluator.authenticate(access_key_id, ACCOUNT)
    if result is None:
        message = "The request is not signed with AWS Signature Version 4."
        raise CredentialsError("IncompleteSignatureException", message)
    return _credentials(result), region


def credentials(access_key_id: str) -> Credentials:
    """Return the credentials of an access key.

    Raises:
        CredentialsError: for a key that does not exist or has expired.
    """
    return _credentials(iam_evaluator.resolve_credential(access_key_id, ACCOUNT))


def _credentials(result: Any) -> Credentials:
    if not isinstance(result, iam_evaluator.ResolvedCredential):
        raise CredentialsError(result.code, result.message)
    return Credentials(
        access_key_id=result.access_key_id,
        secret_access_key=result.secret_access_key,
        session_token=result.session_token,
        principal_arn=result.principal_arn,
        principal_id=result.principal_id,
    )


def come_from_here() -> None:
    """Have what follows in this context come from this machine over TLS, for the conditions of policies."""
    iam_evaluator.pin_request_origin(_LOOPBACK, secure_transport=True)


def decide(access_key_id: str, action: str, resource: str, region: str, context: Mapping[str, Any]) -> Decision:
    """Return what the policies, the boundary and the session policies of a key's principal decide.

    Args:
        access_key_id: the caller's.
        action: e.g. `sqs:SendMessage`.
        resource: its ARN, or `*`; its own policy counts as well.
        region: the region of the request.
        context: further condition keys.

    Raises:
        CredentialsError: for a key that does not exist or has expired.
    """
    service = action.split(":", 1)[0]
    result = iam_evaluator.enforce(access_key_id, action, service, region, resource, dict(context))
    if result is None:
        return "Allow"
    if isinstance(result, iam_evaluator.AuthError):
        raise CredentialsError(result.code, result.message)
    return cast("Decision", result.decision)


def resource_policy(arn: str) -> PolicyDocument | None:
    """Return the policy of a queue, a topic, a function, a key ...; None where it has none."""
    policy_with_owner = iam_evaluator._resource_policy(parse_arn(arn).service, arn)
    return policy_with_owner[0] if policy_with_owner else None


def policy_allows_service(
    document: PolicyDocument, service: str, action: str, resource: str, region: str, context: Mapping[str, str]
) -> bool:
    """Return whether a resource's policy or a role's trust policy lets a service principal do something.

    Args:
        document: the policy.
        service: the principal, e.g. `events.amazonaws.com`.
        action: e.g. `sqs:SendMessage`.
        resource: the ARN of what has the policy.
        region: the region of the request.
        context: condition keys in lower case, e.g. `aws:sourcearn`.
    """
    request = iam_evaluator.EvalContext(
        # No ARN of ours: only `*` or the service itself in a statement's Principal means the service.
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=region,
        secure_transport=True,
        service_context=dict(context),
    )
    return iam_evaluator.evaluate_resource_policy(document, request, service=service).decision == "Allow"


def policy_allows(
    document: PolicyDocument, caller_arn: str, action: str, resource: str, region: str, context: Mapping[str, str]
) -> bool:
    """Return whether a resource's policy by itself lets a user or a role's session do something.

    Args:
        document: the policy.
        caller_arn: the user's or the session's.
        action: e.g. `kms:PutKeyPolicy`.
        resource: the ARN of what has the policy.
        region: the region of the request.
        context: condition keys.
    """
    request = _request(caller_arn, action, resource, region, context)
    return iam_evaluator.evaluate_resource_policy(document, request).decision == "Allow"


def name_roles_of_sessions() -> None:
    """Have aws:PrincipalArn be the role's ARN for a session of the role, as on AWS; here it would be the session's.

    Source: IAM user guide, "AWS global condition context keys", aws:PrincipalArn.
    """
    resolve = iam_evaluator._resolve_condition_key

    def resolve_condition_key(key: str, request: iam_evaluator.EvalContext) -> Any:
        value = resolve(key, request)
        return _role_of_session(str(value)) if key.lower() == "aws:principalarn" else value

    iam_evaluator._resolve_condition_key = resolve_condition_key


def _role_of_session(arn: str) -> str:
    if ":assumed-role/" not in arn:
        return arn
    session_role = role(arn.split("/")[1])
    return session_role.arn if session_role else arn


def drop_ineffective_key_statements() -> None:
    """Have statements of key policies without Action or Resource do nothing, as in KMS; here they would match all.

    Source: KMS API reference, "PutKeyPolicy", Policy.
    """
    policy_of = kms.key_policy_for_arn

    def effective_policy(resource_arn: str) -> tuple[str, str] | None:
        policy_with_owner = policy_of(resource_arn)
        if policy_with_owner is None:
            return None
        document, owner = policy_with_owner
        return _effective(document), owner

    kms.key_policy_for_arn = effective_policy


def _effective(document: PolicyDocument) -> str:
    policy: dict[str, Any] = json.loads(document or "{}") if isinstance(document, str) else document
    statements = policy.get("Statement") or []
    statements = [statements] if isinstance(statements, dict) else statements
    complete_statements = [
        statement
        for statement in statements
        if all(statement.get(name) or statement.get(f"Not{name}") for name in ("Action", "Resource"))
    ]
    return json.dumps({**policy, "Statement": complete_statements})


class Policies:
    """Identity-based policies of one principal and its permissions boundary, for decisions without a request."""

    def __init__(self, documents: Iterable[PolicyDocument], boundary: PolicyDocument | None) -> None:
        """Parse the documents once, for many decisions."""
        self._documents = [iam_evaluator.parse_policy_document(document) for document in documents]
        self._boundary = None if boundary is None else [iam_evaluator.parse_policy_document(boundary)]

    @classmethod
    def of(cls, arn: str, further: Iterable[PolicyDocument], boundary: PolicyDocument | None) -> Policies | None:
        """Return the policies of a role or a user with further ones; None where there is no such principal.

        Args:
            arn: the principal's.
            further: policies as if they were attached, too.
            boundary: a permissions boundary instead of the one that the principal has.
        """
        name = arn.rpartition("/")[2]
        named_role = role(name)
        is_role = named_role is not None and named_role.arn == arn
        if not is_role and user_arn(name) != arn:
            return None
        policies = cls(further, boundary)
        gather = iam_evaluator._gather_role_policies if is_role else iam_evaluator._gather_user_policies
        policies._documents += gather(name, ACCOUNT)
        if boundary is None:
            principals = iam._roles if is_role else iam._users
            policies._boundary = next(iter(iam_evaluator._permissions_boundary(principals, name, ACCOUNT)), None)
        return policies

    @property
    def condition_keys(self) -> set[str]:
        """The condition keys that the documents ask for, in lower case."""
        return {
            key.lower()
            for document in (*self._documents, *(self._boundary or []))
            for statement in document
            for keys in statement.conditions.values()
            for key in keys
        }

    def decide(
        self,
        action: str,
        resource: str,
        region: str,
        context: Mapping[str, Any],
        *,
        caller_arn: str = f"arn:aws:sts::{ACCOUNT}:assumed-role/simulated/session",
        resource_policy: PolicyDocument | None = None,
    ) -> Decision:
        """Return what the policies decide, with the resource's own if there is one.

        Args:
            action: e.g. `sns:Publish`.
            resource: an ARN or `*`.
            region: the region of the request.
            context: further condition keys, in any case.
            caller_arn: whom a resource's policy takes the caller for.
            resource_policy: the policy of the resource; that of a key has to allow, too.
        """
        request = _request(caller_arn, action, resource, region, context)
        limits = () if self._boundary is None else (self._boundary,)
        result = iam_evaluator.evaluate(request, self._documents, *limits)
        if resource_policy is not None:
            is_key = action.startswith("kms:")
            document = _effective(resource_policy) if is_key else resource_policy
            result = iam_evaluator.combine_resource_policy(
                result, request, document, ACCOUNT, required=is_key, limits=limits
            )
        return cast("Decision", result.decision)

    def within_boundary(
        self, action: str, resource: str, region: str, context: Mapping[str, Any], *, caller_arn: str
    ) -> bool | None:
        """Return whether the permissions boundary allows a caller an action; None without one."""
        if self._boundary is None:
            return None
        request = _request(caller_arn, action, resource, region, context)
        return iam_evaluator.evaluate(request, self._boundary).decision == "Allow"


def _request(
    caller_arn: str, action: str, resource: str, region: str, context: Mapping[str, Any]
) -> iam_evaluator.EvalContext:
    keys = {key.lower(): value for key, value in context.items()}
    return iam_evaluator.EvalContext(
        principal_arn=caller_arn,
        principal_type="AssumedRole",
        principal_account=ACCOUNT,
        action=action,
        resource_arn=resource,
        region=region,
        secure_transport=keys.get("aws:securetransport", True),
        service_context=keys,
    )


def role(name: str) -> Role | None:
    """Return the role of a name, if there is one."""
    record = iam._roles.get_scoped(ACCOUNT, None, name)
    if record is None:
        return None
    return Role(
        arn=record["Arn"],
        role_id=record["RoleId"],
        trust_policy=record["AssumeRolePolicyDocument"],
        boundary=str(record.get("PermissionsBoundary") or ""),
    )


def user_arn(name: str) -> str | None:
    """Return the ARN of the user of a name, if there is one."""
    record = iam._users.get_scoped(ACCOUNT, None, name)
    return record["Arn"] if record else None


def register_session(session: Credentials, seconds: float) -> None:
    """Make the temporary credentials of a role's session known, for some seconds."""
    record = {
        "Arn": session.principal_arn,
        "UserId": session.principal_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.session_token,
        "Expiration": time.time() + seconds,
    }
    sts.register_session(session.access_key_id, record)


def serve_operation(operation: str, handle: Callable[[Mapping[str, str]], str]) -> None:
    """Have `handle` answer an operation of IAM: it gets the request's parameters and returns the answer's XML elements.

    An AwsError of it is answered as IAM answers errors.
    """

    def answer(params: Mapping[str, Any]) -> tuple[Any, ...]:
        try:
            return iam._xml(200, f"{operation}Response", handle(_flat(params)))
        except AwsError as error:
            return iam._error(error.status, error.code, escape(error.message))

    iam._IAM_HANDLERS[operation] = answer  # pyright: ignore[reportArgumentType]


def _flat(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value[0] if isinstance(value, list) else value) for name, value in params.items()}


def serve_openid_operation(operation: str, handle: Callable[[OpenIdProvider, Mapping[str, str]], str]) -> None:
    """Add an operation on one OpenID Connect provider to IAM, if it is not there.

    `handle` gets the provider, which it may change, and the request's parameters; it returns the answer's XML elements.
    """

    def answer(params: Mapping[str, Any]) -> tuple[Any, ...]:
        parameters = _flat(params)
        arn = parameters.get("OpenIDConnectProviderArn", "")
        provider = iam._oidc_providers.get(arn)
        if provider is None:
            return iam._error(404, "NoSuchEntity", f"OIDC provider {arn} not found.")
        return iam._xml(200, f"{operation}Response", handle(provider, parameters))

    iam._IAM_HANDLERS.setdefault(operation, answer)  # pyright: ignore[reportArgumentType]
