"""The bootstrap against an account: made once, left alone afterwards, put right where it drifted."""

import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bootstrap import Target, apply
from bootstrap.errors import BootstrapError
from bootstrap.secrets_key import SecretsKey

from .conftest import BUCKET, LOGS, READING, Clients, changes, handling, statuses


def test_everything_is_made_and_a_second_run_changes_nothing(
    clients: Clients, target: Target, recorded: list[str]
) -> None:
    assert set(statuses(clients, target).values()) == {"created"}
    recorded.clear()
    assert set(statuses(clients, target).values()) == {"unchanged"}
    assert [call for call in recorded if not call.startswith(READING)] == []


def test_a_dry_run_of_an_empty_account_only_reads(clients: Clients, target: Target, recorded: list[str]) -> None:
    assert set(statuses(clients, target, dry_run=True).values()) == {"created"}
    assert [call for call in recorded if not call.startswith(READING)] == []
    assert clients("s3").list_buckets()["Buckets"] == []


def test_the_state_is_versioned_encrypted_with_the_key_private_and_reachable_over_tls_only(
    clients: Clients, target: Target
) -> None:
    statuses(clients, target)
    s3 = clients("s3")
    key_arn = clients("kms").describe_key(KeyId="alias/abalone-dev-state")["KeyMetadata"]["Arn"]
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    rule = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
    assert all(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())
    owned = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"]
    assert owned == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    [statement] = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    [rule] = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 90
    assert clients("kms").get_key_rotation_status(KeyId=key_arn)["KeyRotationEnabled"]
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"]}
    assert tags["environment"] == "dev"


