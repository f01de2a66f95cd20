"""Names: derived in one place, and never longer than AWS allows."""

import dataclasses
import re

import pytest

from contract.names import MAX_PIPELINE_NAME, DeliveryNames, Deployment, KpiNames, fit, model_package_group


def test_names_start_with_project_and_environment(deployment: Deployment) -> None:
    assert deployment.name("notifier") == "abalone-local-notifier"
    assert deployment.bucket_name("data") == "abalone-local-data-123456789012-us-east-1"
    assert deployment.role_arn("notifier") == "arn:aws:iam::123456789012:role/abalone-local-notifier"


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


def test_the_longest_pipeline_name_still_gives_a_valid_model_package_group() -> None:
    assert len(model_package_group("p" * MAX_PIPELINE_NAME)) == 63


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_arns_carry_the_partition_of_the_region(deployment: Deployment, region: str, partition: str) -> None:
    there = dataclasses.replace(deployment, region=region)
    assert there.arn("sns", "topic") == f"arn:{partition}:sns:{region}:123456789012:topic"
    assert there.global_arn("iam", "role/x") == f"arn:{partition}:iam::123456789012:role/x"
    assert there.global_arn("iam", "policy/AWSDenyAll", "aws") == f"arn:{partition}:iam::aws:policy/AWSDenyAll"
    assert there.bucket_arn("bucket") == f"arn:{partition}:s3:::bucket"


def test_a_database_has_no_hyphen(deployment: Deployment) -> None:
    assert KpiNames(deployment).database == "abalone_local_kpis"


def test_a_job_names_its_project_and_log_group(deployment: Deployment) -> None:
    names = DeliveryNames(deployment)
    assert names.pipeline_arn == "arn:aws:codepipeline:us-east-1:123456789012:abalone-local-delivery"
    assert names.project_arn("deploy") == "arn:aws:codebuild:us-east-1:123456789012:project/abalone-local-deploy"
    assert names.log_group("deploy") == "/aws/codebuild/abalone-local-deploy"
