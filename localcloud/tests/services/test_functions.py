"""What a Lambda function can import, how many run at once, and where failures go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from localcloud.client_errors import code_of

if TYPE_CHECKING:
    from .conftest import Deployment

pytestmark = pytest.mark.local

IMPORTS = """
import importlib

def handler(event, context):
    found = {}
    for name in event:
        try:
            importlib.import_module(name)
            found[name] = True
        except ImportError:
            found[name] = False
    return found
"""
TAKES_A_WHILE = """
import time

def handler(event, context):
    time.sleep(event)
    print("slept for", event)
"""
FAILS = "def handler(event, context):\n    raise ValueError('cannot handle this')\n"


def invoke(deployment: Deployment, function: str, event: Any, kind: str = "RequestResponse") -> Any:
    answer = deployment.root("lambda").invoke(
        FunctionName=function, InvocationType=kind, Payload=json.dumps(event).encode()
    )
    return json.loads(answer["Payload"].read() or b"null")


def test_a_function_sees_boto3_and_nothing_of_this_projects_packages(deployment: Deployment) -> None:
    function = deployment.function(deployment.role("function", "lambda.amazonaws.com"), IMPORTS)
    assert invoke(deployment, function, ["boto3", "json", "pulumi", "ministack", "aws_lambda_powertools"]) == {
        "boto3": True,
        "json": True,
        "pulumi": False,
        "ministack": False,
        "aws_lambda_powertools": False,
    }


def test_a_failed_event_reaches_the_destination_with_the_error(deployment: Deployment) -> None:
    queue, arn = deployment.queue("failed"), deployment.arn("sqs", f"{deployment.prefix}-failed")
    role = deployment.role("function", "lambda.amazonaws.com", deployment.allow("sqs:SendMessage", arn))
    function = deployment.function(role, FAILS)
    deployment.root("lambda").put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    invoke(deployment, function, {"number": 1}, kind="Event")

    record = json.loads(deployment.messages(queue)[0]["Body"])
    assert record["requestPayload"] == {"number": 1}
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["responsePayload"]["errorMessage"] == "cannot handle this"


def test_a_role_that_may_not_send_loses_its_failed_events_and_a_metric_counts_them(deployment: Deployment) -> None:
    queue, arn = deployment.queue("failed"), deployment.arn("sqs", f"{deployment.prefix}-failed")
    function = deployment.function(deployment.role("function", "lambda.amazonaws.com"), FAILS)
    deployment.root("lambda").put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    invoke(deployment, function, {}, kind="Event")

    dimensions = [{"Name": "FunctionName", "Value": f"{deployment.prefix}-function"}]
    deployment.eventually(
        lambda: deployment.root("cloudwatch").list_metrics(
            Namespace="AWS/Lambda", MetricName="DestinationDeliveryFailures", Dimensions=dimensions
        )["Metrics"]
    )
    attributes = deployment.root("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "0"


@pytest.fixture
def limit(deployment: Deployment) -> Iterator[int]:
    """An account that may run 120 executions at once."""

    def set_quota(value: int) -> None:
        quota = {"service": "lambda", "name": "Concurrent executions", "value": value}
        deployment.cloud.internal("POST", "/_local/quota", quota)

    set_quota(120)
    yield 120
    set_quota(1000)


def test_a_function_reserves_what_leaves_a_hundred_executions_to_others(deployment: Deployment, limit: int) -> None:
    function = deployment.function(deployment.role("function", "lambda.amazonaws.com"), IMPORTS)
    client = deployment.root("lambda")
    before = client.get_account_settings()["AccountLimit"]
    assert before["ConcurrentExecutions"] == limit
    reservable = before["UnreservedConcurrentExecutions"] - 100
    assert reservable > 0

    with pytest.raises(ClientError, match=r"InvalidParameterValue.* below its minimum value of \[100\]"):
        client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=reservable + 1)
    for _ in ("first", "again"):
        client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=reservable)
    assert client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 100
    assert client.get_function_concurrency(FunctionName=function)["ReservedConcurrentExecutions"] == reservable

    client.delete_function_concurrency(FunctionName=function)
    assert client.get_account_settings()["AccountLimit"] == before


def test_reading_and_removing_a_reservation_and_the_limits_are_actions_of_their_own(deployment: Deployment) -> None:
    function = deployment.function(deployment.role("function", "lambda.amazonaws.com"), IMPORTS)
    reader = deployment.user(
        "reader",
        deployment.allow("lambda:GetFunctionConcurrency", function),
        deployment.allow("lambda:GetAccountSettings", "*"),
    )("lambda")

    assert reader.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == 1000
    assert "ReservedConcurrentExecutions" not in reader.get_function_concurrency(FunctionName=function)
    with pytest.raises(ClientError, match="lambda:DeleteFunctionConcurrency"):
        reader.delete_function_concurrency(FunctionName=function)


def test_events_beyond_the_reservation_wait_instead_of_failing(deployment: Deployment) -> None:
    queue, arn = deployment.queue("failed"), deployment.arn("sqs", f"{deployment.prefix}-failed")
    role = deployment.role("function", "lambda.amazonaws.com", deployment.allow("sqs:SendMessage", arn))
    function, client = deployment.function(role, TAKES_A_WHILE), deployment.root("lambda")
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=1)
    client.put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    for _ in range(4):
        invoke(deployment, function, 0.5, kind="Event")

    def throttled() -> bool:
        try:
            invoke(deployment, function, 0)
        except ClientError as error:
            return code_of(error) == "TooManyRequestsException"
        return False

    deployment.eventually(throttled)
    logs, group = deployment.root("logs"), f"/aws/lambda/{deployment.prefix}-function"

    def handled() -> int:
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return 0
        return len(logs.filter_log_events(logGroupName=group, filterPattern='"slept for 0.5"')["events"])

    deployment.eventually(lambda: handled() == 4)
    attributes = deployment.root("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "0"


def test_an_event_that_found_no_room_until_it_was_too_old_reaches_the_destination(deployment: Deployment) -> None:
    queue, arn = deployment.queue("failed"), deployment.arn("sqs", f"{deployment.prefix}-failed")
    role = deployment.role("function", "lambda.amazonaws.com", deployment.allow("sqs:SendMessage", arn))
    function, client = deployment.function(role, TAKES_A_WHILE), deployment.root("lambda")
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    client.put_function_event_invoke_config(
        FunctionName=function,
        MaximumRetryAttempts=0,
        MaximumEventAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    invoke(deployment, function, 7, kind="Event")

    record = json.loads(deployment.messages(queue)[0]["Body"])
    assert (record["requestPayload"], record["requestContext"]["condition"]) == (7, "EventAgeExceeded")
