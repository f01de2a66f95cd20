"""The acceptance checks against answers of AWS that are right, wrong, or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from delivery import acceptance, checks, verify
from delivery.checks import Check, Deployed, Finding
from delivery.environment import VerifyEnvironment
from delivery.errors import DeliveryError

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:abalone-dev-notifier"
ROLE = "arn:aws:iam::123456789012:role/abalone-dev-sagemaker-execution"
OUTPUTS: dict[str, Any] = {
    "notifier": "abalone-dev-notifier",
    "topic_arn": "arn:aws:sns:us-east-1:123456789012:abalone-dev-notifications",
    "artifact_bucket": "abalone-dev-artifacts",
    "data_bucket": "the-team-s-own",
    "model_package_group": "abalone-stable-models",
    "dead_letter_queues": {"failed": "https://sqs/123456789012/abalone-dev-failed"},
    "pipeline_environment": {
        "SAGEMAKER_PIPELINE_NAME": "abalone",
        "SAGEMAKER_PIPELINE_ROLE_ARN": ROLE,
        "USE_CASE_ID": "o'hara",
    },
    "kpis": {"database": "abalone_dev_kpis", "workgroup": "abalone-dev-kpis", "named_queries": {"latest": "id-1"}},
}
CREATED = {
    "aws:cloudwatch/eventRule:EventRule": frozenset({"model-versions", "failed-executions"}),
    "aws:s3/bucket:Bucket": frozenset({"abalone-dev-artifacts"}),
    "aws:sns/topicSubscription:TopicSubscription": frozenset({"arn:aws:sns:us-east-1:123456789012:abalone-dev:1"}),
    "aws:codepipeline/pipeline:Pipeline": frozenset({"abalone-dev-delivery"}),
}
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
RIGHT: dict[str, Any] = {
    "get_function_configuration": {"FunctionArn": FUNCTION, "State": "Active", "LastUpdateStatus": "Successful"},
    "describe_rule": {"State": "ENABLED"},
    "list_targets_by_rule": {
        "Targets": [{"Arn": FUNCTION, "DeadLetterConfig": {"Arn": "arn:aws:sqs:x:y:undelivered"}}]
    },
    "get_queue_attributes": {"Attributes": {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:abalone-dev-failed"}},
    "list_subscriptions_by_topic": {"Subscriptions": [{"SubscriptionArn": "PendingConfirmation"}]},
    "get_public_access_block": {"PublicAccessBlockConfiguration": BLOCKED},
    "get_bucket_encryption": {
        "ServerSideEncryptionConfiguration": {
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
        }
    },
    "describe_model_package_group": {"ModelPackageGroupStatus": "Completed"},
    "describe_pipeline": {"PipelineStatus": "Active", "RoleArn": ROLE},
    "get_work_group": {"WorkGroup": {"State": "ENABLED"}},
    "get_named_query": {"NamedQuery": {"Name": "latest"}},
    "start_query_execution": {"QueryExecutionId": "q"},
    "get_query_execution": {"QueryExecution": {"Status": {"State": "SUCCEEDED"}}},
    "get_pipeline": {"pipeline": {"pipelineType": "V2"}},
}


class Client:
    """Any AWS client: each method answers what is prepared for it."""

    def __init__(self, answers: Mapping[str, Any], calls: list[tuple[str, dict[str, Any]]]) -> None:
        self._answers = answers
        self._calls = calls

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self._calls.append((name, arguments))
            answer = self._answers[name]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, name: str) -> Any:
        client = self

        class Paginator:
            def paginate(self, **arguments: Any) -> Iterator[Any]:
                yield getattr(client, name)(**arguments)

        return Paginator()


def findings(changed: Mapping[str, Any] | None = None, **outputs: Any) -> list[Finding]:
    found, _ = run(changed or {}, outputs)
    return found


def run(
    changed: Mapping[str, Any], outputs: Mapping[str, Any]
) -> tuple[list[Finding], list[tuple[str, dict[str, Any]]]]:
    calls: list[tuple[str, dict[str, Any]]] = []
    client = Client({**RIGHT, **changed}, calls)
    wanted = {name: value for name, value in {**OUTPUTS, **outputs}.items() if value is not None}
    deployed = Deployed(outputs=wanted, created=CREATED, clients=lambda _: client)
    return checks.run(acceptance.of(deployed), deployed), calls


def test_a_stack_that_works_has_only_right_findings() -> None:
    found = findings()
    assert [item for item in found if not item.right] == []
    assert checks.table(found).endswith(f"{len(found)} of {len(found)} checks passed")
    assert "0 confirmed, 1 not confirmed yet" in checks.table(found)


REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "DescribePipeline")


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"describe_rule": {"State": "DISABLED"}}, "DISABLED; expected ENABLED"),
        ({"list_targets_by_rule": {"Targets": []}}, "none; expected at least one"),
        ({"list_targets_by_rule": {"Targets": [{"Arn": FUNCTION}]}}, "expected the notifier, with a dead-letter queue"),
        ({"get_function_configuration": {"FunctionArn": FUNCTION, "State": "Failed"}}, "Failed; expected Active"),
        (
            {"get_function_configuration": {"FunctionArn": FUNCTION, "State": "Active", "LastUpdateStatus": "Failed"}},
            "last update of abalone-dev-notifier",
        ),
        ({"list_subscriptions_by_topic": {"Subscriptions": []}}, "expected at least the 1 of the stack"),
        (
            {"get_public_access_block": {"PublicAccessBlockConfiguration": {**BLOCKED, "BlockPublicPolicy": False}}},
            "not BlockPublicPolicy; expected blocked",
        ),
        ({"describe_model_package_group": {"ModelPackageGroupStatus": "Failed"}}, "Failed; expected Completed"),
        ({"describe_pipeline": {"PipelineStatus": "Active", "RoleArn": "another"}}, f"another; expected {ROLE}"),
        ({"describe_pipeline": REFUSED}, "AccessDenied: not authorized; expected an answer to DescribePipeline"),
        ({"get_work_group": {"WorkGroup": {"State": "DISABLED"}}}, "workgroup abalone-dev-kpis"),
        (
            {
                "get_query_execution": {
                    "QueryExecution": {"Status": {"State": "FAILED", "StateChangeReason": "no table"}}
                }
            },
            "FAILED no table; expected SUCCEEDED",
        ),
        ({"get_pipeline": {"pipeline": {"pipelineType": "V1"}}}, "V1; expected V2"),
    ],
)
def test_each_break_is_named_with_what_was_expected_and_found(changed: dict[str, Any], line: str) -> None:
    failed = [item for item in checks.table(findings(changed)).splitlines() if item.startswith("FAIL")]
    assert any(line in item for item in failed), failed


def test_the_query_reads_one_day_of_one_use_case_with_quoted_names() -> None:
    _, calls = run({}, {})
    [query] = [arguments["QueryString"] for name, arguments in calls if name == "start_query_execution"]
    assert query == (
        "SELECT * FROM \"abalone_dev_kpis\".model_metrics WHERE use_case = 'o''hara' "
        "AND dt = cast(current_date AS varchar) LIMIT 1"
    )


def test_the_encryption_of_a_bucket_that_the_stack_did_not_create_is_its_owner_s() -> None:
    _, calls = run({}, {})
    assert [arguments["Bucket"] for name, arguments in calls if name == "get_bucket_encryption"] == [
        "abalone-dev-artifacts"
    ]


def test_a_missing_output_is_a_failure_and_a_part_that_is_not_there_is_none() -> None:
    assert any(item.expected == "'notifier' in the stack's outputs" for item in findings(notifier=None))
    assert all("workgroup" not in item.what for item in findings(kpis=None))


def test_a_check_that_is_refused_does_not_keep_the_others_from_running() -> None:
    def refused(_: Deployed) -> Iterator[Finding]:
        raise REFUSED
        yield

    table: dict[str, Check] = {"first": refused, "second": acceptance.registry}
    deployed = Deployed(outputs=OUTPUTS, created={}, clients=lambda _: Client(RIGHT, []))
    assert [item.right for item in checks.run(table, deployed)] == [False, True]


def test_the_region_comes_from_the_environment_or_from_the_stack_s_file(tmp_path: Any) -> None:
    settings = VerifyEnvironment.from_environment({"STACK": "dev"})
    with pytest.raises(DeliveryError, match=r"AWS_REGION: not given, and Pulumi\.dev\.yaml has no aws:region"):
        verify.region_of(settings, tmp_path)
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    assert verify.region_of(settings, tmp_path) == "eu-west-1"
    given = VerifyEnvironment.from_environment({"STACK": "dev", "AWS_REGION": "us-east-1"})
    assert verify.region_of(given, tmp_path) == "us-east-1"
