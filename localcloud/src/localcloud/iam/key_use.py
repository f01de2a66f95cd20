"""Encryption at rest with customer-managed keys: who reads or writes what is encrypted needs the key as well.

Each function refuses a request with AwsError. The emulator stores the settings and encrypts nothing. Sources: "Key
management" of the SNS and SQS developer guides, "Using server-side encryption with AWS KMS keys" of the S3 user guide,
"Securing Lambda environment variables" of the Lambda developer guide, "Encrypt log data in CloudWatch Logs using AWS
Key Management Service" of the CloudWatch Logs user guide.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from localcloud.emulator import application, functions, identity, stores
from localcloud.emulator.identity import scope
from localcloud.http.errors import DENIED, AwsError
from localcloud.http.request import Request
from localcloud.iam.authorization import authorize, encryption_key, is_usable, key_arn, service_may
from localcloud.iam.callers import known_caller, signed_region
from localcloud.iam.requests import key_conditions, parameters_of
from localcloud.layout import ACCOUNT

_WRITE = ("kms:GenerateDataKey", "kms:Decrypt")
_READ = ("kms:Decrypt",)


@dataclass(frozen=True)
class KeyUse:
    """The ARN of a key, the actions on it that a caller needs, and condition keys of those requests."""

    key_arn: str
    actions: tuple[str, ...]
    context: Mapping[str, str] = field(default_factory=dict[str, str])


def _using_a_key(use_of: Callable[[Request], KeyUse | None], disabled: str = "") -> Callable[[Request], None]:
    """Return a check of the key's use; `disabled` is the service's error for a key that is not enabled."""

    def check(request: Request) -> None:
        region = signed_region(request.headers)
        with scope(region):
            use = use_of(request)
            # The account's AWS-managed keys let everybody in the account use them through their service.
            if use is None or ":alias/aws/" in use.key_arn:
                return
            conditions = key_conditions(use.key_arn)
        caller = known_caller(request)
        if caller is None:
            return
        context = {
            "kms:ViaService": f"{caller.service}.{region}.amazonaws.com",
            "kms:CallerAccount": ACCOUNT,
            **conditions,
            **use.context,
        }
        for action in use.actions:
            authorize(caller, action, use.key_arn, context)
        if disabled and not is_usable(use.key_arn):
            raise AwsError(disabled, f"{use.key_arn} is disabled.")

    return check


def _topic_key(request: Request) -> KeyUse | None:
    parameters = parameters_of(request.body, request.form)
    topic = str(parameters.get("TopicArn") or parameters.get("TargetArn") or "")
    if parameters.get("Action") not in {"Publish", "PublishBatch"}:
        return None
    key = encryption_key(topic)
    return KeyUse(key, _WRITE) if key else None


_QUEUE_ACTIONS = {"SendMessage": _WRITE, "SendMessageBatch": _WRITE, "ReceiveMessage": _READ}


def _queue_key(request: Request) -> KeyUse | None:
    actions = _QUEUE_ACTIONS.get(request.operation)
    if not actions:
        return None
    name = str(request.json().get("QueueUrl", "")).rstrip("/").rsplit("/", 1)[-1]
    key = encryption_key(f"arn:aws:sqs:{signed_region(request.headers)}:{ACCOUNT}:{name}")
    return KeyUse(key, actions) if key else None


_ENCRYPTION_HEADER = "x-amz-server-side-encryption"
_KEY_HEADER = f"{_ENCRYPTION_HEADER}-aws-kms-key-id"


def _object_key(request: Request) -> KeyUse | None:
    bucket, name = application.s3_object(request)
    if not name or not stores.bucket_exists(bucket):
        return None
    action = application.s3_action(request)
    if action == "s3:PutObject":
        # The bucket's default applies only where the request says nothing of encryption.
        says = _ENCRYPTION_HEADER in request.headers
        headers = request.headers if says else stores.default_encryption_headers(bucket)
        # A multipart upload reads its parts again to put them together.
        is_multipart = request.method == "POST" or "uploadId" in request.query
        actions = _WRITE if is_multipart else _WRITE[:1]
    elif action == "s3:GetObject" and request.method == "GET":
        headers, actions = stores.object_headers(bucket, name) or {}, _READ
    else:
        return None
    key_id = headers.get(_KEY_HEADER)
    return KeyUse(key_arn(key_id, signed_region(request.headers)), actions) if key_id else None


# Lambda: who sets the key of a function's variables, or variables that are encrypted with a key.

_FUNCTION = re.compile(r"/2015-03-31/functions(?:/(?P<name>[^/]+)/configuration)?/?$")


def _function_key(request: Request) -> KeyUse | None:
    path = _FUNCTION.match(unquote(request.raw_path))
    if request.method not in {"POST", "PUT"} or not path:
        return None
    parameters, name = request.json(), path["name"]
    if "KMSKeyArn" not in parameters and "Environment" not in parameters:
        return None
    name = (name or str(parameters.get("FunctionName", ""))).rpartition(":")[2]
    key = parameters.get("KMSKeyArn", functions.key_of(name))
    if not key:
        return None
    function_arn = f"arn:aws:lambda:{signed_region(request.headers)}:{ACCOUNT}:function:{name}"
    context = {"kms:EncryptionContext:aws:lambda:FunctionArn": function_arn, "kms:GrantIsForAWSResource": "true"}
    return KeyUse(key_arn(str(key), signed_region(request.headers)), ("kms:Encrypt", "kms:CreateGrant"), context)


def may_read_variables(access_key: str, key: str) -> bool:
    """Return whether a caller may read the environment variables that a key encrypts, which takes kms:Decrypt."""
    region = key.split(":")[3]
    context = {"kms:ViaService": f"lambda.{region}.amazonaws.com", "kms:CallerAccount": ACCOUNT, **key_conditions(key)}
    return identity.decide(access_key, "kms:Decrypt", key, region, context) == "Allow"


# Publish (SNS), SendMessage and ReceiveMessage (SQS API references); "Troubleshoot SSE-KMS" (S3 user guide).
use_topic_key = _using_a_key(_topic_key, "KMSDisabled")
use_queue_key = _using_a_key(_queue_key, "KmsDisabled")
use_object_key = _using_a_key(_object_key, "KMS.DisabledException")
use_function_key = _using_a_key(_function_key)


# CloudWatch Logs uses the key itself, by the key's policy, whoever creates the group.

_LOGS_ACTIONS = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey")


def check_log_group_key(request: Request) -> None:
    """Refuse a log group whose key CloudWatch Logs may not use for it.

    Raises:
        AwsError: AccessDeniedException.
    """
    parameters = request.json()
    key, region = parameters.get("kmsKeyId"), signed_region(request.headers)
    if request.operation != "CreateLogGroup" or not key:
        return
    group = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{parameters.get('logGroupName')}"
    context = {"kms:encryptioncontext:aws:logs:arn": group}
    service = f"logs.{region}.amazonaws.com"
    with scope(region):
        may = stores.key(str(key)) is not None and all(
            service_may(service, action, str(key), group, context) for action in _LOGS_ACTIONS
        )
    if not may:
        message = f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'"
        raise AwsError(DENIED, message)
