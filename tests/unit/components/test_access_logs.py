"""Access logs: who writes them, how long they stay, and which buckets are logged."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components import create_workspace
from contract.names import ACCESS_LOGS_BUCKET, BUCKETS, Deployment
from settings import StackSettings

LOGS = "abalone-local-access-logs-123456789012-us-east-1"
ARTIFACTS = "arn:aws:s3:::abalone-local-artifacts-123456789012-us-east-1"
DATA = "arn:aws:s3:::abalone-local-data-123456789012-us-east-1"

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def make(local_settings: StackSettings, build: Any) -> Make:
    """Create a workspace with the existing buckets that are named."""

    def run(**existing: str) -> Any:
        buckets = local_settings.buckets.model_copy(update=existing)
        settings = local_settings.model_copy(update={"buckets": buckets})
        return build(lambda: create_workspace(settings, pulumi.ResourceOptions()))

    return functools.cache(run)


@pytest.mark.parametrize("name", ["artifacts", "data"])
def test_requests_to_a_bucket_are_logged_by_the_day_of_the_request(make: Make, name: str) -> None:
    logging = make().inputs(f"{name}-logging")
    assert logging["bucket"] == f"abalone-local-{name}-123456789012-us-east-1"
    assert (logging["targetBucket"], logging["targetPrefix"]) == (LOGS, "s3/")
    assert logging["targetObjectKeyFormat"] == {"partitionedPrefix": {"partitionDateSource": "EventTime"}}


def test_the_logs_themselves_are_not_logged(make: Make) -> None:
    assert make().names_of("aws:s3/bucketLogging:BucketLogging") == ["artifacts-logging", "data-logging"]


def test_only_log_delivery_for_the_stacks_own_buckets_may_write(make: Make) -> None:
    statements = make().statements("access-logs-policy")
    assert set(statements) == {"RefusePlainHttp", "DeliverAccessLogs"}
    assert statements["DeliverAccessLogs"] == {
        "Sid": "DeliverAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": ["s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{LOGS}/s3/123456789012/*"],
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": [ARTIFACTS, DATA]},
        },
    }


def test_logging_is_switched_on_when_delivery_is_allowed(make: Make) -> None:
    registered = make()
    policy = registered.urn("access-logs-policy")
    for name in ("artifacts-logging", "data-logging"):
        assert policy in registered.requests[name].propertyDependencies["targetBucket"].urns


def test_logs_are_encrypted_as_s3_delivers_them_versioned_private_and_kept_as_long_as_others(make: Make) -> None:
    registered = make()
    [encryption] = registered.inputs("access-logs-encryption")["rules"]
    assert encryption == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    assert registered.inputs("access-logs-versioning")["versioningConfiguration"] == {"status": "Enabled"}
    assert registered.inputs("access-logs-ownership")["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    assert registered.inputs("access-logs-public-access-block")["restrictPublicBuckets"] is True
    _, expiry = registered.inputs("access-logs-lifecycle")["rules"]
    assert (expiry["filter"], expiry["expiration"]) == ({"prefix": "s3/"}, {"days": 7})


def test_an_existing_bucket_is_not_logged_and_may_not_deliver(make: Make) -> None:
    registered = make(data="our-lake")
    assert registered.names_of("aws:s3/bucketLogging:BucketLogging") == ["artifacts-logging"]
    condition = registered.statements("access-logs-policy")["DeliverAccessLogs"]["Condition"]
    assert condition["ArnLike"] == {"aws:SourceArn": [ARTIFACTS]}


def test_without_buckets_of_its_own_the_stack_has_no_access_logs(make: Make) -> None:
    assert not make(artifacts="our-lake", data="our-lake").names_of("aws:s3/bucket:Bucket")


def test_names_of_buckets_fit_whatever_the_environment(deployment: Deployment) -> None:
    longest = dataclasses.replace(deployment, project="p" * 20, environment="e" * 8, region="ap-southeast-2")
    names = {longest.bucket_name(short_name) for short_name in BUCKETS}
    assert ACCESS_LOGS_BUCKET in BUCKETS
    assert len(names) == len(BUCKETS)
    assert all(len(name) <= 63 for name in names)
