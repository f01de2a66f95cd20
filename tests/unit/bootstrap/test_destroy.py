"""Removing the bootstrap: refused while something depends on it, complete when nothing does."""

from collections.abc import Callable
from typing import Any

import pytest

from bootstrap import Target, apply, destroy
from bootstrap.errors import BootstrapError

from .conftest import BUCKET, LOGS

Clients = Callable[[str], Any]


@pytest.fixture(autouse=True)
def bootstrapped(clients: Clients, target: Target) -> None:
    list(apply(clients, target))
    # moto reads the policy that refuses plain HTTP, but knows nothing of TLS.
    for bucket in (BUCKET, LOGS):
        clients("s3").delete_bucket_policy(Bucket=bucket)


def test_it_refuses_while_stacks_exist_and_names_each(clients: Clients, target: Target) -> None:
    for key in ("mlops-infra/dev.json", "mlops-infra/dev.json.bak", "other/test.json.gz", "legacy.json"):
        clients("s3").put_object(Bucket=BUCKET, Key=f".pulumi/stacks/{key}", Body=b"{}")
    with pytest.raises(BootstrapError, match="3 stack") as refused:
        list(destroy(clients, target))
    assert [name for name in ("mlops-infra/dev", "other/test", "legacy") if name in str(refused.value)] == [
        "mlops-infra/dev",
        "other/test",
        "legacy",
    ]
    assert clients("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 4


def test_it_removes_every_version_and_marker_and_schedules_the_keys_deletion(clients: Clients, target: Target) -> None:
    s3, kms = clients("s3"), clients("kms")
    for number in range(3):
        s3.put_object(Bucket=BUCKET, Key=".pulumi/history/x", Body=str(number).encode())
    s3.delete_object(Bucket=BUCKET, Key=".pulumi/history/x")
    key = kms.describe_key(KeyId="alias/abalone-dev-state")["KeyMetadata"]["KeyId"]

    dry = [outcome.kind for outcome in destroy(clients, target, dry_run=True)]
    assert len(s3.list_object_versions(Bucket=BUCKET)["Versions"]) == 3
    assert (
        [outcome.kind for outcome in destroy(clients, target)]
        == dry
        == [
            "state bucket",
            "state's access logs",
            "permissions boundary",
            "KMS key",
        ]
    )
    assert s3.list_buckets()["Buckets"] == []
    assert clients("iam").list_policies(Scope="Local")["Policies"] == []
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert list(destroy(clients, target)) == []


def test_after_a_removal_it_can_be_made_again_with_a_new_key(clients: Clients, target: Target) -> None:
    old = clients("kms").describe_key(KeyId="alias/abalone-dev-state")["KeyMetadata"]["KeyId"]
    list(destroy(clients, target))
    assert {outcome.status for outcome in apply(clients, target)} == {"created"}
    assert clients("kms").describe_key(KeyId="alias/abalone-dev-state")["KeyMetadata"]["KeyId"] != old
