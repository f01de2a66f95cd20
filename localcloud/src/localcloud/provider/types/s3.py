"""S3: buckets, and what is set on a bucket by a resource of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.errors import ProviderError
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Change, Naming, Read, Reading, ResourceType, Update
from localcloud.provider.values import Props

# S3 API reference, DeleteObjects: objects a request.
_BATCH: Final = 1000
# Amazon S3 endpoints and quotas (AWS General Reference), "Amazon S3 website endpoints".
_HOSTED_ZONES: Final = {
    "us-east-1": "Z3AQBSTGFYJSTF",
    "us-east-2": "Z2O1EMRO9K5GLX",
    "us-west-1": "Z2F56UZL2M1ACD",
    "us-west-2": "Z3BJ6K6RIION7M",
    "eu-central-1": "Z21DNDUVLTQW6Q",
    "eu-west-1": "Z1BKCTXD74EZPE",
    "eu-west-2": "Z3GKZC51ZF0DB4",
    "eu-west-3": "Z3R1K369G5AVDG",
    "eu-north-1": "Z3BAZG2TWCNX0D",
    "ap-southeast-1": "Z3O0J2DXBE1FTB",
    "ap-southeast-2": "Z1WCIGYICN2BYD",
    "ap-northeast-1": "Z2M4EHUR26P7ZW",
}
_BUCKET: Final[Mapping[str, Field]] = {
    "bucket": Field(replace=True, computed=True),
    "forceDestroy": Field(default=False, write_only=True),
    "objectLockEnabled": Field(to="ObjectLockEnabledForBucket", replace=True, computed=True),
    "tags": Field(to="Tagging.TagSet"),
}


def _create(cloud: Cloud, inputs: Props) -> Request:
    # us-east-1 is the one region that S3 refuses as a constraint (API reference, CreateBucket).
    region = cloud.place.region
    constraint = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
    return Request("create_bucket", {**cloud.build("create_bucket", _BUCKET, inputs), **constraint})


def _complete(cloud: Cloud, reading: Reading) -> Props:
    bucket = reading.resource_id
    tagging = cloud.find("get_bucket_tagging", Bucket=bucket) or {}
    lock = cloud.find("get_object_lock_configuration", Bucket=bucket) or {}
    return {
        **reading.props,
        "objectLockEnabled": lock.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled",
        "tags": {tag["Key"]: tag["Value"] for tag in tagging.get("TagSet", [])},
        "hostedZoneId": _HOSTED_ZONES.get(cloud.place.region, ""),
    }


def _update_tags(cloud: Cloud, change: Change) -> list[Request]:
    # S3 has no operation that adds or removes single tags: the set is replaced.
    if not change.new.get("tags"):
        return [Request("delete_bucket_tagging", change.key)]
    return [Request("put_bucket_tagging", {**change.key, **cloud.build("put_bucket_tagging", _BUCKET, change.values)})]


def _empty(cloud: Cloud, bucket: str, state: Props) -> None:
    """Remove every version of every object, where the program says so; else S3 refuses to delete what is not empty."""
    if state.get("forceDestroy") is not True or cloud.find("head_bucket", Bucket=bucket) is None:
        return
    for kind in ("Versions", "DeleteMarkers"):
        versions = cloud.pages("list_object_versions", kind, Bucket=bucket)
        batch = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in versions]
        for start in range(0, len(batch), _BATCH):
            _remove(cloud, bucket, batch[start : start + _BATCH])


def _remove(cloud: Cloud, bucket: str, batch: list[dict[str, str]]) -> None:
    response = cloud.call("delete_objects", Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
    for error in response.get("Errors", []):
        raise ProviderError(f"emptying the bucket {bucket}: {error.get('Key')}: {error.get('Message')}")


BUCKET: Final = ResourceType(
    "aws:s3/bucket:Bucket",
    service="s3",
    fields=_BUCKET,
    outputs={
        "arn": "arn:{partition}:s3:::{bucket}",
        "bucketDomainName": "{bucket}.s3.amazonaws.com",
        "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com",
        "bucketRegion": "{region}",
        "hostedZoneId": "",
    },
    identity=("bucket",),
    naming=Naming(field="bucket", longest=63, lower=True),
    id="{bucket}",
    key={"Bucket": "{id}"},
    create=_create,
    read=Read("head_bucket"),
    from_api=_complete,
    update=(Update(fields=("tags",), requests=_update_tags),),
    before_delete=_empty,
    delete="delete_bucket",
)


def _setting(token: str, name: str, fields: Mapping[str, Field], inside: str = "") -> ResourceType:
    """Return the type of a setting, which has the bucket's name for an id and operations named after it."""
    return ResourceType(
        token,
        service="s3",
        fields={"bucket": Field(replace=True), **fields},
        identity=("bucket",),
        id="{bucket}",
        key={"Bucket": "{id}"},
        inside=inside,
        put=f"put_{name}",
        read=Read(f"get_{name}"),
        delete=f"delete_{name}",
    )


