"""What AWS asks before a request is served and the emulator does not: passed roles, keys, policies, objects, logs.

Each guard refuses a request with AwsError; one without a proper signature is left to the emulator, which refuses it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from xml.etree import ElementTree as ET

from localcloud.emulator import application, stores
from localcloud.http.errors import AwsError
from localcloud.http.request import Request
from localcloud.iam.authorization import authorize, authorize_pass_role
from localcloud.iam.callers import known_caller
from localcloud.iam.key_use import (
    check_log_group_key,
    use_function_key,
    use_object_key,
    use_queue_key,
    use_topic_key,
)
from localcloud.iam.policy_documents import (
    check_bucket_policy,
    check_function_principal,
    check_identity_document,
    check_key_policy,
    check_queue_policy,
    check_topic_policy,
)
from localcloud.iam.roles import role_arn

Guard = Callable[[Request], None]

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
    operation, parameters = request.operation, request.json()
    if operation == "PutRule":
        return [parameters.get("RoleArn")]
    return [target.get("RoleArn") for target in parameters.get("Targets", [])] if operation == "PutTargets" else []


def _glue_roles(request: Request) -> list[str | None]:
    # Crawlers are served by the local cloud itself; these stay the emulator's.
    operation, parameters = request.operation, request.json()
    updated = (parameters.get("JobUpdate") or {}).get("Role")
    role = {"CreateJob": parameters.get("Role"), "UpdateJob": updated}.get(operation)
    return [role_arn(role)] if role else []


# Missing objects: S3 says "not found" to whom may list the bucket, "access denied" to others; the emulator answers
# NoSuchKey whatever the caller may list. Source: S3 API reference, "GetObject" and "HeadObject", Permissions.

_GET_OBJECT = "s3:GetObject"


def _reading_a_missing_object(request: Request) -> None:
    bucket, name = application.s3_object(request)
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


# Access logs: the emulator keeps whatever it gets. Source: S3 API reference, "PutBucketLogging" and "Error responses".

_XML = "{http://s3.amazonaws.com/doc/2006-03-01/}"
_MALFORMED_XML = "The XML you provided was not well-formed or did not validate against our published schema"


def _logging_to_a_bucket(request: Request) -> None:
    bucket, name = application.s3_object(request)
    if request.method != "PUT" or "logging" not in request.query or name or not stores.bucket_exists(bucket):
        return
    try:
        status = ET.fromstring(request.body)  # noqa: S314 (from a client on this machine)
    except ET.ParseError as error:
        raise AwsError("MalformedXML", _MALFORMED_XML) from error
    logging = status.find(f"{_XML}LoggingEnabled")
    if logging is None:
        return
    target, prefix = (logging.findtext(f"{_XML}{member}") for member in ("TargetBucket", "TargetPrefix"))
    if not target or prefix is None:
        raise AwsError("MalformedXML", _MALFORMED_XML)
    if not stores.bucket_exists(target):
        raise AwsError("InvalidTargetBucketForLogging", "The target bucket for logging does not exist")
    if stores.bucket_region(target) != stores.bucket_region(bucket):
        raise AwsError("CrossLocationLoggingProhibited", "Cross S3 location logging not allowed.", 403)


# Policies and keys that are refused; whoever may not make the request is denied first.


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
    "lambda": (_passing("lambda.amazonaws.com", _lambda_roles), use_function_key, _checking(check_function_principal)),
    "events": (_passing("events.amazonaws.com", _events_roles),),
    "glue": (_passing("glue.amazonaws.com", _glue_roles),),
    "iam": (_checking(check_identity_document),),
    "logs": (_checking(check_log_group_key),),
    "kms": (_checking(check_key_policy),),
    "sns": (use_topic_key, _checking(check_topic_policy)),
    "sqs": (use_queue_key, _checking(check_queue_policy)),
    "s3": (
        use_object_key,
        _reading_a_missing_object,
        _checking(check_bucket_policy),
        _checking(_logging_to_a_bucket),
    ),
}
"""What to ask before the emulator sees a request, by the service that it is signed for."""
