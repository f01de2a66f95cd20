"""Notifications: what reaches whom, under which permission, and where it goes when it can't."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from components import Notifications, NotificationsArgs
from policy.conventions import RUNTIMES
from settings import StackSettings
from settings.models import NotificationSettings, SlackChannel, TeamsChannel

SLACK = SlackChannel.model_validate({"workspaceId": "T07EA123LEP", "channelId": "C07EZ1ABC23"})
TEAMS = TeamsChannel.model_validate(
    {"tenantId": "1" * 8 + "-1111-1111-1111-" + "1" * 12, "teamId": "2" * 8 + "-2222-2222-2222-" + "2" * 12,
     "channelId": "19%3Aab12%40thread.tacv2"}
)  # fmt: skip
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
RULES = (
    "model-versions",
    "failed-executions",
    "failed-crawls",
    "succeeded-crawls",
    "failed-deliveries",
    "waiting-approvals",
)


@pytest.fixture(scope="module")
def make(workspace: Any, local_settings: StackSettings, tmp_path_factory: pytest.TempPathFactory, build: Any) -> Any:
    zip_file = tmp_path_factory.mktemp("package") / "notifier.zip"
    zip_file.write_bytes(b"PK\x05\x06" + bytes(18))

    def run(settings: NotificationSettings | None = None, *, preview: bool = False) -> Any:
        def program() -> Notifications:
            return Notifications(
                "notifications",
                NotificationsArgs(
                    workspace=workspace(),
                    notifier_zip=zip_file,
                    settings=settings or local_settings.notifications,
                ),
            )

        return build(program, preview=preview)

    return run


@pytest.fixture(scope="module")
def registered(make: Any) -> Any:
    """What the committed local settings make."""
    return make()


def test_every_child_stands_below_the_component(registered: Any) -> None:
    types = [registered.urn(name).split("::")[2] for name in registered.requests if name.startswith("notifications-")]
    assert {kind.rpartition("$")[0].rpartition("$")[2] for kind in types} == {
        "mlops:index:Notifications",
        "mlops:index:Notifier",
    }
    assert "mlops:index:Notifications$aws:sns/topic:Topic" in registered.urn("notifications-topic")
    assert "mlops:index:Notifier$aws:lambda/function:Function" in registered.urn("notifications-notifier-function")


def test_components_finish_with_their_outputs(registered: Any) -> None:
    assert {registered.urn("notifications"), registered.urn("notifications-notifier")} <= registered.finished


def test_a_preview_registers_the_same_resources_as_an_update(make: Any) -> None:
    assert sorted(make(preview=True).requests) == sorted(make().requests)


def test_the_topic_is_encrypted_and_takes_alarms_of_this_stack_only(registered: Any) -> None:
    assert registered.inputs("notifications-topic")["kmsMasterKeyId"] == KEY
    statements = registered.statements("notifications-topic-policy")
    assert statements["Alarms"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statements["Alarms"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:abalone-local-*"},
    }
    assert statements["RefusePlainHttp"]["Effect"] == "Deny"


def test_each_address_is_subscribed_by_e_mail(make: Any) -> None:
    registered = make(NotificationSettings.model_validate({"emails": ("a@example.com", "b@example.com")}))
    subscriptions = [
        registered.inputs(name) for name in registered.names_of("aws:sns/topicSubscription:TopicSubscription")
    ]
    assert [(s["protocol"], s["endpoint"]) for s in subscriptions] == [
        ("email", "a@example.com"),
        ("email", "b@example.com"),
    ]


def test_without_chat_channels_nothing_of_chatbot_is_made(registered: Any) -> None:
    assert not [urn for urn in registered.resources if "chatbot" in urn]
    assert "notifications-chat-role" not in registered.requests


def test_chat_channels_get_the_topic_and_may_do_nothing_else(make: Any) -> None:
    registered = make(NotificationSettings.model_validate({"slackChannels": (SLACK,), "teamsChannels": (TEAMS,)}))
    slack = registered.inputs("notifications-slack-C07EZ1ABC23")
    teams = registered.inputs("notifications-teams-0")
    for channel in (slack, teams):
        assert channel["snsTopicArns"] == ["arn:mock:notifications-topic"]
        assert channel["guardrailPolicyArns"] == ["arn:aws:iam::aws:policy/AWSDenyAll"]
        assert channel["iamRoleArn"] == "arn:mock:notifications-chat-role"
    assert (slack["slackTeamId"], slack["slackChannelId"]) == ("T07EA123LEP", "C07EZ1ABC23")
    assert not [n for n in registered.names_of("aws:iam/rolePolicy:RolePolicy") if "chat" in n]


def test_the_rules_match_the_documented_events_of_this_pipeline(registered: Any) -> None:
    versions = json.loads(registered.inputs("notifications-model-versions")["eventPattern"])
    assert versions == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": ["abalone-local-stable-models"]},
    }
    failed = json.loads(registered.inputs("notifications-failed-executions")["eventPattern"])
    assert failed["detail-type"] == ["SageMaker Model Building Pipeline Execution Status Change"]
    assert failed["detail"]["currentPipelineExecutionStatus"] == ["Failed"]
    assert "pipeline/abalone-local" in json.dumps(failed["detail"]["pipelineArn"])
    for rule, state in (("failed-crawls", "Failed"), ("succeeded-crawls", "Succeeded")):
        assert json.loads(registered.inputs(f"notifications-{rule}")["eventPattern"]) == {
            "source": ["aws.glue"],
            "detail-type": ["Glue Crawler State Change"],
            "detail": {"crawlerName": ["abalone-local-tables"], "state": [state]},
        }


DELIVERY = {
    "id": "1",
    "account": "123456789012",
    "region": "us-east-1",
    "time": "2026-11-25T08:00:00Z",
    "source": "aws.codepipeline",
    "resources": ["arn:aws:codepipeline:us-east-1:123456789012:abalone-local-delivery"],
}
FAILED = {"pipeline": "abalone-local-delivery", "state": "FAILED"}
WAITING = {"pipeline": "abalone-local-delivery", "state": "STARTED", "type": {"owner": "AWS", "category": "Approval"}}


@pytest.mark.parametrize(
    ("rule", "level", "detail", "expected"),
    [
        ("failed-deliveries", "Pipeline", FAILED, True),
        ("failed-deliveries", "Stage", FAILED, False),
        ("failed-deliveries", "Pipeline", {**FAILED, "state": "SUPERSEDED"}, False),
        ("failed-deliveries", "Pipeline", {**FAILED, "pipeline": "another"}, False),
        ("waiting-approvals", "Action", WAITING, True),
        ("waiting-approvals", "Action", {**WAITING, "state": "SUCCEEDED"}, False),
        ("waiting-approvals", "Action", {**WAITING, "type": {"owner": "AWS", "category": "Build"}}, False),
        ("waiting-approvals", "Action", {**WAITING, "pipeline": "another"}, False),
    ],
)
def test_rules_take_failures_and_approvals_of_the_delivery_pipeline_only(
    registered: Any, rule: str, level: str, detail: Any, expected: bool
) -> None:
    event: Any = {**DELIVERY, "detail-type": f"CodePipeline {level} Execution State Change", "detail": detail}
    pattern = registered.inputs(f"notifications-{rule}")["eventPattern"]
    assert EventPattern.load(pattern).matches_event(event) is expected


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_may_invoke_the_notifier_and_keeps_what_does_not_arrive(registered: Any, rule: str) -> None:
    permission = registered.inputs(f"notifications-{rule}-permission")
    assert permission["principal"] == "events.amazonaws.com"
    assert permission["sourceArn"] == f"arn:mock:notifications-{rule}"
    assert "sourceAccount" not in permission
    assert list(registered.requests[f"notifications-{rule}-permission"].ignoreChanges) == ["sourceAccount"]
    target = registered.inputs(f"notifications-{rule}-target")
    assert target["arn"] == "arn:mock:notifications-notifier-function"
    assert target["deadLetterConfig"] == {"arn": "arn:mock:notifications-undelivered"}
    assert target["retryPolicy"] == {"maximumEventAgeInSeconds": 21600, "maximumRetryAttempts": 24}


def test_the_dead_letter_queue_takes_events_of_these_rules_only(registered: Any) -> None:
    statement = registered.statements("notifications-undelivered-policy")["UndeliveredEvents"]
    assert statement["Action"] == ["sqs:SendMessage"]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": [f"arn:mock:notifications-{r}" for r in RULES]}}
    assert list(registered.statements("notifications-failed-policy")) == ["RefusePlainHttp"]


@pytest.mark.parametrize("queue", ["undelivered", "failed"])
def test_dead_letter_queues_are_encrypted_kept_14_days_and_watched(registered: Any, queue: str) -> None:
    assert registered.inputs(f"notifications-{queue}")["kmsMasterKeyId"] == KEY
    assert registered.inputs(f"notifications-{queue}")["messageRetentionSeconds"] == 14 * 86400
    alarm = registered.inputs(f"notifications-{queue}-queue-alarm")
    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert alarm["dimensions"] == {"QueueName": f"abalone-local-notifications-{queue}"}
    assert (alarm["threshold"], alarm["comparisonOperator"]) == (0, "GreaterThanThreshold")
    assert alarm["alarmActions"] == ["arn:mock:notifications-topic"]
    assert "okActions" not in alarm


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_the_notifiers_own_trouble_raises_an_alarm(registered: Any, metric: str) -> None:
    alarm = registered.inputs(f"notifications-notifier-{metric.lower()}-alarm")
    assert (alarm["namespace"], alarm["metricName"], alarm["statistic"]) == ("AWS/Lambda", metric, "Sum")
    assert alarm["treatMissingData"] == "notBreaching"


def test_the_function_is_traced_encrypted_and_told_where_to_write(registered: Any) -> None:
    function = registered.inputs("notifications-notifier-function")
    assert (function["architectures"], function["handler"]) == (["arm64"], "handler.handler")
    assert function["tracingConfig"] == {"mode": "Active"}
    assert function["kmsKeyArn"] == KEY
    assert function["environment"]["variables"] == {
        "TOPIC_ARN": "arn:mock:notifications-topic",
        "DATA_BUCKET": "data-bucket",
        "ARTIFACT_BUCKET": "artifacts",
        "KMS_KEY_ARN": KEY,
        "USE_CASE_ID": "abalone",
        "PIPELINE_NAME": "abalone-local",
        "MODEL_PACKAGE_GROUP": "abalone-local-stable-models",
        "CRAWLER_NAME": "abalone-local-tables",
        "KPI_DATABASE": "abalone_local_kpis",
        "DELIVERY_PIPELINE": "abalone-local-delivery",
        "ENVIRONMENT": "local",
        "IDEMPOTENCY_TABLE": "abalone-local-notifier-idempotency",
        "POWERTOOLS_SERVICE_NAME": "abalone-local-notifier",
        "POWERTOOLS_METRICS_NAMESPACE": "abalone-local",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def test_the_function_runs_in_the_newest_python_that_lambda_supports(registered: Any) -> None:
    recorded = json.loads(RUNTIMES.read_text(encoding="utf-8"))
    versions = [name.removeprefix("python") for name in recorded if name.startswith("python")]
    assert versions
    newest = max(versions, key=lambda version: tuple(map(int, version.split("."))))

    assert registered.inputs("notifications-notifier-function")["runtime"] == f"python{newest}"


def test_the_functions_logs_are_encrypted_and_kept_as_configured(registered: Any) -> None:
    logs = registered.inputs("notifications-notifier-logs")
    assert logs["name"] == "/aws/lambda/abalone-local-notifier"
    assert (logs["retentionInDays"], logs["kmsKeyId"]) == (7, KEY)


@pytest.mark.parametrize("reserved", [None, 7])
def test_the_function_reserves_the_concurrency_that_is_configured(make: Any, reserved: int | None) -> None:
    registered = make(NotificationSettings.model_validate({"reservedConcurrency": reserved}))
    inputs = registered.inputs("notifications-notifier-function")
    assert inputs.get("reservedConcurrentExecutions") == reserved


def test_failed_invocations_and_events_without_room_end_in_their_queue(registered: Any) -> None:
    failures = registered.inputs("notifications-notifier-failures")
    assert failures["maximumEventAgeInSeconds"] == 6 * 3600
    assert failures["destinationConfig"] == {"onFailure": {"destination": "arn:mock:notifications-failed"}}
    assert failures["maximumRetryAttempts"] == 2


def test_the_idempotency_table_forgets_by_itself(registered: Any) -> None:
    table = registered.inputs("notifications-notifier-idempotency")
    assert (table["hashKey"], table["billingMode"]) == ("id", "PAY_PER_REQUEST")
    assert table["ttl"] == {"attributeName": "expiration", "enabled": True}
    assert table["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": KEY}


def test_the_notifiers_role_is_for_lambda_and_each_star_resource_is_known(registered: Any) -> None:
    trust = json.loads(registered.inputs("notifications-notifier-role")["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    statements = registered.statements("notifications-notifier-policy")
    assert {sid for sid, s in statements.items() if "*" in s["Resource"]} == {"FindLastApprovedVersion", "SendTraces"}
    assert not [a for s in statements.values() for a in s["Action"] if "*" in a]
    assert statements["ReadModelVersions"]["Resource"] == [
        "arn:aws:sagemaker:us-east-1:123456789012:model-package/abalone-local-stable-models/*"
    ]
    assert statements["ReadDeliveries"]["Action"] == [
        "codepipeline:GetPipelineState",
        "codepipeline:ListActionExecutions",
        "codepipeline:ListPipelineExecutions",
    ]
    assert statements["ReadDeliveries"]["Resource"] == [
        "arn:aws:codepipeline:us-east-1:123456789012:abalone-local-delivery"
    ]
    assert statements["CompareSources"] == {
        "Sid": "CompareSources",
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": [
            "arn:aws:s3:::artifacts/abalone-local-delive*/Source/*",
            "arn:aws:s3:::artifacts/abalone-local-delive*/Preview/*",
        ],
    }
    assert statements["WriteReports"]["Resource"] == ["arn:aws:s3:::artifacts/abalone-local-delivery/previews/*"]
    assert statements["WriteRegistryEvents"]["Resource"] == [
        "arn:aws:s3:::data-bucket/use-case=abalone/registry-events/*"
    ]


def test_the_function_waits_for_its_permissions_and_its_log_group(registered: Any) -> None:
    dependencies = " ".join(registered.requests["notifications-notifier-function"].dependencies)
    assert "notifications-notifier-policy" in dependencies
    assert "notifications-notifier-logs" in dependencies
