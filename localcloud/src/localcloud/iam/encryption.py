"""Encryption at rest with customer-managed keys: who reads or writes an encrypted resource needs its key as well.

The emulator stores the settings and encrypts nothing, so it asks nobody. Sources: "Key management" of the SNS and SQS
developer guides, "Using server-side encryption with AWS KMS keys" of the S3 user guide.
"""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, unquote

from localcloud.emulator import stores
from localcloud.emulator.identity import scope
from localcloud.http.request import Request
from localcloud.iam import condition_keys, gate
from localcloud.iam.resources import parameters
from localcloud.layout import ACCOUNT

_WRITE = ("kms:GenerateDataKey", "kms:Decrypt")
_READ = ("kms:Decrypt",)
_QUEUE_ACTIONS = {"SendMessage": _WRITE, "SendMessageBatch": _WRITE, "ReceiveMessage": _READ}
_OBJECT_PATH_PARTS = 2


def topic_key(topic_arn: str) -> str | None:
    """The ARN of the key that encrypts a topic; None without encryption."""
    return _key_arn(stores.encryption_key_of_topic(topic_arn), topic_arn)


def queue_key(queue_arn: str) -> str | None:
    """The ARN of the key that encrypts a queue; None without a KMS key."""
    return _key_arn(stores.encryption_key_of_queue(queue_arn), queue_arn)


def _key_arn(key_id: str | None, near_arn: str) -> str | None:
    if not key_id:
        return None
    region = near_arn.split(":")[3]
    with scope(region):
        key = stores.key(key_id)
    # An AWS-managed key (alias/aws/sns) has no record: its ARN, for which no service is ever allowed, as on AWS.
    return key.arn if key else f"arn:aws:kms:{region}:{ACCOUNT}:{key_id}"


def _topic_needs(request: Request) -> tuple[str | None, tuple[str, ...]]:
    given = parameters(request.body, _form(request))
    if given.get("Action") not in {"Publish", "PublishBatch"}:
        return None, ()
    return topic_key(str(given.get("TopicArn") or given.get("TargetArn") or "")), _WRITE


def _queue_needs(request: Request) -> tuple[str | None, tuple[str, ...]]:
    needed = _QUEUE_ACTIONS.get(request.headers.get("x-amz-target", "").rpartition(".")[2], ())
    name = str(request.json().get("QueueUrl", "")).rstrip("/").rsplit("/", 1)[-1]
    region = gate.signed_region(request.headers)
    return (queue_key(f"arn:aws:sqs:{region}:{ACCOUNT}:{name}") if needed else None), needed


def _object_needs(request: Request) -> tuple[str | None, tuple[str, ...]]:
    parts = unquote(request.raw_path).lstrip("/").split("/", 1)
    if len(parts) < _OBJECT_PATH_PARTS or not parts[1] or not stores.bucket_exists(parts[0]):
        return None, ()
    name = "x-amz-server-side-encryption-aws-kms-key-id"
    if request.method in {"PUT", "POST"}:
        settings = {**stores.default_encryption_headers(parts[0]), **request.headers}
        needed = _WRITE
    elif request.method == "GET":
        settings = stores.object_headers(*parts) or {}
        needed = _READ
    else:
        return None, ()
    return _key_arn(settings.get(name), f"arn:aws:s3:{gate.signed_region(request.headers)}"), needed


def _form(request: Request) -> dict[str, list[str]]:
    return {**request.query, **parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)}


def _guard(needs: Callable[[Request], tuple[str | None, tuple[str, ...]]]) -> Callable[[Request], None]:
    def guard(request: Request) -> None:
        region = gate.signed_region(request.headers)
        with scope(region):
            key_arn, actions = needs(request)
        # The account's AWS-managed keys let everybody in the account use them through their service.
        if not key_arn or ":alias/aws/" in key_arn:
            return
        caller = gate.known_caller(request)
        if caller is None:
            return
        via = f"{caller.service}.{region}.amazonaws.com"
        with scope(region):
            aliases = condition_keys.aliases(key_arn)
        context = {"kms:ViaService": via, "kms:CallerAccount": ACCOUNT, **aliases}
        for action in actions:
            gate.authorize(caller, action, key_arn, context)

    return guard


GUARDS: Mapping[str, Callable[[Request], None]] = {
    "sns": _guard(_topic_needs),
    "sqs": _guard(_queue_needs),
    "s3": _guard(_object_needs),
}
"""What to ask before the emulator sees a request, by the service it is signed for."""
