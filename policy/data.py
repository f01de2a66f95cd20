"""Rules of what is kept: encrypted, private, over TLS, for a time that is set, and protected against removal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policy.resources import RESOURCE_DOCUMENTS, UNKNOWN, Resource, Stack, Statement, statements

_BUCKET: Final = "aws:s3/bucket:Bucket"
_BUCKET_LOGGING: Final = "aws:s3/bucketLogging:BucketLogging"
_BUCKET_ENCRYPTION: Final = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_PUBLIC_ACCESS_BLOCK: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_BLOCKED: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


@dataclass(frozen=True, kw_only=True)
class _Key:
    """Where a resource names the KMS key that encrypts it.

    `required_by` is the path of what needs a key where not every resource of the type does; `mode` the path of a value
    that begins with one of `modes`.
    """

    path: str
    required_by: str = ""
    mode: str = ""
    modes: tuple[str, ...] = ()


_KEYS: Final[Mapping[str, Sequence[_Key]]] = {
    "aws:athena/workgroup:Workgroup": (
        _Key(
            path="configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn",
            mode="configuration.resultConfiguration.encryptionConfiguration.encryptionOption",
            modes=("SSE_KMS", "CSE_KMS"),
        ),
    ),
    "aws:cloudwatch/logGroup:LogGroup": (_Key(path="kmsKeyId"),),
    "aws:codebuild/project:Project": (_Key(path="encryptionKey"),),
    "aws:dynamodb/table:Table": (_Key(path="serverSideEncryption.kmsKeyArn"),),
    "aws:glue/securityConfiguration:SecurityConfiguration": tuple(
        _Key(
            path=f"encryptionConfiguration.{part}.kmsKeyArn",
            mode=f"encryptionConfiguration.{part}.{part}Mode",
            modes=("SSE-KMS", "CSE-KMS"),
        )
        for part in ("cloudwatchEncryption", "jobBookmarksEncryption", "s3Encryption")
    ),
    "aws:lambda/function:Function": (_Key(path="kmsKeyArn", required_by="environment.variables"),),
    _BUCKET_ENCRYPTION: (
        _Key(
            path="rules.applyServerSideEncryptionByDefault.kmsMasterKeyId",
            mode="rules.applyServerSideEncryptionByDefault.sseAlgorithm",
            modes=("aws:kms",),
        ),
    ),
    "aws:sns/topic:Topic": (_Key(path="kmsMasterKeyId"),),
    "aws:sqs/queue:Queue": (_Key(path="kmsMasterKeyId"),),
}
# What refuses plain HTTP for a resource: the type of its policy, and the property that says whose it is.
_POLICY_OF: Final[Mapping[str, tuple[str, str]]] = {
    _BUCKET: ("aws:s3/bucketPolicy:BucketPolicy", "bucket"),
    "aws:sns/topic:Topic": ("aws:sns/topicPolicy:TopicPolicy", "arn"),
    "aws:sqs/queue:Queue": ("aws:sqs/queuePolicy:QueuePolicy", "queueUrl"),
}
_PROTECTED: Final[Mapping[str, str]] = {
    _BUCKET: "its objects",
    "aws:glue/catalogDatabase:CatalogDatabase": "the tables that crawls found",
    "aws:glue/catalogTable:CatalogTable": "its partitions and versions",
    "aws:kms/key:Key": "all that it encrypted",
}
"""What can't be created again, by the type of the resource that holds it."""
_EMPTIED: Final = (_BUCKET, "aws:athena/workgroup:Workgroup")
"""Types that `forceDestroy` removes with what is in them."""


def customer_keys(resource: Resource, stack: Stack) -> Iterator[str]:
    """Yield what is encrypted with a key of AWS's, or not at all."""
    if resource.type == _BUCKET and not stack.beside(resource, _BUCKET_ENCRYPTION, "bucket"):
        yield "the bucket has no BucketServerSideEncryptionConfiguration; add one with the stack's key"
    if resource.type == "aws:codepipeline/pipeline:Pipeline":
        for store in resource.members("artifactStores"):
            if not _is_customer_key(Resource(urn=resource.urn, properties=store).at("encryptionKey.id")):
                yield "an artifact store has no encryptionKey; set the stack's key"
    # S3 delivers access logs to buckets with SSE-S3 only ("Enabling Amazon S3 server access logging", S3 User Guide).
    keeps_access_logs = resource.type == _BUCKET_ENCRYPTION and stack.beside(resource, _BUCKET_LOGGING, "targetBucket")
    for key in () if keeps_access_logs else _KEYS.get(resource.type, ()):
        if key.required_by and not resource.at(key.required_by):
            continue
        mode = resource.at(key.mode) if key.mode else UNKNOWN
        if not _is_customer_key(resource.at(key.path)):
            yield f"{key.path} names no key of the account; set the stack's key"
        elif isinstance(mode, str) and not mode.startswith(key.modes):
            yield f"{key.mode} is {mode}; expected {' or '.join(key.modes)}"
        elif mode is None:
            yield f"{key.mode} is not set; expected {' or '.join(key.modes)}"


