"""The execution role: what the pipeline's steps may do, and that it stays with this pipeline."""

import json
from typing import Any

import pytest

from components import ExecutionRole, ExecutionRoleArgs
from settings import StackSettings
from settings.models import PipelineSettings


@pytest.fixture(scope="module")
def make(workspace: Any, local_settings: StackSettings, build: Any) -> Any:
    def run(pipeline: PipelineSettings = local_settings.pipeline) -> Any:
        return build(lambda: ExecutionRole("execution", ExecutionRoleArgs(workspace=workspace(pipeline=pipeline))))

    return run


@pytest.fixture(scope="module")
def registered(make: Any) -> Any:
    """What the committed local settings make."""
    return make()


def test_only_sagemaker_of_this_account_may_assume_the_role(registered: Any) -> None:
    trust = json.loads(registered.inputs("execution-role")["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:us-east-1:123456789012:*"},
    }


def test_the_role_passes_only_itself_and_only_to_sagemaker(registered: Any) -> None:
    statement = registered.statements("execution-policy")["PassItselfToJobs"]
    assert statement["Resource"] == ["arn:aws:iam::123456789012:role/abalone-local-sagemaker-execution"]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_it_writes_outputs_and_kpi_rows_and_neither_step_code_nor_definitions(registered: Any) -> None:
    statements = registered.statements("execution-policy")
    writes = {r for s in statements.values() if "s3:PutObject" in s["Action"] for r in s["Resource"]}
    assert writes == {
        "arn:aws:s3:::artifacts/abalone-local/executions/*",
        "arn:aws:s3:::artifacts/abalone-local/models/*",
        "arn:aws:s3:::data-bucket/use-case=abalone/kpi/*",
    }


def test_of_the_use_case_it_reads_input_data_and_neither_query_results_nor_registry_events(registered: Any) -> None:
    statements = registered.statements("execution-policy")
    reads = {r for s in statements.values() if "s3:GetObject" in s["Action"] for r in s["Resource"]}
    assert {r for r in reads if "data-bucket" in r} == {"arn:aws:s3:::data-bucket/use-case=abalone/input/*"}
    lists = {s["Condition"]["StringLike"]["s3:prefix"] for s in statements.values() if "s3:ListBucket" in s["Action"]}
    assert lists == {"abalone-local/*", "use-case=abalone/input*"}


def test_its_logs_are_streams_of_pipelines_jobs_in_the_groups_that_all_jobs_share(registered: Any) -> None:
    writes = registered.statements("execution-policy")["WriteJobLogs"]
    groups = [
        f"arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/{kind}Jobs"
        for kind in ("Processing", "Training")
    ]
    assert writes["Resource"] == [f"{group}:log-stream:pipelines-*" for group in groups]


def test_it_deletes_nothing_and_names_every_action(registered: Any) -> None:
    actions = [a for s in registered.statements("execution-policy").values() for a in s["Action"]]
    assert not [a for a in actions if "*" in a or ":Delete" in a]


def test_star_resources_are_those_that_aws_offers_no_other_for(registered: Any) -> None:
    statements = registered.statements("execution-policy")
    assert {sid for sid, s in statements.items() if "*" in s["Resource"]} == {"PublishJobMetrics", "LogInToRegistries"}


def test_input_data_elsewhere_is_readable_and_only_there(
    make: Any, registered: Any, local_settings: StackSettings
) -> None:
    pipeline = local_settings.pipeline.model_copy(update={"input_data_uri": "s3://lake/abalone/raw"})
    statements = make(pipeline).statements("execution-policy")
    assert statements["ReadExternalInputData"]["Resource"] == ["arn:aws:s3:::lake/abalone/raw*"]
    assert statements["ListExternalInputData"]["Condition"] == {"StringLike": {"s3:prefix": "abalone/raw*"}}
    assert "ReadExternalInputData" not in registered.statements("execution-policy")


def test_input_data_elsewhere_that_is_encrypted_is_decrypted_with_its_key_and_no_other(
    make: Any, local_settings: StackSettings
) -> None:
    key_arn = "arn:aws:kms:us-east-1:210987654321:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    changes = {"input_data_uri": "s3://lake/abalone/raw", "input_data_key_arn": key_arn}
    statements = make(local_settings.pipeline.model_copy(update=changes)).statements("execution-policy")
    statement = statements["UseKeyOfExternalInputData"]
    assert (statement["Action"], statement["Resource"]) == (["kms:Decrypt"], [key_arn])


def test_it_registers_versions_in_its_own_group_only_and_none_that_is_approved(registered: Any) -> None:
    statement = registered.statements("execution-policy")["RegisterModelVersions"]
    assert statement["Condition"] == {
        "StringEqualsIfExists": {"sagemaker:ModelApprovalStatus": ["PendingManualApproval", "Rejected"]}
    }
    assert all("abalone-local-stable-models" in resource for resource in statement["Resource"])