def _read_versioning(_: Cloud, reading: Reading) -> Props | None:
    status = reading.record.get("Status")
    return {**reading.props, "versioningConfiguration": {"status": status}} if status else None


BUCKET_VERSIONING: Final = replace(
    _setting(
        "aws:s3/bucketVersioning:BucketVersioning",
        "bucket_versioning",
        {"versioningConfiguration": Field(renames={"mfaDelete": "MFADelete"})},
    ),
    from_api=_read_versioning,
    # Versioning cannot be taken off a bucket again, only suspended (S3 User Guide, "Using versioning in S3 buckets").
    delete="put_bucket_versioning",
    delete_with={"VersioningConfiguration": {"Status": "Suspended"}},
)

BUCKET_ENCRYPTION: Final = _setting(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "bucket_encryption",
    {"rules": Field(renames={"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"})},
    inside="ServerSideEncryptionConfiguration",
)

BUCKET_PUBLIC_ACCESS_BLOCK: Final = _setting(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "public_access_block",
    {
        name: Field(default=False, unset=False)
        for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    },
    inside="PublicAccessBlockConfiguration",
)

BUCKET_POLICY: Final = _setting(
    "aws:s3/bucketPolicy:BucketPolicy", "bucket_policy", {"policy": Field(kind="resource-policy")}
)


BUCKET_OWNERSHIP_CONTROLS: Final = replace(
    _setting(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "bucket_ownership_controls",
        {"rule": Field(to="Rules.[]")},
        inside="OwnershipControls",
    ),
    from_api=lambda cloud, reading: reading.props if "rule" in reading.props else None,
)


BUCKET_LOGGING: Final = replace(
    _setting(
        "aws:s3/bucketLogging:BucketLogging",
        "bucket_logging",
        {
            "targetBucket": Field(),
            "targetPrefix": Field(),
            "targetObjectKeyFormat": Field(),
            "targetGrants": Field(kind="set", renames={"id": "ID", "uri": "URI"}),
        },
        inside="BucketLoggingStatus.LoggingEnabled",
    ),
    read=Read("get_bucket_logging", "LoggingEnabled"),
    # An empty status switches it off (S3 API reference, PutBucketLogging).
    delete="put_bucket_logging",
    delete_with={"BucketLoggingStatus": {}},
)


def _with_filters(inputs: Props) -> Props:
    # S3 wants a filter; one with an empty prefix is for all objects, which is what pulumi-aws makes of none.
    rules = [
        rule if "prefix" in rule or rule.get("filter") else {**rule, "filter": {"prefix": ""}}
        for rule in inputs.get("rules", [])
    ]
    return {**inputs, "rules": rules}


BUCKET_LIFECYCLE_CONFIGURATION: Final = replace(
    _setting(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "bucket_lifecycle_configuration",
        {
            "rules": Field(kind="set", renames={"id": "ID"}),
            "transitionDefaultMinimumObjectSize": Field(computed=True),
        },
        inside="LifecycleConfiguration",
    ),
    delete="delete_bucket_lifecycle",
    to_api=_with_filters,
)
