"""What AWS asks of a policy document before it keeps one: its elements, and that its principals exist.

Each service words its refusals itself. Sources: IAM user guide, "IAM JSON policy elements reference"; the errors of
each operation in the API references of IAM, KMS, SNS, SQS and S3, worded as its users report them.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from localcloud.emulator import identity
from localcloud.http.errors import AwsError
from localcloud.http.request import Request
from localcloud.iam.callers import known_caller
from localcloud.iam.principals import principal_exists, service_exists
from localcloud.iam.requests import parameters_of
from localcloud.layout import ACCOUNT

Statement = Mapping[str, Any]
_EFFECTS = ("Allow", "Deny")


@dataclass
class PolicyError(Exception):
    """A document that AWS refuses: the element that is missing or wrong, '' for the syntax, and a principal if any."""

    element: str
    principal: str = ""


def statements(document: str) -> list[Statement]:
    """Return the statements of a policy document, each with an effect.

    Raises:
        PolicyError: for what is no JSON, has no statement, or one without `Allow` or `Deny`.
    """
    try:
        policy = json.loads(document)
    except ValueError as error:
        raise PolicyError("") from error
    value: Any = policy.get("Statement") if isinstance(policy, dict) else None
    listed: list[Statement] = [value] if isinstance(value, dict) else value
    if not isinstance(value, dict | list) or not listed or not all(isinstance(each, dict) for each in listed):
        raise PolicyError("")
    if any(statement.get("Effect") not in _EFFECTS for statement in listed):
        raise PolicyError("Effect")
    return listed


def require(listed: list[Statement], *elements: str) -> None:
    """Check that each statement has the elements, or their opposites such as `NotAction`.

    Raises:
        PolicyError: with the element.
    """
    for element in elements:
        if any(not (statement.get(element) or statement.get(f"Not{element}")) for statement in listed):
            raise PolicyError(element)


def require_principals(listed: list[Statement]) -> None:
    """Check that the principals that statements name exist.

    Raises:
        PolicyError: with the first that does not, as IAM writes it.
    """
    for statement in listed:
        for kind, name in _principals(statement):
            if not principal_exists(kind, name):
                raise PolicyError("Principal", f'"{kind.upper()}":"{name}"')


def _principals(statement: Statement) -> Iterator[tuple[str, str]]:
    principal = statement.get("Principal") or statement.get("NotPrincipal") or {}
    by_kind = principal if isinstance(principal, dict) else {"AWS": principal}
    for kind, names in by_kind.items():
        yield from ((kind, str(name)) for name in (names if isinstance(names, list) else [names]))


# IAM: identity-based policies name no principal, trust policies no resource.

_IDENTITY_POLICIES = frozenset(
    {"CreatePolicy", "CreatePolicyVersion", "PutRolePolicy", "PutUserPolicy", "PutGroupPolicy"}
)
_TRUST_POLICIES = {"CreateRole": "AssumeRolePolicyDocument", "UpdateAssumeRolePolicy": "PolicyDocument"}
_MISSING = {
    "Action": "Policy statement must contain actions.",
    "Resource": "Policy statement must contain resources.",
}


def check_identity_document(request: Request) -> None:
    """Refuse a policy or a trust policy that IAM would not keep.

    Raises:
        AwsError: MalformedPolicyDocument.
    """
    parameters = parameters_of(request.body, request.form)
    operation = parameters.get("Action", "")
    try:
        if operation in _IDENTITY_POLICIES:
            _check_identity_policy(parameters.get("PolicyDocument", ""))
        elif operation in _TRUST_POLICIES:
            _check_trust_policy(parameters.get(_TRUST_POLICIES[operation], ""))
    except PolicyError as error:
        message = _MISSING.get(error.element, "Syntax errors in policy.")
        raise AwsError("MalformedPolicyDocument", message) from error


def _check_identity_policy(document: str) -> None:
    listed = statements(document)
    if any("Principal" in statement or "NotPrincipal" in statement for statement in listed):
        raise AwsError("MalformedPolicyDocument", "Policy document should not specify a principal.")
    require(listed, "Action", "Resource")


def _check_trust_policy(document: str) -> None:
    listed = statements(document)
    if any("Resource" in statement or "NotResource" in statement for statement in listed):
        raise AwsError("MalformedPolicyDocument", "Has prohibited field Resource")
    try:
        require(listed, "Principal", "Action")
        require_principals(listed)
    except PolicyError as error:
        message = f"Missing required field {error.element}"
        if error.principal:
            message = f"Invalid principal in policy: {error.principal}"
        raise AwsError("MalformedPolicyDocument", message) from error


# KMS: a statement without Action or Resource is kept and has no effect (API reference, "PutKeyPolicy").

_MALFORMED_KEY_POLICY = "MalformedPolicyDocumentException"
_LOCKOUT = "The new key policy will not allow you to update the key policy in the future."


def check_key_policy(request: Request) -> None:
    """Refuse a key policy that names nobody or who does not exist, or that locks its author out.

    Raises:
        AwsError: MalformedPolicyDocumentException.
    """
    parameters = request.json()
    document = parameters.get("Policy")
    if request.operation not in {"CreateKey", "PutKeyPolicy"} or not document:
        return
    try:
        listed = statements(document)
        require(listed, "Principal")
        require_principals(listed)
    except PolicyError as error:
        message = "The specified policy is not syntactically or semantically correct."
        if error.element == "Principal":
            message = "Policy contains a statement with one or more invalid principals."
        raise AwsError(_MALFORMED_KEY_POLICY, message) from error
    caller = known_caller(request)
    if caller is None or parameters.get("BypassPolicyLockoutSafetyCheck"):
        return
    key = f"arn:aws:kms:{caller.region}:{ACCOUNT}:key/{parameters.get('KeyId', 'new')}"
    context = {"kms:calleraccount": ACCOUNT}
    if not identity.policy_allows(document, caller.arn, "kms:PutKeyPolicy", key, caller.region, context):
        raise AwsError(_MALFORMED_KEY_POLICY, _LOCKOUT)


# Queues, topics, buckets and functions.


def check_queue_policy(request: Request) -> None:
    """Refuse a queue's policy that SQS would not keep.

    Raises:
        AwsError: InvalidAttributeValue.
    """
    document = (request.json().get("Attributes") or {}).get("Policy")
    if request.operation in {"CreateQueue", "SetQueueAttributes"} and document:
        _check_resource_policy(
            document, ("Principal", "Action"),
            lambda _error: AwsError("InvalidAttributeValue", "Invalid value for the parameter Policy."),
        )  # fmt: skip


def check_topic_policy(request: Request) -> None:
    """Refuse a topic's policy that SNS would not keep.

    Raises:
        AwsError: InvalidParameter.
    """
    parameters = parameters_of(request.body, request.form)
    document = None
    if parameters.get("Action") == "CreateTopic":
        names = {value: name for name, value in parameters.items() if name.startswith("Attributes.entry.")}
        document = parameters.get(names.get("Policy", "").removesuffix(".key") + ".value")
    elif parameters.get("Action") == "SetTopicAttributes" and parameters.get("AttributeName") == "Policy":
        document = parameters.get("AttributeValue")
    if document:
        _check_resource_policy(
            document, ("Principal", "Action", "Resource"),
            lambda error: AwsError(
                "InvalidParameter",
                f"Invalid parameter: Policy Error: {'PrincipalNotFound' if error.principal else 'null'}",
            ),
        )  # fmt: skip


def check_bucket_policy(request: Request) -> None:
    """Refuse a bucket's policy that S3 would not keep.

    Raises:
        AwsError: MalformedPolicy.
    """
    name = unquote(request.raw_path).strip("/")
    if request.method == "PUT" and "policy" in request.query and "/" not in name:
        _check_resource_policy(
            request.body.decode("utf-8", "replace"), ("Principal", "Action", "Resource"),
            lambda error: AwsError(
                "MalformedPolicy",
                "Invalid principal in policy" if error.principal
                else f"Missing required field {error.element}" if error.element
                else "Policies must be valid JSON and the first byte must be '{'",
            ),
        )  # fmt: skip


def check_function_principal(request: Request) -> None:
    """Refuse to let a service that does not exist invoke a function.

    Raises:
        AwsError: InvalidParameterValueException.
    """
    if request.method != "POST" or not request.path.rstrip("/").endswith("/policy"):
        return
    principal = str(request.json().get("Principal", ""))
    if ".amazonaws." in principal and not service_exists(principal):
        message = "The provided principal was invalid. Please check the principal and try again."
        raise AwsError("InvalidParameterValueException", message)


def _check_resource_policy(
    document: str, elements: tuple[str, ...], refusal: Callable[[PolicyError], AwsError]
) -> None:
    try:
        listed = statements(document)
        require(listed, *elements)
        require_principals(listed)
    except PolicyError as error:
        raise refusal(error) from error
