"""Regions that the settings take: those that AWS has, with every service that the stack uses."""

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.loaders import Loader
from botocore.regions import EndpointResolver

from permissions.policies import managed_by_policy
from settings import StackSettings, regions
from settings.load import InvalidSettingsError, parse

ROOT = Path(__file__).parents[3]
# IAM's prefix of a service, where its endpoints have another one.
ENDPOINTS = {"cloudwatch": "monitoring", "sagemaker": "api.sagemaker", "cloudformation": "cloudcontrolapi"}
# IAM has no region; of these botocore knows no regions; these are asked for beside the table of what a stack manages.
WITHOUT_REGIONS = {"iam", "chatbot", "codeconnections"}
USED_AT_RUN_TIME = {"sts", "xray"}


def settings_in(region: str, directory: Path, **changes: Any) -> StackSettings:
    config: dict[str, Any] = yaml.load((ROOT / "Pulumi.dev.yaml").read_text(), yaml.CSafeLoader)["config"]
    config["aws:region"] = region
    for section, keys in changes.items():
        config[f"mlops-infra:{section}"].update(keys)
    return parse("dev", {k: v if isinstance(v, str) else json.dumps(v) for k, v in config.items()}, [], directory)


def refusal(region: str, directory: Path, **changes: Any) -> str:
    with pytest.raises(InvalidSettingsError) as raised:
        settings_in(region, directory, **changes)
    [line] = str(raised.value).splitlines()[1:]
    return line


@pytest.mark.parametrize(
    ("region", "reason"),
    [
        ("zz-north-1", "(AWS has no such region, as far as the installed botocore knows"),
        ("us-east-9", "; did you mean us-east-2?)"),
        ("eu-wset-1", "; did you mean eu-west-1?)"),
        ("ca-west-1", "(it lacks AWS CodeBuild, AWS CodePipeline, AWS CodeCommit)"),
        ("us-iso-east-1", "(it lacks AWS CodePipeline, AWS CodeCommit)"),
    ],
)
def test_a_region_that_does_not_exist_or_lacks_a_service_is_refused_with_the_reason(
    region: str, reason: str, tmp_path: Path
) -> None:
    line = refusal(region, tmp_path)
    assert line.startswith(f'  - aws:region: given "{region}", expected an AWS region')
    assert reason in line


def test_a_service_that_only_some_settings_use_is_asked_for_with_them_only(tmp_path: Path) -> None:
    connection = "arn:aws:codeconnections:eu-central-2:123456789012:connection/11111111-2222-3333-4444-555555555555"
    source = {"provider": "github", "repository": "acme/mlops", "connectionArn": connection}
    assert settings_in("eu-central-2", tmp_path, delivery={"source": source}).region == "eu-central-2"
    assert refusal("eu-central-2", tmp_path).endswith("(it lacks AWS CodeCommit)")
    account = settings_in("eu-west-1", tmp_path).operations.account_id
    viewers = [f"arn:aws:quicksight:us-east-1:{account}:user/default/ann"]
    assert settings_in("us-west-1", tmp_path).region == "us-west-1"
    assert refusal("us-west-1", tmp_path, kpis={"quicksight": {"viewers": viewers}}).endswith(
        "(it lacks Amazon QuickSight)"
    )


def test_every_region_has_the_services_that_botocore_says() -> None:
    services = {**regions.SERVICES, **dict([regions.CODECOMMIT, regions.LAKE_FORMATION, regions.QUICKSIGHT])}
    checked = 0
    resolver = EndpointResolver(Loader().load_data("endpoints"))
    for partition in resolver.get_available_partitions():
        endpoints = {name: resolver.get_available_endpoints(prefix, partition) for name, prefix in services.items()}
        for region in _regions(partition):
            available = {name for name in services if region in endpoints[name]}
            assert set(regions.missing_services(region, services)) == set(services) - available
            assert regions.require_known(region) == region
            checked += 1
    assert checked > 30


def _regions(partition: str) -> list[str]:
    return next(list(entry["regions"]) for entry in _partitions() if entry["partition"] == partition)


@functools.cache
def _partitions() -> list[Any]:
    return Loader().load_data("endpoints")["partitions"]


def test_every_service_whose_resources_the_stack_manages_is_asked_for(tmp_path: Path) -> None:
    settings = settings_in("eu-west-1", tmp_path)
    entries = managed_by_policy(settings.deployment, settings.pipeline.model_package_group, ["deploy"]).values()
    managed = {entry.service for group in entries for entry in group}
    assert len(managed) > 10
    asked = {*regions.SERVICES.values(), regions.LAKE_FORMATION[1], regions.QUICKSIGHT[1]}
    assert {ENDPOINTS.get(service, service) for service in managed - WITHOUT_REGIONS} == asked - USED_AT_RUN_TIME


def test_reading_the_settings_does_not_import_botocore() -> None:
    program = "import sys, settings; sys.exit('botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
