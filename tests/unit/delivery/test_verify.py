"""The checks of a stack's parts and rules against answers of AWS that are right, wrong, or refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.names import Deployment
from contract.notification_rules import notification_rules
from delivery import verify
from delivery.environment import VerifyEnvironment
from delivery.job import DeliveryError, exit_code
from delivery.verification import findings as checks
from delivery.verification import parts
from delivery.verification.findings import Check, Finding
from delivery.verification.state import Deployed, EventSample, Resource, outputs_of, resources_of

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:abalone-dev-notifier"
ROLE = "arn:aws:iam::123456789012:role/abalone-dev-sagemaker-execution"
OUTPUTS: dict[str, Any] = {
    "notifier": "abalone-dev-notifier",
    "topic_arn": "arn:aws:sns:us-east-1:123456789012:abalone-dev-notifications",
    "artifact_bucket": "abalone-dev-artifacts",
    "data_bucket": "the-team-s-own",
    "key_arn": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "model_package_group": "abalone-stable-models",
    "dead_letter_queues": {
        "failed": "https://sqs/123456789012/abalone-dev-failed",
        "undelivered": "https://sqs/123456789012/abalone-dev-undelivered",
    },
    "pipeline_environment": {
        "SAGEMAKER_PIPELINE_NAME": "abalone",
        "SAGEMAKER_PIPELINE_ROLE_ARN": ROLE,
        "USE_CASE_ID": "o'hara",
    },
    "kpis": {"database": "abalone_dev_kpis", "workgroup": "abalone-dev-kpis", "named_queries": {"latest": "id-1"}},
}
DEPLOYMENT = Deployment(
    project="abalone",
    environment="dev",
    account_id="123456789012",
    region="us-east-1",
    log_retention_days=30,
    removal_protection=True,
)
RULES = notification_rules(DEPLOYMENT, "abalone")
DELIVERY_RULE = "abalone-dev-delivery-drift"
PROJECT = "arn:aws:codebuild:us-east-1:123456789012:project/abalone-dev-drift"


def resource(type_token: str, identifier: str, **properties: Any) -> Resource:
    return Resource(type=type_token, id=identifier, properties=properties)


CREATED = [
    *(
        resource("aws:cloudwatch/eventRule:EventRule", name, name=name)
        for name in (*(rule.name for rule in RULES), DELIVERY_RULE)
    ),
    resource("aws:s3/bucket:Bucket", "abalone-dev-artifacts", bucket="abalone-dev-artifacts"),
    resource("aws:sns/topicSubscription:TopicSubscription", "arn:aws:sns:us-east-1:123456789012:abalone-dev:1"),
    resource("aws:codepipeline/pipeline:Pipeline", "abalone-dev-delivery"),
]
MINE, OTHERS = {"detail-type": "Change", "detail": "mine"}, {"detail-type": "Change", "detail": "others"}
SAMPLES = {rule.name: EventSample(document=OTHERS, of_stack=MINE) for rule in RULES}
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
PATTERNS = {rule.name: json.dumps(rule.pattern) for rule in RULES}
QUEUE = {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:abalone-dev-undelivered"}}


def describe_rule(Name: str) -> dict[str, str]:  # noqa: N803 - boto3's name
    return {"State": "ENABLED", **({"EventPattern": PATTERNS[Name]} if Name in PATTERNS else {})}


def list_targets(Rule: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
    return {"Targets": [{"Arn": FUNCTION, **QUEUE} if Rule in PATTERNS else {"Arn": PROJECT}]}


RIGHT: dict[str, Any] = {
    "test_event_pattern": lambda EventPattern, Event: {"Result": json.loads(Event) == MINE},  # noqa: N803 - boto3's names
    "get_function_configuration": {"FunctionArn": FUNCTION, "State": "Active", "LastUpdateStatus": "Successful"},
    "describe_rule": describe_rule,
    "list_targets_by_rule": list_targets,
    "get_queue_attributes": lambda QueueUrl, AttributeNames: {  # noqa: N803 - boto3's names
        "Attributes": {"QueueArn": f"arn:aws:sqs:us-east-1:123456789012:{QueueUrl.rpartition('/')[2]}"}
    },
    "list_subscriptions_by_topic": {"Subscriptions": [{"SubscriptionArn": "PendingConfirmation"}]},
    "get_public_access_block": {"PublicAccessBlockConfiguration": BLOCKED},
    "get_bucket_policy": {"Policy": '{"Version": "2012-10-17", "Statement": []}'},
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
    "get_pipeline_state": {"stageStates": [{"stageName": "Deploy", "inboundTransitionState": {"enabled": True}}]},
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
            return answer(**arguments) if callable(answer) else answer

        return call

    def get_paginator(self, name: str) -> Any:
        client = self

        class Paginator:
            def paginate(self, **arguments: Any) -> Iterator[Any]:
                yield getattr(client, name)(**arguments)

        return Paginator()


def findings(changed: Mapping[str, Any] | None = None, **outputs: Any) -> list[Finding]:
    stack_findings, _ = run(changed or {}, outputs)
    return stack_findings


def run(
    changed: Mapping[str, Any], outputs: Mapping[str, Any], *, is_upserted: bool = True
) -> tuple[list[Finding], list[tuple[str, dict[str, Any]]]]:
    calls: list[tuple[str, dict[str, Any]]] = []
    client = Client({**RIGHT, **changed}, calls)
    present = {name: value for name, value in {**OUTPUTS, **outputs}.items() if value is not None}
    deployed = stack(client, present, is_upserted=is_upserted)
    return checks.run(verify.checks_of(deployed), deployed), calls


def stack(client: Client, outputs: Mapping[str, Any], *, is_upserted: bool = True) -> Deployed:
    return Deployed(
        deployment=DEPLOYMENT,
        outputs=outputs,
        resources=CREATED,
        notification_rules=RULES,
        events=SAMPLES,
        clients=lambda _: client,
        drifted=list,
        is_upserted=is_upserted,
    )


def test_a_stack_that_works_has_only_right_findings() -> None:
    stack_findings = findings()
    assert [item for item in stack_findings if not item.passed] == []
    assert checks.table(stack_findings).endswith(f"{len(stack_findings)} of {len(stack_findings)} checks passed")
    assert "0 confirmed, 1 not confirmed yet" in checks.table(stack_findings)


REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "DescribePipeline")


@pytest.mark.parametrize(
    ("changed", "line"),
    [
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


DEPLOY_ROLE = "arn:aws:iam::123456789012:role/abalone-dev-deploy"


@pytest.mark.parametrize("administrators", [[], ["arn:aws:iam::123456789012:user/ann"], [DEPLOY_ROLE]])
def test_a_governed_stack_needs_deploys_role_among_the_data_lake_administrators(administrators: list[str]) -> None:
    listed = [{"DataLakePrincipalIdentifier": arn} for arn in administrators]
    client = Client({**RIGHT, "get_data_lake_settings": {"DataLakeSettings": {"DataLakeAdmins": listed}}}, [])
    location = Resource(type="aws:lakeformation/resource:Resource", id="arn:aws:s3:::a-bucket/kpi", properties={})
    governed = stack(client, {**OUTPUTS, "delivery": {"roles": {"deploy": DEPLOY_ROLE}}})
    governed = dataclasses.replace(governed, resources=[*CREATED, location])
    failed = [finding for finding in checks.run(verify.checks_of(governed), governed) if not finding.passed]
    if DEPLOY_ROLE in administrators:
        assert failed == []
    else:
        [finding] = failed
        assert finding.subject == "data lake administrators"
        assert finding.expected.startswith(DEPLOY_ROLE)
        assert finding.actual == (", ".join(administrators) or "none")


def test_a_stack_without_lake_formation_is_not_asked_for_administrators() -> None:
    _, calls = run({}, {})
    assert calls
    assert "get_data_lake_settings" not in {name for name, _ in calls}


def encrypted_with(key: str) -> dict[str, Any]:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
    return {"get_bucket_encryption": {"ServerSideEncryptionConfiguration": {"Rules": rules}}}


def test_an_existing_bucket_with_another_key_is_named_with_the_key_and_what_to_do() -> None:
    other = "arn:aws:kms:us-east-1:123456789012:key/another"
    [line] = failures(encrypted_with(other))
    assert "Bucket the-team-s-own encrypts by default with" in line
    assert other in line
    assert "Set its default encryption to SSE-S3 or to the stack's key, or name another bucket." in line


@pytest.mark.parametrize("key", [OUTPUTS["key_arn"], "arn:aws:kms:us-east-1:123456789012:alias/aws/s3"])
def test_an_existing_bucket_may_have_the_stacks_key_or_s3s_own(key: str) -> None:
    assert failures(encrypted_with(key)) == []


def failures(changed: dict[str, Any]) -> list[str]:
    return [item for item in checks.table(findings(changed)).splitlines() if item.startswith("FAIL")]


def test_three_rules_that_send_elsewhere_are_three_failures() -> None:
    elsewhere = {rule.name for rule in RULES[:3]}
    assert len(elsewhere) == 3
    assert len(RULES) > 3

    def targets(Rule: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        return {"Targets": [{"Arn": PROJECT, **QUEUE}]} if Rule in elsewhere else list_targets(Rule)

    failed = failures({"list_targets_by_rule": targets})
    assert len(failed) == 3
    for name in elsewhere:
        assert any(f"targets of {name}" in line and f"expected {FUNCTION} alone" in line for line in failed), failed


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.short_name)
@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"State": "DISABLED"}, "DISABLED; expected ENABLED"),
        ({"EventPattern": '{"source": ["aws.s3"]}'}, '{"source": ["aws.s3"]}; expected {"source": '),
        (None, "missing; expected ENABLED"),
    ],
)
def test_each_declared_rule_is_there_enabled_and_has_its_pattern(rule: Any, change: Any, line: str) -> None:
    def describe(Name: str) -> dict[str, str]:  # noqa: N803 - boto3's name
        if Name != rule.name:
            return describe_rule(Name)
        if change is None:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no rule"}}, "DescribeRule")
        return {**describe_rule(Name), **change}

    [failed] = failures({"describe_rule": describe})
    assert rule.name in failed
    assert line in failed


@pytest.mark.parametrize(
    ("targets", "line"),
    [
        ([], "none; expected"),
        ([{"Arn": FUNCTION}], f"{FUNCTION} with dead-letter queue none; expected"),
        ([{"Arn": FUNCTION, **QUEUE}, {"Arn": PROJECT}], f"{PROJECT} with dead-letter queue none; expected"),
    ],
)
def test_a_declared_rule_has_the_notifier_as_its_one_target_with_a_dead_letter_queue(targets: Any, line: str) -> None:
    changed = {
        "list_targets_by_rule": lambda Rule: (  # noqa: N803 - boto3's name
            {"Targets": targets} if Rule == RULES[-1].name else list_targets(Rule)
        )
    }
    [failed] = failures(changed)
    assert f"targets of {RULES[-1].name}" in failed
    assert line in failed


@pytest.mark.parametrize(
    ("targets", "actual"), [([{"Arn": FUNCTION, **QUEUE}], FUNCTION), ([], "none")], ids=["the notifier", "none"]
)
def test_a_rule_that_is_not_declared_for_the_notifier_has_another_target(targets: Any, actual: str) -> None:
    changed = {
        "list_targets_by_rule": lambda Rule: (  # noqa: N803 - boto3's name
            {"Targets": targets} if Rule == DELIVERY_RULE else list_targets(Rule)
        )
    }
    [failed] = failures(changed)
    assert f"targets of {DELIVERY_RULE}" in failed
    assert f"{actual}; expected at least one, and not the notifier" in failed


def test_the_declared_rules_are_those_of_the_stack_s_file(tmp_path: Any) -> None:
    with pytest.raises(DeliveryError, match=r"There is no Pulumi\.dev\.yaml"):
        verify.run(VerifyEnvironment.from_environment({"STACK": "dev"}), None, tmp_path)  # type: ignore[arg-type]


def test_the_query_reads_one_day_of_one_use_case_with_quoted_names() -> None:
    _, calls = run({}, {})
    [started] = [arguments for name, arguments in calls if name == "start_query_execution"]
    assert started["QueryExecutionContext"] == {"Database": "abalone_dev_kpis"}
    query = started["QueryString"]
    assert query == (
        "SELECT * FROM \"abalone_dev_kpis\".model_metrics WHERE use_case = 'o''hara' "
        "AND dt = cast(current_date AS varchar) LIMIT 1"
    )


def test_a_bucket_that_the_stack_did_not_create_may_have_no_key_and_its_own_may_not() -> None:
    rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    [line] = failures({"get_bucket_encryption": {"ServerSideEncryptionConfiguration": {"Rules": rules}}})
    assert "encryption of abalone-dev-artifacts" in line
    assert "AES256; expected aws:kms" in line


def test_a_missing_output_is_a_failure_and_a_part_that_is_not_there_is_none() -> None:
    assert any(item.expected == "'notifier' in the stack's outputs" for item in findings(notifier=None))
    assert all("workgroup" not in item.subject for item in findings(kpis=None))


def test_a_check_that_is_refused_does_not_keep_the_others_from_running() -> None:
    def refused(_: Deployed) -> Iterator[Finding]:
        raise REFUSED
        yield

    table: dict[str, Check] = {"first": refused, "second": parts.registry}
    deployed = stack(Client(RIGHT, []), OUTPUTS)
    assert [item.passed for item in checks.run(table, deployed)] == [False, True]


NOT_UPSERTED = ClientError({"Error": {"Code": "ResourceNotFound", "Message": "no pipeline"}}, "DescribePipeline")


def test_before_the_first_upsert_a_person_is_told_and_nothing_fails() -> None:
    results, _ = run({"describe_pipeline": NOT_UPSERTED}, {}, is_upserted=False)
    assert all(item.passed for item in results)
    [line] = [line for line in checks.table(results).splitlines() if line.startswith("todo")]
    assert "ML pipeline abalone" in line
    assert "not upserted yet: push to the delivered branch" in line


def test_after_the_stage_upsert_a_missing_pipeline_is_a_failure() -> None:
    [failed] = failures({"describe_pipeline": NOT_UPSERTED})
    assert "ResourceNotFound: no pipeline; expected an answer to DescribePipeline" in failed


@pytest.mark.parametrize(
    ("variables", "is_stage"),
    [({}, False), ({"CODEBUILD_INITIATOR": "joe"}, False), ({"CODEBUILD_INITIATOR": "codepipeline/abalone"}, True)],
)
def test_the_delivery_pipeline_starts_the_stage(variables: dict[str, str], is_stage: bool) -> None:
    assert VerifyEnvironment.from_environment({"STACK": "dev", **variables}).is_stage is is_stage


@pytest.mark.parametrize(
    ("matching", "line"),
    [
        (None, "does not match them; expected the stack's own events 'Change' to match"),
        ((MINE, OTHERS), "matches them; expected events 'Change' of others not to match"),
    ],
)
def test_a_rule_matches_the_stack_s_own_events_and_no_others(matching: Any, line: str) -> None:
    broken = PATTERNS[RULES[0].name]

    def test_pattern(EventPattern: str, Event: str) -> dict[str, bool]:  # noqa: N803 - boto3's names
        event = json.loads(Event)
        return {"Result": event in (matching or ()) if EventPattern == broken else event == MINE}

    [failed] = failures({"test_event_pattern": test_pattern})
    assert f"events of {RULES[0].name}" in failed
    assert line in failed


def test_the_state_s_components_providers_and_references_are_no_resources_of_the_stack() -> None:
    queue = {"type": "aws:sqs/queue:Queue", "custom": True, "id": "q", "inputs": {"name": "q"}, "outputs": {"arn": "a"}}
    state = [
        {"type": "pulumi:pulumi:Stack", "outputs": {"notifier": "n"}},
        {"type": "mlops:index:Cicd"},
        {**queue, "external": True},
        queue,
    ]
    assert resources_of(state) == [resource("aws:sqs/queue:Queue", "q", name="q", arn="a")]
    assert outputs_of(state) == {"notifier": "n"}
    with pytest.raises(DeliveryError, match="never deployed"):
        outputs_of(state[1:])


def test_the_region_comes_from_the_environment_or_from_the_stack_s_file(tmp_path: Any) -> None:
    settings = VerifyEnvironment.from_environment({"STACK": "dev"})
    with pytest.raises(DeliveryError, match=r"AWS_REGION: not given, and Pulumi\.dev\.yaml has no aws:region"):
        verify.region_of(settings, tmp_path)
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    assert verify.region_of(settings, tmp_path) == "eu-west-1"
    with_region = VerifyEnvironment.from_environment({"STACK": "dev", "AWS_REGION": "us-east-1"})
    assert verify.region_of(with_region, tmp_path) == "us-east-1"


@pytest.mark.parametrize(("stack", "advice"), [("dev", "make bootstrap STACK=dev"), ("local", "make local-up")])
def test_whoever_is_not_logged_in_to_the_state_is_told_how_instead_of_the_engines_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, stack: str, advice: str
) -> None:
    for name in ("PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "PULUMI_CREDENTIALS_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    monkeypatch.setenv("STACK", stack)
    assert exit_code(verify.main) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert advice in line
