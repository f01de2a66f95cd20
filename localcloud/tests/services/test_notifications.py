"""From a change in the model registry through rule, function and topic to the inbox, and what happens when it fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from localcloud.lifecycle import LocalCloud

    from .conftest import Deployment

pytestmark = pytest.mark.local

TRUSTED_EVENTS = "events.amazonaws.com"


def pattern(deployment: Deployment) -> dict[str, Any]:
    return {"source": ["aws.sagemaker"], "detail": {"ModelPackageGroupName": [f"{deployment.prefix}-models"]}}


def notifier(deployment: Deployment, topic: str) -> str:
    role = deployment.role("function", "lambda.amazonaws.com", deployment.allow("sns:Publish", topic))
    function = deployment.function(role, TOPIC_ARN=topic)
    deployment.let_rule_invoke(function)
    return function


def test_a_registered_and_an_approved_version_reach_the_mail_subscriber(deployment: Deployment) -> None:
    topic = deployment.topic()
    deployment.root("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ml@example.com")
    deployment.rule(pattern(deployment), {"Id": "1", "Arn": notifier(deployment, topic)})

    version = deployment.register_version()
    deployment.eventually(lambda: len(deployment.mails(topic)) == 1)
    deployment.root("sagemaker").update_model_package(
        ModelPackageArn=version, ModelApprovalStatus="Approved", ApprovalDescription="good enough"
    )
    first, second = deployment.eventually(lambda: (mails := deployment.mails(topic)) and len(mails) == 2 and mails)

    assert (first["to"], first["subject"]) == ("ml@example.com", "SageMaker Model Package State Change")
    assert json.loads(first["body"])["ModelApprovalStatus"] == "PendingManualApproval"
    approved = json.loads(second["body"])
    assert approved["ModelApprovalStatus"] == "Approved"
    assert approved["ApprovalDescription"] == "good enough"
    assert approved["ModelPackageArn"] == version


def test_a_recorded_event_can_be_delivered_once_more(deployment: Deployment, cloud: LocalCloud) -> None:
    topic = deployment.topic()
    deployment.root("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ml@example.com")
    deployment.rule(pattern(deployment), {"Id": "1", "Arn": notifier(deployment, topic)})
    version = deployment.register_version()
    deployment.eventually(lambda: deployment.mails(topic))

    entry = next(e for e in cloud.internal("GET", "/_local/events") if version in e["event"]["resources"])
    cloud.internal("POST", "/_local/emit", {"id": entry["event"]["id"]})

    first, again = deployment.eventually(lambda: (mails := deployment.mails(topic)) and len(mails) == 2 and mails)
    assert first["body"] == again["body"]


def test_events_are_put_on_the_bus_as_they_are(deployment: Deployment, cloud: LocalCloud) -> None:
    topic = deployment.topic()
    deployment.root("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ml@example.com")
    deployment.rule(pattern(deployment), {"Id": "1", "Arn": notifier(deployment, topic)})
    detail = {"ModelPackageGroupName": f"{deployment.prefix}-models", "ModelPackageVersion": "no number"}
    event = {
        "id": "1",
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Model Package State Change",
        "resources": [],
    }
    cloud.internal("POST", "/_local/put-events", {"events": [{**event, "detail": detail}]})

    [mail] = deployment.eventually(lambda: deployment.mails(topic))
    assert json.loads(mail["body"])["ModelPackageVersion"] == "no number"


def test_filter_policies_of_mail_subscriptions_are_honoured(deployment: Deployment) -> None:
    topic = deployment.topic()
    only_approved = json.dumps({"status": ["Approved"]})
    for address, attributes in {"all@example.com": {}, "approved@example.com": {"FilterPolicy": only_approved}}.items():
        deployment.root("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint=address, Attributes=attributes)
    for status in ("Approved", "PendingManualApproval"):
        attribute = {"status": {"DataType": "String", "StringValue": status}}
        deployment.root("sns").publish(TopicArn=topic, Message=status, Subject="s", MessageAttributes=attribute)

    received = [(mail["to"], mail["body"]) for mail in deployment.mails(topic)]
    assert sorted(received) == [
        ("all@example.com", "Approved"),
        ("all@example.com", "PendingManualApproval"),
        ("approved@example.com", "Approved"),
    ]


def test_an_event_for_a_function_without_permission_goes_to_the_dead_letter_queue_at_once(
    deployment: Deployment,
) -> None:
    topic = deployment.topic()
    role = deployment.role("function", "lambda.amazonaws.com", deployment.allow("sns:Publish", topic))
    function, queue = deployment.function(role, TOPIC_ARN=topic), deployment.queue("dlq", TRUSTED_EVENTS)
    dlq_arn = deployment.arn("sqs", f"{deployment.prefix}-dlq")
    rule = deployment.rule(pattern(deployment), {"Id": "1", "Arn": function, "DeadLetterConfig": {"Arn": dlq_arn}})

    version = deployment.register_version()
    (message,) = deployment.messages(queue)

    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes.pop("ERROR_MESSAGE").startswith("events.amazonaws.com is not authorized")
    assert attributes == {
        "RULE_ARN": rule,
        "TARGET_ARN": function,
        "ERROR_CODE": "NO_PERMISSIONS",
        "RETRY_ATTEMPTS": "0",
    }
    assert json.loads(message["Body"])["resources"] == [version]
    metric = deployment.root("cloudwatch").get_metric_statistics(
        Namespace="AWS/Events", MetricName="InvocationsSentToDlq", StartTime=0, EndTime=9e9, Period=3600,
        Dimensions=[{"Name": "RuleName", "Value": f"{deployment.prefix}-rule"}], Statistics=["Sum"],
    )  # fmt: skip
    assert [point["Sum"] for point in metric["Datapoints"]] == [1.0]


def test_a_dead_letter_queue_that_does_not_trust_eventbridge_gets_nothing(deployment: Deployment) -> None:
    deployment.queue("dlq")
    dlq_arn, missing = (deployment.arn("sqs", f"{deployment.prefix}-{name}") for name in ("dlq", "missing"))
    deployment.rule(pattern(deployment), {"Id": "1", "Arn": missing, "DeadLetterConfig": {"Arn": dlq_arn}})

    deployment.register_version()
    (delivery,) = deployment.deliveries()

    assert delivery["error"].startswith("NO_RESOURCE")
    assert delivery["dead_letter"].startswith("NO_PERMISSIONS")


def test_a_message_that_the_function_fails_to_handle_raises_the_alarm_of_its_queue(deployment: Deployment) -> None:
    topic, queue = deployment.topic(), f"{deployment.prefix}-failed"
    deployment.root("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ml@example.com")
    deployment.queue("failed")
    deployment.queue("other")
    failed_arn = deployment.arn("sqs", queue)
    function = notifier(deployment, topic)
    deployment.grant("function", deployment.allow("sqs:SendMessage", failed_arn))
    deployment.root("lambda").put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": failed_arn}}
    )
    deployment.rule(pattern(deployment), {"Id": "1", "Arn": function})
    cloudwatch = deployment.root("cloudwatch")
    names = {watched: f"{deployment.prefix}-{watched}" for watched in ("failed", "other")}
    for name in names.values():
        cloudwatch.put_metric_alarm(
            AlarmName=name, Namespace="AWS/SQS", MetricName="ApproximateNumberOfMessagesVisible", Statistic="Maximum",
            Dimensions=[{"Name": "QueueName", "Value": name}], Period=60, EvaluationPeriods=1, Threshold=0,
            ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching", AlarmActions=[topic],
        )  # fmt: skip

    deployment.register_version(ModelApprovalStatus="Rejected")
    (mail,) = deployment.eventually(lambda: deployment.mails(topic), seconds=30)

    assert mail["subject"] == f'ALARM: "{names["failed"]}" in US East (N. Virginia)'
    body = json.loads(mail["body"])
    assert (body["NewStateValue"], body["Trigger"]["Namespace"]) == ("ALARM", "AWS/SQS")
    states = {a["AlarmName"]: a["StateValue"] for a in cloudwatch.describe_alarms()["MetricAlarms"]}
    assert states[names["failed"]] == "ALARM"
    assert states[names["other"]] == "OK"


def test_queues_and_topics_are_targets_by_their_own_policies(deployment: Deployment) -> None:
    topic, queue = deployment.topic(), deployment.queue("target", TRUSTED_EVENTS)
    deployment.root("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ml@example.com")
    allow = {**deployment.allow("sns:Publish", topic), "Principal": {"Service": TRUSTED_EVENTS}}
    deployment.root("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Statement": [allow]})
    )
    queue_arn = deployment.arn("sqs", f"{deployment.prefix}-target")
    version_only = {"InputPath": "$.detail.ModelPackageVersion"}
    deployment.rule(pattern(deployment), {"Id": "1", "Arn": queue_arn}, {"Id": "2", "Arn": topic, **version_only})
    version = deployment.register_version()

    assert json.loads(deployment.messages(queue)[0]["Body"])["detail"]["ModelPackageArn"] == version
    (mail,) = deployment.eventually(lambda: deployment.mails(topic))
    assert mail["body"] == "1"


def test_a_disabled_rule_and_another_group_hear_nothing(deployment: Deployment, cloud: LocalCloud) -> None:
    arn = deployment.arn("sqs", f"{deployment.prefix}-target")
    deployment.queue("target", TRUSTED_EVENTS)
    deployment.rule(pattern(deployment), {"Id": "1", "Arn": arn})
    deployment.root("events").disable_rule(Name=f"{deployment.prefix}-rule")
    version = deployment.register_version()

    def matched() -> list[str] | None:
        entries = cloud.internal("GET", "/_local/events")
        return next(entry["matched"] for entry in entries if version in entry["event"]["resources"])

    deployment.eventually(lambda: matched() is not None)
    assert matched() == []
