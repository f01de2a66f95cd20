"""S3: what is set on a bucket by a resource of its own; its id is the bucket's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from localcloud.provider.handler import Api, Field, Handler, Request
from localcloud.provider.values import Props

_Params = Callable[[Api, Props], dict[str, Any]]


def _setting(
    operations: tuple[str, str, str],
    fields: Mapping[str, Field],
    params: _Params,
    read: Callable[[Api, Mapping[str, Any]], Props | None],
    undo: Callable[[str], list[Request]] | None = None,
) -> Handler:
    """Build a setting's handler from its put operation, which creates and updates, and its get and delete operations.

    `undo` gives the requests that take the setting off, where S3 has no delete operation for it.
    """
    put, get, delete = operations

    def request(api: Api, inputs: Props) -> Request:
        return Request(put, {"Bucket": inputs["bucket"], **params(api, inputs)})

    def read_setting(api: Api, bucket: str, _: Props) -> Props | None:
        found = api.find(get, Bucket=bucket)
        props = read(api, found) if found else None
        return {"bucket": bucket, **props} if props is not None else None

    return Handler(
        service="s3",
        fields={"bucket": Field(replace=True), **fields},
        identity=("bucket",),
        create=request,
        identify=lambda api, inputs, response: inputs["bucket"],
        read=read_setting,
        update=lambda api, bucket, old, new, changed: [request(api, new)],
        delete=lambda api, bucket, state: undo(bucket) if undo else [Request(delete, {"Bucket": bucket})],
    )


_VERSIONING: Final = {
    "versioningConfiguration": Field(to="VersioningConfiguration", renames={"mfaDelete": "MFADelete"})
}


def _read_versioning(_: Api, found: Mapping[str, Any]) -> Props | None:
    status = found.get("Status")
    return {"versioningConfiguration": {"status": status}} if status else None


BUCKET_VERSIONING: Final = _setting(
    ("put_bucket_versioning", "get_bucket_versioning", ""),
    _VERSIONING,
    lambda api, inputs: api.build("put_bucket_versioning", _VERSIONING, inputs),
    _read_versioning,
    # Versioning cannot be taken off a bucket again, only suspended (S3 User Guide, "Using versioning in S3 buckets").
    lambda bucket: [
        Request("put_bucket_versioning", {"Bucket": bucket, "VersioningConfiguration": {"Status": "Suspended"}})
    ],
)

_ENCRYPTION_RENAMES: Final = {
    "sseAlgorithm": "SSEAlgorithm",
    "kmsMasterKeyId": "KMSMasterKeyID",
}
_ENCRYPTION: Final = {"rules": Field(to="Rules", renames=_ENCRYPTION_RENAMES)}


def _read_encryption(api: Api, found: Mapping[str, Any]) -> Props | None:
    path = "ServerSideEncryptionConfiguration"
    return api.parse("get_bucket_encryption", _ENCRYPTION, found[path], path)


BUCKET_ENCRYPTION: Final = _setting(
    ("put_bucket_encryption", "get_bucket_encryption", "delete_bucket_encryption"),
    _ENCRYPTION,
    lambda api, inputs: api.build(
        "put_bucket_encryption",
        {"rules": Field(to="ServerSideEncryptionConfiguration", renames=_ENCRYPTION_RENAMES)},
        {"rules": {"rules": inputs["rules"]}},
    ),
    _read_encryption,
)

_PUBLIC: Final = {
    name: Field(default=False)
    for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
}


def _read_public(api: Api, found: Mapping[str, Any]) -> Props | None:
    path = "PublicAccessBlockConfiguration"
    return api.parse("get_public_access_block", _PUBLIC, found[path], path)


BUCKET_PUBLIC_ACCESS_BLOCK: Final = _setting(
    ("put_public_access_block", "get_public_access_block", "delete_public_access_block"),
    _PUBLIC,
    lambda api, inputs: {
        "PublicAccessBlockConfiguration": {
            name[0].upper() + name[1:]: inputs.get(name, spec.default) for name, spec in _PUBLIC.items()
        }
    },
    _read_public,
)

BUCKET_POLICY: Final = _setting(
    ("put_bucket_policy", "get_bucket_policy", "delete_bucket_policy"),
    {"policy": Field(kind="resource-policy")},
    lambda api, inputs: {"Policy": inputs["policy"]},
    lambda _, found: {"policy": found["Policy"]},
)

_OWNERSHIP: Final = {"rule": Field()}


def _read_ownership(_: Api, found: Mapping[str, Any]) -> Props | None:
    rules = found["OwnershipControls"].get("Rules", [])
    return {"rule": {"objectOwnership": rules[0]["ObjectOwnership"]}} if rules else None


def _ownership(api: Api, inputs: Props) -> dict[str, Any]:
    controls = {"controls": {"rules": [inputs["rule"]]}}
    return api.build("put_bucket_ownership_controls", {"controls": Field(to="OwnershipControls")}, controls)


BUCKET_OWNERSHIP_CONTROLS: Final = _setting(
    ("put_bucket_ownership_controls", "get_bucket_ownership_controls", "delete_bucket_ownership_controls"),
    _OWNERSHIP,
    _ownership,
    _read_ownership,
)

_LIFECYCLE: Final = {
    "rules": Field(to="Rules", kind="set", renames={"id": "ID"}),
    "transitionDefaultMinimumObjectSize": Field(computed=True),
}


def _lifecycle(api: Api, inputs: Props) -> dict[str, Any]:
    # S3 wants a filter; one with an empty prefix is for all objects, which is what pulumi-aws makes of none.
    rules = [
        rule if "prefix" in rule or rule.get("filter") else {**rule, "filter": {"prefix": ""}}
        for rule in inputs.get("rules", [])
    ]
    configuration = api.build(
        "put_bucket_lifecycle_configuration",
        {"rules": Field(to="LifecycleConfiguration", renames={"id": "ID"})},
        {"rules": {"rules": rules}},
    )
    rest = {"transitionDefaultMinimumObjectSize": _LIFECYCLE["transitionDefaultMinimumObjectSize"]}
    return {**configuration, **api.build("put_bucket_lifecycle_configuration", rest, inputs)}


BUCKET_LIFECYCLE_CONFIGURATION: Final = _setting(
    ("put_bucket_lifecycle_configuration", "get_bucket_lifecycle_configuration", "delete_bucket_lifecycle"),
    _LIFECYCLE,
    _lifecycle,
    lambda api, found: api.parse("get_bucket_lifecycle_configuration", _LIFECYCLE, found),
)
