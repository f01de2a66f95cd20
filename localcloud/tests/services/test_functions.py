"""What a Lambda function can import, and where its failures go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

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
