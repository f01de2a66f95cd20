"""ARNs and partitions."""

from fnmatch import fnmatchcase

import botocore.session
import pytest
from botocore.regions import EndpointResolver

from contract.arns import PARTITIONS, Arn, any_case, either_case, partition_of, regional_service

PREFIX = "arn:aws:sagemaker:us-east-1:123456789012:"


def test_every_region_is_in_the_partition_that_botocore_knows_it_in() -> None:
    session = botocore.session.get_session()
    data = session.get_component("data_loader").load_data("partitions")["partitions"]
    regions = {
        region: (partition["id"], partition["outputs"]["dnsSuffix"])
        for partition in data
        for region in partition["regions"]
        if not region.endswith("-global")
    }

    assert len(regions) > 30
    assert {region: (partition_of(region).name, partition_of(region).dns_suffix) for region in regions} == regions
    assert {partition.name for partition in PARTITIONS} == {partition["id"] for partition in data}


@pytest.mark.parametrize("service", ["logs", "s3", "dynamodb"])
def test_a_regional_service_goes_by_the_name_of_its_endpoint(service: str) -> None:
    data = botocore.session.get_session().get_component("data_loader").load_data("endpoints")
    resolver = EndpointResolver(data)
    partitions = [partition.name for partition in PARTITIONS]
    hosts = {
        region: str((resolver.construct_endpoint(service, region) or {}).get("hostname"))
        for partition in partitions
        for region in resolver.get_available_endpoints(service, partition)
    }

    assert len(hosts) > 30
    assert hosts["cn-north-1"].endswith(".com.cn")
    assert {region: regional_service(service, region) for region in hosts} == hosts


@pytest.mark.parametrize(
    "text", [f"{PREFIX}pipeline/p/execution/x", "arn:aws:s3:::bucket/key:1", "arn:aws-cn:iam::123456789012:role/a/b"]
)
def test_an_arn_is_put_together_as_it_was_taken_apart(text: str) -> None:
    assert str(Arn.parse(text)) == text


def test_the_parts_of_an_arn_are_named() -> None:
    arn = Arn.parse(f"{PREFIX}training-job/t:1")

    assert (arn.partition, arn.service, arn.region) == ("aws", "sagemaker", "us-east-1")
    assert (arn.account_id, arn.resource) == ("123456789012", "training-job/t:1")


@pytest.mark.parametrize("text", ["", "bucket", "urn:aws:s3:::bucket", "arn:aws:s3::"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no ARN"):
        Arn.parse(text)


def test_one_pattern_matches_both_cases_of_an_arn() -> None:
    arn = f"{PREFIX}pipeline/Abalone-Dev"

    assert any_case(arn) == f"{PREFIX}pipeline/?balone-?ev"
    assert all(fnmatchcase(one, any_case(arn)) for one in either_case(arn))
    assert any_case(arn.lower()) == arn.lower()


@pytest.mark.parametrize("resource", ["pipeline/Abalone-Dev/execution/*", "model-package/Abalone/*"])
def test_sagemaker_arns_are_matched_in_either_case_and_the_rest_is_left_alone(resource: str) -> None:
    arn = f"{PREFIX}{resource}"

    assert set(either_case(arn)) == {arn, f"{PREFIX}{resource.lower()}"}
    assert either_case(arn.lower()) == [arn.lower()]
