"""The stack as a Terraform plan."""

from __future__ import annotations

from typing import Any

import pytest

from tools.cloudformation.resources import ExportError, Resource
from tools.security.program import STACKS
from tools.security.stacks import Stack
from tools.security.terraform import WITHOUT_COUNTERPART, Plan, plan_of, terraform_type

BUCKET = "urn:pulumi:dev::mlops-infra::mlops:index:Storage$aws:s3/bucket:Bucket::data-bucket"


@pytest.fixture(scope="module")
def resources(stacks: dict[str, Stack]) -> list[Resource]:
    return list(stacks["all"].resources)


@pytest.fixture(scope="module")
def plan(resources: list[Resource]) -> Plan:
    return plan_of(resources)


def values_of(plan: Plan, address: str) -> dict[str, Any]:
    [values] = [r["values"] for r in plan["planned_values"]["root_module"]["resources"] if r["address"] == address]
    return values


def test_every_resource_is_in_the_plan_or_left_out_with_a_reason(resources: list[Resource], plan: Plan) -> None:
    planned = {resource["name"] for resource in plan["planned_values"]["root_module"]["resources"]}
    missing = [resource for resource in resources if resource.name.replace("-", "_") not in planned]
    assert len(planned) > 130
    assert missing
    assert all(resource.type.startswith(tuple(WITHOUT_COUNTERPART)) for resource in missing)
    assert all(WITHOUT_COUNTERPART.values())


@pytest.mark.parametrize("stack", sorted(set(STACKS) - {"all"}))
def test_the_other_stacks_have_a_plan_too(stacks: dict[str, Stack], stack: str) -> None:
    assert len(plan_of(stacks[stack].resources)["resource_changes"]) > 100


def test_types_follow_from_the_token() -> None:
    assert terraform_type("aws:s3/bucketVersioning:BucketVersioning") == "aws_s3_bucket_versioning"
    assert terraform_type("aws:cloudwatch/eventRule:EventRule") == "aws_cloudwatch_event_rule"
    assert terraform_type("aws:codepipeline/pipeline:Pipeline") == "aws_codepipeline"


def test_a_block_is_a_list_and_a_map_stays_one(plan: Plan) -> None:
    function = values_of(plan, "aws_lambda_function.notifications_notifier_function")
    assert function["tracing_config"] == [{"mode": "Active"}]
    [environment] = function["environment"]
    assert "TOPIC_ARN" in environment["variables"]
    assert function["function_name"] == "abalone-all-notifier"


def test_lists_of_blocks_have_a_name_in_the_singular(plan: Plan) -> None:
    pipeline = values_of(plan, "aws_codepipeline.delivery_pipeline")
    assert pipeline["stage"][0]["action"][0]["output_artifacts"] == ["Source"]
    assert pipeline["stage"][0]["action"][0]["configuration"]["PollForSourceChanges"] == "false"
    [encryption] = values_of(plan, "aws_s3_bucket_server_side_encryption_configuration.data_encryption")["rule"]
    assert encryption["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == "aws:kms"
    columns = values_of(plan, "aws_glue_catalog_table.kpis_model_metrics")["storage_descriptor"][0]["columns"]
    assert {"name": "run_ts", "type": "timestamp"} in columns


def test_what_an_input_refers_to_is_in_the_configuration(plan: Plan) -> None:
    [policy] = [
        resource
        for resource in plan["configuration"]["root_module"]["resources"]
        if resource["address"] == "aws_s3_bucket_versioning.data_versioning"
    ]
    assert policy["expressions"]["bucket"]["references"] == [
        "aws_s3_bucket.data_bucket.id",
        "aws_s3_bucket.data_bucket",
    ]


@pytest.mark.parametrize(
    ("token", "inputs", "message"),
    [
        ("gcp:storage/bucket:Bucket", {}, "gcp:storage/bucket:Bucket is no type of pulumi-aws"),
        ("aws:sns/postbox:Postbox", {}, "aws:sns/postbox:Postbox: pulumi-aws has no such type"),
        ("aws:sns/topic:Topic", {"colour": "red"}, "new: pulumi-aws has no input colour"),
        ("aws:lambda/function:Function", {"tracingConfig": {"how": 1}}, "pulumi-aws has no input tracingConfig.how"),
    ],
)
def test_nothing_is_left_out_silently(token: str, inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(ExportError, match=message):
        plan_of([Resource(type=token, name="new", inputs=inputs)])


def test_a_bucket_of_another_stack_is_no_reference() -> None:
    versioning = Resource(
        type="aws:s3/bucketVersioning:BucketVersioning",
        name="versioning",
        inputs={"bucket": "data", "versioningConfiguration": {"status": "Enabled"}},
        references={"bucket": [BUCKET]},
    )
    [configured] = plan_of([versioning])["configuration"]["root_module"]["resources"]
    assert configured["expressions"] == {}
