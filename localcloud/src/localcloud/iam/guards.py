"""What AWS asks before a request is served and the emulator does not: passed roles, keys, policies, missing objects.

Each guard refuses a request with AwsError; one without a proper signature is left to the emulator, which refuses it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qs, unquote

from localcloud.emulator import application, stores
from localcloud.emulator.identity import scope
from localcloud.http.errors import AwsError
from localcloud.http.request import Request
from localcloud.iam.authorization import authorize, authorize_pass_role, encryption_key, key_arn
from localcloud.iam.callers import known_caller, signed_region
from localcloud.iam.policy_documents import (
    check_bucket_policy,
    check_function_principal,
    check_identity_document,
    check_key_policy,
    check_queue_policy,
    check_topic_policy,
)
from localcloud.iam.requests import aliases, parameters_of
from localcloud.iam.roles import role_arn
from localcloud.layout import ACCOUNT

Guard = Callable[[Request], None]
KeyUse = tuple[str | None, tuple[str, ...]]
"""The ARN of the key that a request uses, and the actions on it."""


# Passed roles. Source: IAM user guide, "Grant a user permissions to pass a role to an AWS service".

_FUNCTIONS = re.compile(r"/2015-03-31/functions/?$|/2015-03-31/functions/[^/]+/configuration$")


def _passing(service: str, roles_of: Callable[[Request], Iterable[str | None]]) -> Guard:
    def guard(request: Request) -> None:
        roles = [role for role in roles_of(request) if role]
        caller = known_caller(request) if roles else None
        if caller:
            for role in roles:
                authorize_pass_role(caller, role, service)

    return guard


def _lambda_roles(request: Request) -> list[str | None]:
    if request.method not in {"POST", "PUT"} or not _FUNCTIONS.match(request.path):
        return []
    return [request.json().get("Role")]


def _events_roles(request: Request) -> list[str | None]:
    operation, parameters = _operation(request), request.json()
    if operation == "PutRule":
        return [parameters.get("RoleArn")]
    return [target.get("RoleArn") for target in parameters.get("Targets", [])] if operation == "PutTargets" else []


def _glue_roles(request: Request) -> list[str | None]:
    # Crawlers are served by the local cloud itself; these stay the emulator's.
    operation, parameters = _operation(request), request.json()
    updated = (parameters.get("JobUpdate") or {}).get("Role")
    role = {"CreateJob": parameters.get("Role"), "UpdateJob": updated}.get(operation)
    return [role_arn(role)] if role else []


def _operation(request: Request) -> str:
    return request.headers.get("x-amz-target", "").rpartition(".")[2]


# Encryption at rest with customer-managed keys: who reads or writes what is encrypted needs the key as well. Sources:
# "Key management" of the SNS and SQS developer guides, "Using server-side encryption with AWS KMS keys" of the S3 user
# guide. The emulator stores the settings and encrypts nothing.

_WRITE = ("kms:GenerateDataKey", "kms:Decrypt")
_READ = ("kms:Decrypt",)
_QUEUE_ACTIONS = {"SendMessage": _WRITE, "SendMessageBatch": _WRITE, "ReceiveMessage": _READ}
_KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"


def _using_a_key(use_of: Callable[[Request], KeyUse]) -> Guard:
    def guard(request: Request) -> None:
        region = signed_region(request.headers)
        with scope(region):
            arn, actions = use_of(request)
            # The account's AWS-managed keys let everybody in the account use them through their service.
            if not arn or ":alias/aws/" in arn:
                return
            known_aliases = aliases(arn)
        caller = known_caller(request)
        if caller is None:
            return
        context = {
            "kms:ViaService": f"{caller.service}.{region}.amazonaws.com",
            "kms:CallerAccount": ACCOUNT,
            **known_aliases,
        }
        for action in actions:
            authorize(caller, action, arn, context)

    return guard


def _topic_key(request: Request) -> KeyUse:
    form = {**request.query, **parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)}
    parameters = parameters_of(request.body, form)
    topic = str(parameters.get("TopicArn") or parameters.get("TargetArn") or "")
    if parameters.get("Action") not in {"Publish", "PublishBatch"}:
        return None, ()
    return encryption_key(topic), _WRITE


def _queue_key(request: Request) -> KeyUse:
    actions = _QUEUE_ACTIONS.get(_operation(request), ())
    if not actions:
        return None, ()
    name = str(request.json().get("QueueUrl", "")).rstrip("/").rsplit("/", 1)[-1]
    return encryption_key(f"arn:aws:sqs:{signed_region(request.headers)}:{ACCOUNT}:{name}"), actions


def _object_key(request: Request) -> KeyUse:
    bucket, _, name = unquote(request.raw_path).lstrip("/").partition("/")
    if not name or not stores.bucket_exists(bucket):
        return None, ()
    if request.method in {"PUT", "POST"}:
        headers, actions = {**stores.default_encryption_headers(bucket), **request.headers}, _WRITE
    elif request.method == "GET":
        headers, actions = stores.object_headers(bucket, name) or {}, _READ
    else:
        return None, ()
    key_id = headers.get(_KEY_HEADER)
    return (key_arn(key_id, signed_region(request.headers)) if key_id else None), actions


# Missing objects: S3 says "not found" to whom may list the bucket, "access denied" to others; the emulator answers
# NoSuchKey whatever the caller may list. Source: S3 API reference, "GetObject" and "HeadObject", Permissions.

_GET_OBJECT = "s3:GetObject"


def _reading_a_missing_object(request: Request) -> None:
    bucket, _, name = unquote(request.raw_path).lstrip("/").partition("/")
    if application.s3_action(request) != _GET_OBJECT or not name or not stores.bucket_exists(bucket):
        return
    if stores.object_headers(bucket, name) is not None:
        return
    caller = known_caller(request)
    if caller is None:
        return
    arn = f"arn:aws:s3:::{bucket}"
    # Without the right to read, that is what the denial names.
    authorize(caller, _GET_OBJECT, f"{arn}/{name}")
    authorize(caller, "s3:ListBucket", arn, {"s3:prefix": name})


# Policies that are refused; whoever may not make them is denied first.


def _checking(check: Guard) -> Guard:
    def guard(request: Request) -> None:
        try:
            check(request)
        except AwsError:
            if caller := known_caller(request):
                authorize(caller, *application.authorization_of(caller.service, request))
            raise

    return guard


GUARDS: Mapping[str, tuple[Guard, ...]] = {
    "lambda": (_passing("lambda.amazonaws.com", _lambda_roles), _checking(check_function_principal)),
    "events": (_passing("events.amazonaws.com", _events_roles),),
    "glue": (_passing("glue.amazonaws.com", _glue_roles),),
    "iam": (_checking(check_identity_document),),
    "kms": (_checking(check_key_policy),),
    "sns": (_using_a_key(_topic_key), _checking(check_topic_policy)),
    "sqs": (_using_a_key(_queue_key), _checking(check_queue_policy)),
    "s3": (_using_a_key(_object_key), _reading_a_missing_object, _checking(check_bucket_policy)),
}
"""What to ask before the emulator sees a request, by the service that it is signed for."""