def test_requests_to_the_state_are_logged_where_only_log_delivery_writes(clients: Clients, target: Target) -> None:
    statuses(clients, target)
    s3 = clients("s3")
    logging = s3.get_bucket_logging(Bucket=BUCKET)["LoggingEnabled"]
    assert (logging["TargetBucket"], logging["TargetPrefix"]) == (LOGS, "s3/")
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=LOGS)
    [rule] = s3.get_bucket_encryption(Bucket=LOGS)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert all(s3.get_public_access_block(Bucket=LOGS)["PublicAccessBlockConfiguration"].values())
    [rule] = s3.get_bucket_lifecycle_configuration(Bucket=LOGS)["Rules"]
    assert rule["Expiration"]["Days"] == target.settings.operations.log_retention_days
    delivery, http = json.loads(s3.get_bucket_policy(Bucket=LOGS)["Policy"])["Statement"]
    assert (http["Effect"], http["Resource"]) == ("Deny", [f"arn:aws:s3:::{LOGS}", f"arn:aws:s3:::{LOGS}/*"])
    assert delivery["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert (delivery["Action"], delivery["Resource"]) == ("s3:PutObject", f"arn:aws:s3:::{LOGS}/s3/*")
    assert delivery["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{BUCKET}"},
    }


def test_an_environment_without_access_logs_of_its_state_gets_them_and_keeps_all_else(
    clients: Clients, target: Target
) -> None:
    statuses(clients, target)
    s3 = clients("s3")
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={})
    s3.delete_bucket_policy(Bucket=LOGS)
    for version in s3.list_object_versions(Bucket=LOGS).get("Versions", []):
        s3.delete_object(Bucket=LOGS, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=LOGS)
    outcomes = {outcome.kind: (outcome.status, outcome.changes) for outcome in apply(clients, target)}
    assert outcomes.pop("state's access logs")[0] == "created"
    assert outcomes.pop("state bucket") == ("updated", ("access logs",))
    assert {status for status, _ in outcomes.values()} == {"unchanged"}


def test_the_boundary_changes_more_often_than_iam_keeps_versions(clients: Clients, target: Target) -> None:
    statuses(clients, target)
    for number in range(7):
        pipeline = target.settings.pipeline.model_copy(update={"input_data_uri": f"s3://elsewhere-{number}/data/"})
        changed = replace(target, settings=target.settings.model_copy(update={"pipeline": pipeline}))
        assert changes(clients, changed)["permissions boundary"] == ("policy document",)
    arn = target.deployment.boundary_arn
    default = clients("iam").get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = clients("iam").get_policy_version(PolicyArn=arn, VersionId=default)["PolicyVersion"]["Document"]
    assert "elsewhere-6" in json.dumps(document)


def with_existing_buckets(target: Target, **buckets: str) -> Target:
    existing = target.settings.buckets.model_copy(update=buckets)
    return replace(target, settings=target.settings.model_copy(update={"buckets": existing}))


def encrypt(clients: Clients, bucket: str, key: str) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    clients("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def test_an_existing_bucket_with_another_key_is_refused_before_anything_is_made(
    clients: Clients, target: Target, recorded: list[str]
) -> None:
    other = clients("kms").create_key()["KeyMetadata"]["Arn"]
    clients("s3").create_bucket(Bucket="a-lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    encrypt(clients, "a-lake", other)
    recorded.clear()
    with pytest.raises(BootstrapError, match=f"Nothing was changed.*Bucket a-lake encrypts by default with {other}"):
        statuses(clients, with_existing_buckets(target, data="a-lake"))
    assert recorded
    assert [call for call in recorded if not call.startswith(READING)] == []


def test_an_existing_bucket_may_have_s3s_own_key_or_the_stacks(clients: Clients, target: Target) -> None:
    changed = with_existing_buckets(target, artifacts="a-lake")
    clients("s3").create_bucket(Bucket="a-lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    encrypt(clients, "a-lake", "arn:aws:kms:eu-west-1:123456789012:alias/aws/s3")
    assert set(statuses(clients, changed).values()) == {"created"}
    key = clients("kms").create_key()["KeyMetadata"]
    clients("kms").create_alias(AliasName="alias/abalone-dev", TargetKeyId=key["KeyId"])
    encrypt(clients, "a-lake", key["Arn"])
    assert set(statuses(clients, changed).values()) == {"unchanged"}


def test_an_existing_bucket_that_is_not_there_is_named(clients: Clients, target: Target) -> None:
    with pytest.raises(BootstrapError, match=r"buckets\.data: given 'not-there', expected a bucket that exists"):
        statuses(clients, with_existing_buckets(target, data="not-there"))


FIRST_WRITES = [
    "CreateKey", "CreateAlias", "EnableKeyRotation", "CreateBucket", "PutPublicAccessBlock", "PutBucketEncryption",
    "PutBucketVersioning", "PutBucketLifecycleConfiguration", "PutBucketPolicy", "PutBucketTagging",
    "PutBucketLogging", "CreatePolicy",
]  # fmt: skip


@pytest.mark.parametrize("operation", FIRST_WRITES)
def test_a_run_that_failed_half_way_is_continued_by_the_next(clients: Clients, target: Target, operation: str) -> None:
    def refuse(model: Any, **_: Any) -> None:
        if model.name == operation:
            error: Any = {"Error": {"Code": "AccessDenied", "Message": f"not authorized to perform {operation}"}}
            raise ClientError(error, operation)

    message = rf"(?s)A permission is missing.*{operation}.*run the same command again"
    with handling(clients, refuse), pytest.raises(BootstrapError, match=message):
        statuses(clients, target)

    statuses(clients, target)
    assert set(statuses(clients, target).values()) == {"unchanged"}
    assert len(clients("kms").list_keys()["Keys"]) == 1


def test_two_runs_at_once_end_with_one_key(clients: Clients, target: Target) -> None:
    slow = SecretsKey(clients, target)
    assert not slow.exists()
    statuses(clients, target)
    winner = clients("kms").describe_key(KeyId="alias/abalone-dev-state")["KeyMetadata"]["Arn"]

    slow.create()
    for setting in slow.settings():
        if not setting.is_right():
            setting.put_right()

    assert slow.arn == winner
    states = [
        clients("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
        for key in clients("kms").list_keys()["Keys"]
    ]
    assert sorted(states) == ["Enabled", "PendingDeletion"]


def test_a_key_whose_creation_was_not_answered_is_not_kept_beside_that_of_the_next_attempt(
    clients: Clients, target: Target
) -> None:
    def lose_first_answer(attempts: int, **_: Any) -> int | None:
        return 0 if attempts == 1 else None

    events = clients("kms").meta.events
    events.register_first("needs-retry.kms.CreateKey", lose_first_answer)
    try:
        statuses(clients, target)
    finally:
        events.unregister("needs-retry.kms.CreateKey", lose_first_answer)

    keys = [clients("kms").describe_key(KeyId=key["KeyId"]) for key in clients("kms").list_keys()["Keys"]]
    states = {key["KeyMetadata"]["Arn"]: key["KeyMetadata"]["KeyState"] for key in keys}
    behind_alias = clients("kms").describe_key(KeyId="alias/abalone-dev-state")["KeyMetadata"]["Arn"]
    assert sorted(states.values()) == ["Enabled", "PendingDeletion"]
    assert states[behind_alias] == "Enabled"
    assert set(statuses(clients, target).values()) == {"unchanged"}


def test_a_github_source_adds_the_accounts_oidc_provider_and_keeps_what_others_put_there(
    clients: Clients, target: Target
) -> None:
    source = target.settings.delivery.source.model_copy(
        update={
            "provider": "github",
            "repository": "acme/mlops",
            "connection_arn": "arn:aws:codeconnections:eu-west-1:123456789012:connection/1",
        }
    )
    delivery = target.settings.delivery.model_copy(update={"source": source})
    github = replace(target, settings=target.settings.model_copy(update={"delivery": delivery}))
    arn = clients("iam").create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["https://github.com/acme"]
    )["OpenIDConnectProviderArn"]

    assert changes(clients, github, dry_run=True)["OIDC provider"] == ("audience sts.amazonaws.com",)
    clients("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert statuses(clients, github)["OIDC provider"] == "created"
    assert statuses(clients, github)["OIDC provider"] == "unchanged"
    provider = clients("iam").get_open_id_connect_provider(
        OpenIDConnectProviderArn=github.deployment.github_provider_arn
    )
    assert provider["ClientIDList"] == ["sts.amazonaws.com"]
    assert "OIDC provider" not in statuses(clients, target)


def of_project(target: Target, name: str, environment: str = "dev") -> Target:
    project = target.settings.project.model_copy(update={"name": name})
    return replace(target, settings=target.settings.model_copy(update={"project": project, "environment": environment}))


@pytest.mark.parametrize(
    ("first", "second"),
    [(("abalone", "local"), ("abalone-local", "dev")), (("abalone-local", "dev"), ("abalone", "local"))],
)
def test_an_environment_is_refused_whose_prefix_begins_or_continues_anothers(
    clients: Clients, target: Target, recorded: list[str], first: tuple[str, str], second: tuple[str, str]
) -> None:
    statuses(clients, of_project(target, *first))
    recorded.clear()
    prefixes = ["-".join(first), "-".join(second)]
    with pytest.raises(BootstrapError, match=r"Nothing was changed\..*its state included.*project\.name") as refused:
        statuses(clients, of_project(target, *second))
    assert all(prefix in str(refused.value) for prefix in prefixes)
    assert recorded
    assert [call for call in recorded if not call.startswith(READING)] == []


def test_prefixes_that_only_share_letters_and_policies_of_others_are_no_reason_to_refuse(
    clients: Clients, target: Target
) -> None:
    statuses(clients, of_project(target, "abalone"))
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    )
    clients("iam").create_policy(PolicyName="aba-boundary", PolicyDocument=document)
    for project, environment in (("abalone", "dev2"), ("aba-lone", "dev"), ("aba", "dev")):
        assert set(statuses(clients, of_project(target, project, environment)).values()) == {"created"}


def test_environments_that_are_nested_already_are_kept_up_to_date(clients: Clients, target: Target) -> None:
    outer, inner = of_project(target, "abalone", "local"), of_project(target, "abalone-local")
    statuses(clients, inner)
    deployment = outer.deployment
    clients("iam").create_policy(
        PolicyName=deployment.boundary_name,
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        ),
        Tags=outer.tags,
    )
    assert statuses(clients, outer)["permissions boundary"] == "updated"
    assert set(statuses(clients, inner).values()) == {"unchanged"}
