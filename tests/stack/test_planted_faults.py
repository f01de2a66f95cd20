"""Faults planted all at once behind the back of a stack that works: each has its row, and nothing else has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .borrowed import ACCOUNT
from .verification import failures, verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Project

pytestmark = pytest.mark.local

PREFIX = "abalone-local"
NOTIFIER = f"{PREFIX}-notifier"
CRAWLER = f"{PREFIX}-tables"
DASHBOARD = {"AwsAccountId": ACCOUNT, "DashboardId": f"{PREFIX}-kpis"}
DATA_SOURCE = {"AwsAccountId": ACCOUNT, "DataSourceId": f"{PREFIX}-kpis"}
TRANSITION = {"pipelineName": f"{PREFIX}-delivery", "stageName": "Deploy", "transitionType": "Inbound"}


def never_invoked(project: Project) -> None:
    project.root("lambda").put_function_concurrency(FunctionName=NOTIFIER, ReservedConcurrentExecutions=0)


def variable_dropped(project: Project) -> None:
    function = project.root("lambda")
    environment = function.get_function_configuration(FunctionName=NOTIFIER)["Environment"]
    del environment["Variables"]["CRAWLER_NAME"]
    function.update_function_configuration(FunctionName=NOTIFIER, Environment=environment)


def failures_dropped(project: Project) -> None:
    project.root("lambda").delete_function_event_invoke_config(FunctionName=NOTIFIER)


def log_group_deleted(project: Project) -> None:
    project.root("logs").delete_log_group(logGroupName=f"/aws/lambda/{NOTIFIER}")


def alarm_deleted(project: Project) -> None:
    project.root("cloudwatch").delete_alarms(AlarmNames=[f"{PREFIX}-failed-queue"])


def alarm_silenced(project: Project) -> None:
    project.root("cloudwatch").disable_alarm_actions(AlarmNames=[f"{NOTIFIER}-errors"])


def table_deleted(project: Project) -> None:
    project.root("dynamodb").delete_table(TableName=f"{NOTIFIER}-idempotency")


def project_deleted(project: Project) -> None:
    project.root("codebuild").delete_project(name=f"{PREFIX}-drift")


def transition_disabled(project: Project) -> None:
    project.root("codepipeline").disable_stage_transition(**TRANSITION, reason="freeze")


def dashboard_deleted(project: Project) -> None:
    project.root("quicksight").delete_dashboard(**DASHBOARD)


def data_source_deleted(project: Project) -> None:
    project.root("quicksight").delete_data_source(**DATA_SOURCE)


def schedule_stopped(project: Project) -> None:
    project.root("glue").stop_crawler_schedule(CrawlerName=CRAWLER)


def classifiers_removed(project: Project) -> None:
    project.root("glue").update_crawler(Name=CRAWLER, Classifiers=[])


def target_removed(project: Project) -> None:
    project.root("events").remove_targets(Rule=f"{PREFIX}-failed-crawls", Ids=["notifier"])


def rule_disabled(project: Project) -> None:
    project.root("events").disable_rule(Name=f"{PREFIX}-delivery-drift")


def subscription_deleted(project: Project) -> None:
    sns, topic = project.root("sns"), project.outputs()["topic_arn"]
    [subscription] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])


def bucket_opened(project: Project) -> None:
    project.root("s3").delete_public_access_block(Bucket=project.outputs()["data_bucket"])


def key_disabled(project: Project) -> None:
    project.root("kms").disable_key(KeyId=project.outputs()["key_arn"])


FAULTS: dict[Callable[[Project], None], tuple[str, ...]] = {
    never_invoked: ("aws:lambda/function:Function notifications-notifier-function",),
    variable_dropped: ("aws:lambda/function:Function notifications-notifier-function",),
    failures_dropped: (
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig notifications-notifier-failures",
    ),
    log_group_deleted: ("aws:cloudwatch/logGroup:LogGroup notifications-notifier-logs",),
    alarm_deleted: ("aws:cloudwatch/metricAlarm:MetricAlarm notifications-failed-queue-alarm",),
    alarm_silenced: ("aws:cloudwatch/metricAlarm:MetricAlarm notifications-notifier-errors-alarm",),
    table_deleted: ("aws:dynamodb/table:Table notifications-notifier-idempotency",),
    project_deleted: ("aws:codebuild/project:Project delivery-drift-project",),
    transition_disabled: (f"stage transitions of {PREFIX}-delivery",),
    dashboard_deleted: ("aws-native:quicksight:Dashboard kpis-quicksight-dashboard",),
    data_source_deleted: ("aws:quicksight/dataSource:DataSource kpis-quicksight-data-source",),
    schedule_stopped: (f"schedule of {CRAWLER}",),
    classifiers_removed: ("aws:glue/crawler:Crawler kpis-crawler",),
    target_removed: (
        "aws:cloudwatch/eventTarget:EventTarget notifications-failed-crawls-target",
        f"targets of {PREFIX}-failed-crawls",
    ),
    rule_disabled: ("aws:cloudwatch/eventRule:EventRule delivery-drift", f"rule {PREFIX}-delivery-drift"),
    subscription_deleted: (
        "aws:sns/topicSubscription:TopicSubscription notifications-email-data-scientist@example.com",
        f"subscriptions of {PREFIX}-notifications",
    ),
    bucket_opened: ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock data-public-access-block", "buckets"),
    # Athena can't write the result of a query.
    key_disabled: ("aws:kms/key:Key encryption-key", "query on model_metrics"),
}
"""Each fault, and the rows that fail for it: those of the comparison with the state, and those of other checks."""


def rows(done: Any) -> dict[str, str]:
    """What each failed row says, by its subject."""
    columns = [line.removeprefix("FAIL").strip().split("  ", 1) for line in failures(done)]
    return {subject: text.strip() for subject, text in columns}


def test_faults_planted_at_once_are_each_named_by_their_rows_and_nothing_else_is(deployed: Project) -> None:
    before = verify(deployed)
    assert before.returncode == 0, before.stdout + before.stderr
    assert "resources of the state" in before.stdout

    for fault in FAULTS:
        fault(deployed)
    broken = verify(deployed)

    failed = rows(broken)
    assert set(failed) == {row for subjects in FAULTS.values() for row in subjects}, broken.stdout + broken.stderr
    function = failed["aws:lambda/function:Function notifications-notifier-function"]
    assert "environment.variables.CRAWLER_NAME is nothing" in function
    assert "reservedConcurrentExecutions is 0" in function


def test_an_update_with_a_refresh_sets_right_all_that_the_state_declares(deployed: Project) -> None:
    # The update of the crawler, for its classifiers, sends its schedule again.
    deployed.ok("up", "--yes", "--skip-preview", "--refresh")
    assert set(rows(verify(deployed))) == {f"stage transitions of {PREFIX}-delivery"}

    deployed.root("codepipeline").enable_stage_transition(**TRANSITION)
    repaired = verify(deployed)
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
