"""Buckets, keys and tables."""

from components import iam
from components.cicd.permissions.managed import Managed
from contract.names import Deployment

# What pulumi-aws asks of a bucket at every refresh, whether the program sets it or not.
_BUCKET_READS = (
    "ListBucket ListBucketVersions GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation "
    "GetBucketLogging GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy "
    "GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite "
    "GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration"
)
_BUCKET_CHANGES = (
    "CreateBucket DeleteBucket DeleteBucketPolicy PutBucketOwnershipControls PutBucketPolicy "
    "PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration "
    "PutLifecycleConfiguration"
)


def _tags(deployment: Deployment, of: str) -> iam.Conditions:
    """The tags that all of a stack carries, of the request or of the resource."""
    tags = {"project": deployment.project, "environment": deployment.environment}
    return {"StringEquals": {f"aws:{of}Tag/{key}": value for key, value in tags.items()}}


def storage(deployment: Deployment) -> list[Managed]:
    """The stack's own buckets; those that exist already are neither looked at nor changed."""
    buckets = [deployment.bucket_arn(deployment.bucket_name(short_name)) for short_name in ("artifacts", "data")]
    keys, prefix = [deployment.arn("kms", "key/*")], deployment.prefix
    return [
        Managed(sid="Buckets", service="s3", resources=buckets, reads=_BUCKET_READS, changes=_BUCKET_CHANGES),
        # A bucket is emptied before it is removed, where removal protection is off.
        Managed(
            sid="Objects",
            service="s3",
            resources=[f"{bucket}/*" for bucket in buckets],
            changes="DeleteObject DeleteObjectVersion",
        ),
        # A key has no name, only a generated id: listing aliases and creating a key take no resource. The tags that a
        # key is created with tell the stack's own from others'.
        Managed(sid="AnyAlias", service="kms", resources=["*"], reads="ListAliases"),
        Managed(
            sid="NewKey", service="kms", resources=["*"], changes="CreateKey", conditions=_tags(deployment, "Request")
        ),
        Managed(
            sid="Keys",
            service="kms",
            resources=keys,
            conditions=_tags(deployment, "Resource"),
            reads="DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
            changes="CancelKeyDeletion CreateAlias CreateGrant DeleteAlias DisableKey DisableKeyRotation EnableKey "
            "EnableKeyRotation PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource UpdateAlias "
            "UpdateKeyDescription",
        ),
        Managed(
            sid="Aliases",
            service="kms",
            resources=[deployment.arn("kms", f"alias/{prefix}")],
            changes="CreateAlias DeleteAlias UpdateAlias",
        ),
        Managed(
            sid="Tables",
            service="dynamodb",
            resources=[deployment.arn("dynamodb", f"table/{prefix}-*")],
            reads="DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTagsOfResource",
            changes="CreateTable DeleteTable TagResource UntagResource UpdateContinuousBackups UpdateTable "
            "UpdateTimeToLive",
        ),
    ]
