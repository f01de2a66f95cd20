"""Logging of requests to a bucket: where S3 takes it to, and where it doesn't."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from localcloud.client_errors import code_of, message_of

if TYPE_CHECKING:
    from .conftest import Deployment

pytestmark = pytest.mark.local

BY_DAY = {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}


def bucket(deployment: Deployment, name: str) -> str:
    deployment.root("s3").create_bucket(Bucket=f"{deployment.prefix}-{name}")
    return f"{deployment.prefix}-{name}"


def log(client: Any, source: str, target: str, **more: Any) -> None:
    status = {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": "s3/", **more}}
    client.put_bucket_logging(Bucket=source, BucketLoggingStatus=status)


def test_logging_is_switched_on_described_and_switched_off(deployment: Deployment) -> None:
    s3, source, target = deployment.root("s3"), bucket(deployment, "source"), bucket(deployment, "target")
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=source)

    log(s3, source, target, TargetObjectKeyFormat=BY_DAY)
    assert s3.get_bucket_logging(Bucket=source)["LoggingEnabled"] == {
        "TargetBucket": target,
        "TargetPrefix": "s3/",
        "TargetObjectKeyFormat": BY_DAY,
    }
    s3.put_bucket_logging(Bucket=source, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=source)


def test_a_target_that_does_not_exist_is_refused(deployment: Deployment) -> None:
    source = bucket(deployment, "source")
    with pytest.raises(ClientError, match="does not exist") as caught:
        log(deployment.root("s3"), source, f"{deployment.prefix}-none")
    assert code_of(caught.value) == "InvalidTargetBucketForLogging"


def test_a_target_in_another_region_is_refused(deployment: Deployment) -> None:
    source, elsewhere = bucket(deployment, "source"), f"{deployment.prefix}-elsewhere"
    deployment.root("s3").create_bucket(
        Bucket=elsewhere, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    with pytest.raises(ClientError) as caught:
        log(deployment.root("s3"), source, elsewhere)
    assert code_of(caught.value) == "CrossLocationLoggingProhibited"


def test_who_may_not_set_logging_is_not_told_of_the_target(deployment: Deployment) -> None:
    source = bucket(deployment, "source")
    reader = deployment.user("reader", deployment.allow("s3:GetBucketLogging", f"arn:aws:s3:::{source}"))("s3")
    assert "LoggingEnabled" not in reader.get_bucket_logging(Bucket=source)
    with pytest.raises(ClientError) as caught:
        log(reader, source, f"{deployment.prefix}-none")
    assert code_of(caught.value) == "AccessDenied"
    assert "s3:PutBucketLogging" in message_of(caught.value)