def log_retention(resource: Resource, _: Stack) -> Iterator[str]:
    """Yield log groups that keep everything for ever: 0 means that, too (PutRetentionPolicy)."""
    if resource.type == "aws:cloudwatch/logGroup:LogGroup" and not resource.at("retentionInDays"):
        yield "retentionInDays is not set, so the logs are kept for ever; set operations.logRetentionDays"


def access_logs(resource: Resource, stack: Stack) -> Iterator[str]:
    """Yield buckets whose requests nobody could look up."""
    if resource.type == _BUCKET and not any(
        stack.beside(resource, _BUCKET_LOGGING, name) for name in ("bucket", "targetBucket")
    ):
        yield "requests to the bucket are logged nowhere; add a BucketLogging"


def tls_only(resource: Resource, stack: Stack) -> Iterator[str]:
    """Yield buckets, topics and queues that take requests over plain HTTP."""
    if resource.type in _POLICY_OF:
        type_token, property_name = _POLICY_OF[resource.type]
        policies = stack.beside(resource, type_token, property_name)
        documents = [policy for policy in policies if policy.at("policy") is not UNKNOWN]
        refuses = any(_refuses_plain_http(s) for policy in documents for s in statements(policy, RESOURCE_DOCUMENTS))
        if not policies or (len(documents) == len(policies) and not refuses):
            yield "no policy refuses requests without TLS; add the statement iam.tls_only"


def no_public_access(resource: Resource, stack: Stack) -> Iterator[str]:
    """Yield what anybody may reach: buckets that don't block it, policies for everybody, public function URLs."""
    if resource.type == _BUCKET and not stack.beside(resource, _PUBLIC_ACCESS_BLOCK, "bucket"):
        yield "the bucket has no BucketPublicAccessBlock; add one"
    if resource.type == _PUBLIC_ACCESS_BLOCK:
        for property_name in _BLOCKED:
            if not resource.at(property_name):
                yield f"{property_name} is not true"
    acl = resource.at("acl")
    if resource.type.startswith("aws:s3/") and isinstance(acl, str) and acl.startswith("public-"):
        yield f"the ACL is {acl}"
    for statement in statements(resource, RESOURCE_DOCUMENTS):
        everybody = any("*" in names for names in statement.principals.values())
        if statement.allows and everybody and not statement.conditions:
            yield f"statement {statement.sid} allows everybody; name the principals, or add a condition"
    if resource.type == "aws:lambda/permission:Permission" and resource.at("principal") == "*":
        yield "everybody may invoke the function; name the principal"
    if resource.type == "aws:lambda/functionUrl:FunctionUrl" and resource.at("authorizationType") == "NONE":
        yield "everybody may call the URL; set authorizationType AWS_IAM"


def removal_protection(resource: Resource, stack: Stack) -> Iterator[str]:
    """Yield what `pulumi destroy` or a replacement would lose although operations.removalProtection is true."""
    if stack.removal_protection:
        if resource.type in _PROTECTED and not resource.protect:
            yield f"without `protect` a removal loses {_PROTECTED[resource.type]}"
        if resource.type in _EMPTIED and resource.at("forceDestroy") is True:
            yield "forceDestroy is true, which removes what is in it"


def _is_customer_key(value: object) -> bool:
    """Return whether a key is named that isn't one of AWS's own, such as alias/aws/sns."""
    return bool(value) and not (isinstance(value, str) and "alias/aws/" in value)


def _refuses_plain_http(statement: Statement) -> bool:
    everybody = any("*" in names for names in statement.principals.values())
    value = statement.conditions.get("Bool", {}).get("aws:SecureTransport")
    return not statement.allows and everybody and str(value).lower() == "false"
