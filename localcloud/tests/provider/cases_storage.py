"""Keys, buckets and tables."""

from __future__ import annotations

from typing import Any

from .case import ROOT, Act, Case, document, plain


def _s3_setting(
    kind: str, name: str, inputs: dict[str, Any], update: dict[str, Any], drift: Act, remove: Act | None
) -> Case:
    return Case(
        name,
        f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}",
        {"bucket": "${bucket.bucket}", **inputs},
        update,
        {"bucket": "${bucket2.bucket}"},
        drift,
        remove,
        id="{bucket}",
    )


CASES = [
    Case(
        "key",
        "aws:kms/key:Key",
        {"description": "a key", "deletionWindowInDays": 7, "enableKeyRotation": True, "tags": {"a": "1"}},
        {"description": "the key", "enableKeyRotation": False, "tags": {"b": "2"}},
        {"multiRegion": True},
        lambda c, out: c("kms").update_key_description(KeyId=out["keyId"], Description="someone's"),
        lambda c, out: c("kms").schedule_key_deletion(KeyId=out["keyId"], PendingWindowInDays=7),
        id="{keyId}",
        outputs=("arn", "keyId"),
    ),
    Case(
        "alias",
        "aws:kms/alias:Alias",
        {"name": "alias/provider-test", "targetKeyId": "${key.keyId}"},
        {"targetKeyId": "${key-2.keyId}"},
        {"name": "alias/provider-test-2"},
        lambda c, out: c("kms").update_alias(AliasName=out["name"], TargetKeyId=c("other")["key-2"]["keyId"]),
        lambda c, out: c("kms").delete_alias(AliasName=out["name"]),
        id="{name}",
        outputs=("arn", "targetKeyArn"),
    ),
    Case(
        "bucket",
        "aws:s3/bucket:Bucket",
        {"bucket": "provider-test-main", "forceDestroy": True, "tags": {"a": "1"}},
        {"tags": {"a": "2"}},
        {"bucket": "provider-test-other"},
        lambda c, out: c("s3").put_bucket_tagging(
            Bucket=out["bucket"], Tagging={"TagSet": [{"Key": "z", "Value": "9"}]}
        ),
        lambda c, out: c("s3").delete_bucket(Bucket=out["bucket"]),
        id="{bucket}",
        outputs=("arn", "bucketDomainName", "bucketRegionalDomainName", "hostedZoneId"),
    ),
    _s3_setting(
        "BucketVersioning",
        "versioning",
        {"versioningConfiguration": {"status": "Enabled"}},
        {"versioningConfiguration": {"status": "Suspended"}},
        lambda c, out: c("s3").put_bucket_versioning(
            Bucket=out["bucket"],
            VersioningConfiguration={
                "Status": "Enabled" if out["versioningConfiguration"]["status"] == "Suspended" else "Suspended"
            },
        ),
        None,
    ),
    _s3_setting(
        "BucketServerSideEncryptionConfiguration",
        "encryption",
        {
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "${key.arn}"},
                    "bucketKeyEnabled": True,
                }
            ]
        },
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        lambda c, out: c("s3").put_bucket_encryption(
            Bucket=out["bucket"],
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]
            },
        ),
        lambda c, out: c("s3").delete_bucket_encryption(Bucket=out["bucket"]),
    ),
    _s3_setting(
        "BucketPublicAccessBlock",
        "public-access",
        {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True},
        {"ignorePublicAcls": False},
        lambda c, out: c("s3").put_public_access_block(
            Bucket=out["bucket"], PublicAccessBlockConfiguration={"BlockPublicAcls": True}
        ),
        lambda c, out: c("s3").delete_public_access_block(Bucket=out["bucket"]),
    ),
    _s3_setting(
        "BucketPolicy",
        "bucket-policy",
        {"policy": document("s3:GetObject", "${bucket.arn}/*", **ROOT)},
        {"policy": document("s3:PutObject", "${bucket.arn}/*", **ROOT)},
        lambda c, out: c("s3").put_bucket_policy(
            Bucket=out["bucket"], Policy=plain("s3:ListBucket", f"arn:aws:s3:::{out['bucket']}", **ROOT)
        ),
        lambda c, out: c("s3").delete_bucket_policy(Bucket=out["bucket"]),
    ),
    _s3_setting(
        "BucketLifecycleConfiguration",
        "lifecycle",
        {
            "rules": [
                {
                    "id": "old",
                    "status": "Enabled",
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                },
                {"id": "tmp", "status": "Enabled", "filter": {"prefix": "tmp/"}, "expiration": {"days": 5}},
            ]
        },
        {"rules": [{"id": "tmp", "status": "Enabled", "filter": {"prefix": "tmp/"}, "expiration": {"days": 6}}]},
        lambda c, out: c("s3").put_bucket_lifecycle_configuration(
            Bucket=out["bucket"],
            LifecycleConfiguration={
                "Rules": [{"ID": "tmp", "Status": "Disabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 6}}]
            },
        ),
        lambda c, out: c("s3").delete_bucket_lifecycle(Bucket=out["bucket"]),
    ),
    _s3_setting(
        "BucketOwnershipControls",
        "ownership",
        {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
        lambda c, out: c("s3").put_bucket_ownership_controls(
            Bucket=out["bucket"], OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
        lambda c, out: c("s3").delete_bucket_ownership_controls(Bucket=out["bucket"]),
    ),
    _s3_setting(
        "BucketLogging",
        "logging",
        {
            "targetBucket": "${log-bucket.bucket}",
            "targetPrefix": "s3/",
            "targetObjectKeyFormat": {"partitionedPrefix": {"partitionDateSource": "EventTime"}},
        },
        {
            "targetPrefix": "logs/",
            "targetObjectKeyFormat": {"partitionedPrefix": {"partitionDateSource": "DeliveryTime"}},
        },
        lambda c, out: c("s3").put_bucket_logging(
            Bucket=out["bucket"],
            BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": out["targetBucket"], "TargetPrefix": "others/"}},
        ),
        lambda c, out: c("s3").put_bucket_logging(Bucket=out["bucket"], BucketLoggingStatus={}),
    ),
    Case(
        "table",
        "aws:dynamodb/table:Table",
        {
            "attributes": [{"name": "id", "type": "S"}],
            "hashKey": "id",
            "billingMode": "PAY_PER_REQUEST",
            "ttl": {"attributeName": "expiration", "enabled": True},
            "pointInTimeRecovery": {"enabled": True},
            "serverSideEncryption": {"enabled": True, "kmsKeyArn": "${key-2.arn}"},
            "tags": {"a": "1"},
        },
        {"pointInTimeRecovery": {"enabled": False}, "deletionProtectionEnabled": False, "tags": {"a": "2"}},
        {"attributes": [{"name": "key", "type": "S"}], "hashKey": "key"},
        lambda c, out: c("dynamodb").update_time_to_live(
            TableName=out["name"], TimeToLiveSpecification={"AttributeName": "expiration", "Enabled": False}
        ),
        lambda c, out: c("dynamodb").delete_table(TableName=out["name"]),
        id="{name}",
        outputs=("arn",),
    ),
]
