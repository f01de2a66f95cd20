"""What drifted in a bootstrapped account is put right."""

import json
from collections.abc import Callable, Iterator

import pytest

from bootstrap import Target

from .conftest import BUCKET, LOGS, READING, ROOT, Clients, changes, empty_account, recording, statuses

PARTS = ("KMS key", "state's access logs", "state bucket", "permissions boundary")
DRIFT: list[tuple[str, str, Callable[[Clients], object]]] = [
    ("state bucket", "TLS only", lambda c: c("s3").delete_bucket_policy(Bucket=BUCKET)),
    (
        "state bucket",
        "versioning",
        lambda c: c("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}),
    ),
    ("state bucket", "public access blocked", lambda c: c("s3").delete_public_access_block(Bucket=BUCKET)),
    ("state bucket", "expiry of old versions", lambda c: c("s3").delete_bucket_lifecycle(Bucket=BUCKET)),
    ("state bucket", "tags", lambda c: c("s3").delete_bucket_tagging(Bucket=BUCKET)),
    (
        "state bucket",
        "encryption",
        lambda c: c("s3").put_bucket_encryption(
            Bucket=BUCKET,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        ),
    ),
    (
        "state bucket",
        "ownership",
        lambda c: c("s3").put_bucket_ownership_controls(
            Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
    ),
    (
        "state bucket",
        "access logs",
        lambda c: c("s3").put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={}),
    ),
    ("state's access logs", "public access blocked", lambda c: c("s3").delete_public_access_block(Bucket=LOGS)),
    ("state's access logs", "expiry of old versions", lambda c: c("s3").delete_bucket_lifecycle(Bucket=LOGS)),
    ("KMS key", "yearly rotation", lambda c: c("kms").disable_key_rotation(KeyId=key_of(c))),
    ("KMS key", "alias", lambda c: c("kms").delete_alias(AliasName="alias/abalone-dev-state")),
    ("KMS key", "enabled", lambda c: c("kms").disable_key(KeyId=key_of(c))),
    ("KMS key", "enabled", lambda c: c("kms").schedule_key_deletion(KeyId=key_of(c), PendingWindowInDays=7)),
    (
        "permissions boundary",
        "policy document",
        lambda c: c("iam").create_policy_version(
            PolicyArn="arn:aws:iam::123456789012:policy/abalone-dev-boundary",
            PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
            ),
            SetAsDefault=True,
        ),
    ),
]


def key_of(clients: Clients) -> str:
    return str(clients("kms").describe_key(KeyId="alias/abalone-dev-state")["KeyMetadata"]["KeyId"])


@pytest.fixture(scope="module")
def bootstrapped() -> Iterator[Clients]:
    """An account that was bootstrapped once; whoever changes something puts it right."""
    with empty_account() as clients:
        statuses(clients, Target.read("dev", ROOT))
        yield clients


@pytest.mark.parametrize(("kind", "label", "drift"), DRIFT)
def test_what_drifted_is_named_and_put_right_and_nothing_else(
    bootstrapped: Clients, target: Target, kind: str, label: str, drift: Callable[[Clients], object]
) -> None:
    clients, key = bootstrapped, key_of(bootstrapped)
    drift(clients)
    expected = {part: (label,) if part == kind else () for part in PARTS}

    with recording(clients) as calls:
        assert changes(clients, target, dry_run=True) == expected
    assert calls
    assert [call for call in calls if not call.startswith(READING)] == []
    assert changes(clients, target) == expected
    assert set(statuses(clients, target).values()) == {"unchanged"}
    assert key_of(clients) == key
