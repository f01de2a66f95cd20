"""Names and ARNs: derived in one place, and never longer than AWS allows."""

import dataclasses
import re

import pytest

from components import Deployment
from components.deployment import either_case, fit


def test_names_start_with_project_and_environment(deployment: Deployment) -> None:
    assert deployment.name("notifier") == "abalone-local-notifier"
    assert deployment.bucket_name("data") == "abalone-local-data-123456789012-us-east-1"


@pytest.mark.parametrize("max_length", [16, 63, 64])
def test_a_long_name_is_cut_with_a_hash_and_stays_unique(max_length: int) -> None:
    names = {fit(f"{'x' * 100}{number}", max_length) for number in range(50)}
    assert len(names) == 50
    assert {len(name) for name in names} == {max_length}


def test_a_name_that_fits_is_left_alone() -> None:
    assert fit("a" * 63, 63) == "a" * 63


def test_a_cut_name_never_has_two_hyphens_in_a_row() -> None:
    assert "--" not in fit("abcdef-ghi" * 30, 16)


def test_the_longest_settings_still_give_a_valid_bucket_name(deployment: Deployment) -> None:
    longest = dataclasses.replace(deployment, project="p" * 20, environment="e" * 8, region="ap-southeast-1")
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", longest.bucket_name("artifacts"))


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_arns_carry_the_partition_of_the_region(deployment: Deployment, region: str, partition: str) -> None:
    there = dataclasses.replace(deployment, region=region)
    assert there.arn("sns", "topic") == f"arn:{partition}:sns:{region}:123456789012:topic"
    assert there.global_arn("iam", "role/x") == f"arn:{partition}:iam::123456789012:role/x"
    assert there.global_arn("s3", "bucket", account_id="") == f"arn:{partition}:s3:::bucket"


@pytest.mark.parametrize("resource", ["pipeline/Abalone-Dev/execution/*", "model-package/Abalone/*"])
def test_sagemaker_arns_are_matched_in_either_case_and_the_rest_is_left_alone(
    deployment: Deployment, resource: str
) -> None:
    arn = deployment.arn("sagemaker", resource)
    assert set(either_case(arn)) == {arn, deployment.arn("sagemaker", resource.lower())}
    assert either_case(arn.lower()) == [arn.lower()]
