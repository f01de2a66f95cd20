"""S3: buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider.errors import ProviderError
from localcloud.provider.handler import Api, Field, Handler, Naming, Request
from localcloud.provider.values import Props

_BUCKET: Final[Mapping[str, Field]] = {
    "bucket": Field(to="Bucket", replace=True, computed=True),
    "forceDestroy": Field(default=False),
    "objectLockEnabled": Field(to="ObjectLockEnabledForBucket", replace=True, computed=True),
    "tags": Field(),
}


def _create(api: Api, inputs: Props) -> Request:
    params = api.build("create_bucket", {key: _BUCKET[key] for key in ("bucket", "objectLockEnabled")}, inputs)
    # us-east-1 is the one region that S3 refuses as a constraint (API reference, CreateBucket).
    if api.place.region != "us-east-1":
        params["CreateBucketConfiguration"] = {"LocationConstraint": api.place.region}
    return Request("create_bucket", params)


def _read(api: Api, bucket: str, state: Props) -> Props | None:
    if api.find("head_bucket", Bucket=bucket) is None:
        return None
    tagging = api.find("get_bucket_tagging", Bucket=bucket)
    lock = api.find("get_object_lock_configuration", Bucket=bucket) or {}
    enabled = lock.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled")
    region = api.place.region
    return {
        "bucket": bucket,
        "forceDestroy": state.get("forceDestroy", False),
        "objectLockEnabled": enabled == "Enabled",
        "tags": {tag["Key"]: tag["Value"] for tag in (tagging or {}).get("TagSet", [])},
        "arn": f"arn:{api.place.partition}:s3:::{bucket}",
        "bucketDomainName": f"{bucket}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{bucket}.s3.{region}.amazonaws.com",
        "bucketRegion": region,
        "hostedZoneId": _HOSTED_ZONES.get(region, ""),
    }


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


def _update(_: Api, bucket: str, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    if "tags" not in changed:
        return []
    # S3 has no operation that adds or removes single tags: the set is replaced.
    tags: dict[str, Any] = new.get("tags") or {}
    if not tags:
        return [Request("delete_bucket_tagging", {"Bucket": bucket})]
    tag_set = [{"Key": key, "Value": tags[key]} for key in sorted(tags)]
    return [Request("put_bucket_tagging", {"Bucket": bucket, "Tagging": {"TagSet": tag_set}})]


def _empty(api: Api, bucket: str, state: Props) -> None:
    """Remove every version of every object, where the program says so; else S3 refuses to delete what is not empty."""
    if state.get("forceDestroy") is not True or api.find("head_bucket", Bucket=bucket) is None:
        return
    for kind in ("Versions", "DeleteMarkers"):
        versions = api.pages("list_object_versions", kind, Bucket=bucket)
        batch = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in versions]
        for start in range(0, len(batch), _BATCH):
            _remove(api, bucket, batch[start : start + _BATCH])


# S3 API reference, DeleteObjects: objects a request.
_BATCH: Final = 1000


def _remove(api: Api, bucket: str, batch: list[dict[str, str]]) -> None:
    answer = api.call("delete_objects", Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
    for error in answer.get("Errors", []):
        raise ProviderError(f"emptying the bucket {bucket}: {error.get('Key')}: {error.get('Message')}")


BUCKET: Final = Handler(
    service="s3",
    fields=_BUCKET,
    outputs=("arn", "bucketDomainName", "bucketRegionalDomainName", "bucketRegion", "hostedZoneId"),
    identity=("bucket",),
    naming=Naming(field="bucket", longest=63, lower=True),
    create=_create,
    identify=lambda api, inputs, response: inputs["bucket"],
    read=_read,
    update=_update,
    before_delete=_empty,
    delete=lambda api, bucket, state: [Request("delete_bucket", {"Bucket": bucket})],
)
