"""Storage: private, encrypted, versioned, TLS only; and an existing bucket is left alone."""

import dataclasses
from typing import Any

import pytest

from components import Storage, StorageArgs
from contract.names import Deployment


def storage(deployment: Deployment, existing: str | None = None) -> Storage:
    return Storage(
        "data", StorageArgs(deployment=deployment, short_name="data", existing_name=existing, key_arn="arn:key")
    )


def test_a_created_bucket_is_private_encrypted_and_versioned(deployment: Deployment, build: Any) -> None:
    registered = build(lambda: storage(deployment))
    block = registered.inputs("data-public-access-block")
    assert [
        block[k] for k in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    ] == [True] * 4
    encryption = registered.inputs("data-encryption")["rules"][0]
    assert encryption["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn:key"}
    assert encryption["bucketKeyEnabled"] is True
    assert registered.inputs("data-versioning")["versioningConfiguration"] == {"status": "Enabled"}
    assert registered.inputs("data-ownership")["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_plain_http_is_refused_for_the_bucket_and_its_objects(deployment: Deployment, build: Any) -> None:
    refusal = build(lambda: storage(deployment)).statements("data-policy")["RefusePlainHttp"]
    assert (refusal["Effect"], refusal["Principal"], refusal["Action"]) == ("Deny", "*", ["s3:*"])
    assert refusal["Resource"] == ["arn:mock:data-bucket", "arn:mock:data-bucket/*"]
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_old_versions_and_unfinished_uploads_go_away(deployment: Deployment, build: Any) -> None:
    rule = build(lambda: storage(deployment)).inputs("data-lifecycle")["rules"][0]
    assert rule["noncurrentVersionExpiration"]["noncurrentDays"] == 90
    assert rule["abortIncompleteMultipartUpload"]["daysAfterInitiation"] == 7
    assert "expiration" not in rule


@pytest.mark.parametrize("protected", [True, False])
def test_removal_protection_decides_whether_destroy_may_drop_data(
    deployment: Deployment, build: Any, protected: bool
) -> None:
    registered = build(lambda: storage(dataclasses.replace(deployment, removal_protection=protected)))
    options = registered.requests["data-bucket"]
    assert (options.protect, options.retainOnDelete) == (protected, protected)
    assert registered.inputs("data-bucket")["forceDestroy"] is not protected


def test_an_existing_bucket_is_used_and_nothing_of_it_changed(deployment: Deployment, build: Any) -> None:
    seen: list[Storage] = []
    registered = build(lambda: seen.append(storage(deployment, existing="our-lake")))
    assert list(registered.requests) == ["data"]

    values: list[str] = []
    build(lambda: storage(deployment, existing="our-lake").bucket_arn.apply(values.append))
    assert values == ["arn:aws:s3:::our-lake"]
