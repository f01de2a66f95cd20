"""The function as Lambda runs it: from the zip, with nothing beside it but what the runtime brings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import boto3
import botocore
import pytest

from lambdas import packaging

from .stage import ARTIFACTS, DATA, GROUP, KEY_ARN, PIPELINE, REGION, TABLE, documented

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

# boto3 and what only it needs: what Lambda's runtime has and the zip leaves out.
RUNTIME = ("boto3", "botocore", "s3transfer", "dateutil", "six.py", "urllib3")
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
REGIONS = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
RUNNER = """
import json, sys
sys.path = [*sys.argv[1:3], *sys.path]
class Context:
    function_name = "notifier"
    function_version = "1"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:notifier"
    aws_request_id = "request"
    def get_remaining_time_in_millis(self):
        return 30000
import handler
outcomes = []
for line in sys.stdin:
    try:
        outcomes.append(handler.handler(json.loads(line), Context())["outcome"])
    except Exception as error:
        outcomes.append(f"{type(error).__name__}: {error}")
origins = {name: sys.modules[name].__file__ for name in ("aws_lambda_powertools", "aws_xray_sdk", "wrapt", "jmespath")}
print(json.dumps({"outcomes": outcomes, "origins": origins}))
"""

COLD_START = """
import gc, json, sys
sys.path = [*sys.argv[1:3], *sys.path]
import handler
print(json.dumps({"modules": sorted(sys.modules), "collects": gc.isenabled(), "frozen": gc.get_freeze_count()}))
"""
SETTINGS = {
    "TOPIC_ARN": f"arn:aws:sns:{REGION}:123456789012:notifications",
    "DATA_BUCKET": DATA,
    "ARTIFACT_BUCKET": ARTIFACTS,
    "KMS_KEY_ARN": KEY_ARN,
    "USE_CASE_ID": "abalone",
    "PIPELINE_NAME": PIPELINE,
    "MODEL_PACKAGE_GROUP": GROUP,
    "CRAWLER_NAME": "crawler",
    "KPI_DATABASE": "kpis",
    "DELIVERY_PIPELINE": "delivery",
    "ENVIRONMENT": "test",
    "IDEMPOTENCY_TABLE": TABLE,
    "POWERTOOLS_SERVICE_NAME": "abalone-test-notifier",
    "POWERTOOLS_METRICS_NAMESPACE": "abalone-test",
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("function")
    with zipfile.ZipFile(packaging.build("notifier", cache_dir=base / "cache")) as archive:
        archive.extractall(base / "task")
    (base / "runtime").mkdir()
    installed = Path(botocore.__file__).parents[1]
    for name in RUNTIME:
        (base / "runtime" / name).symlink_to(installed / name)
    return base


def run(unpacked: Path, program: str, text: str = "", **variables: str) -> list[Any]:
    """Runs a program beside the unpacked zip; returns the objects that it printed, one a line."""
    result = subprocess.run(
        # Isolated and without site: neither the environment's packages nor the checkout can be imported.
        [sys.executable, "-I", "-S", "-c", program, str(unpacked / "task"), str(unpacked / "runtime")],
        input=text,
        env={"PATH": os.environ["PATH"], **CREDENTIALS, **REGIONS, **variables},
        cwd=unpacked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def invoke(unpacked: Path, events: list[dict[str, Any]], **variables: str) -> tuple[dict[str, Any], list[Any]]:
    """Runs the handler on the events; returns what the runner saw and what the function logged."""
    *logged, outcome = run(unpacked, RUNNER, "\n".join(json.dumps(event) for event in events), **variables)
    return outcome, logged


def test_the_zip_carries_all_that_the_function_needs(unpacked: Path, endpoint: str) -> None:
    session = boto3.session.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION)
    sns, sqs = session.client("sns", endpoint_url=endpoint), session.client("sqs", endpoint_url=endpoint)
    dynamodb = session.client("dynamodb", endpoint_url=endpoint)
    sagemaker = session.client("sagemaker", endpoint_url=endpoint)
    topic = sns.create_topic(Name="notifications")["TopicArn"]
    queue = sqs.create_queue(QueueName="zip-inbox")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    session.client("s3", endpoint_url=endpoint).create_bucket(Bucket=DATA)
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    sagemaker.create_model_package_group(ModelPackageGroupName=GROUP)
    arn = sagemaker.create_model_package(ModelPackageGroupName=GROUP, ModelApprovalStatus="Approved")["ModelPackageArn"]
    event = documented(
        "model_package", arn, ModelPackageArn=arn, ModelPackageGroupName=GROUP, ModelApprovalStatus="Approved"
    )

    seen, logged = invoke(
        unpacked,
        [event, event, {"id": "broken"}],
        AWS_ENDPOINT_URL=endpoint,
        **{**SETTINGS, "TOPIC_ARN": topic},
    )

    assert seen["outcomes"] == [
        "notified",
        "duplicate",
        "MalformedEventError: detail is None; expected the change as an object",
    ]
    assert all(Path(origin).is_relative_to(unpacked / "task") for origin in seen["origins"].values())
    [message] = cast("list[dict[str, str]]", sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"])
    assert json.loads(message["Body"])["Subject"] == f"[test] {GROUP} v1: Approved"

    entries = [line for line in logged if "message" in line]
    assert {line["correlation_id"] for line in entries} == {event["id"], "broken"}
    assert [line["message"] for line in entries if line["level"] == "ERROR"] == ["event refused"]
    metrics = {name for line in logged for name in line if name[0].isupper()}
    assert {"ColdStart", "NotificationsSent", "DuplicatesIgnored", "EventsRefused"} <= metrics


def test_a_cold_start_imports_what_the_function_uses_and_collects_no_garbage(unpacked: Path) -> None:
    # X-Ray patches libraries in Lambda only.
    [seen] = run(unpacked, COLD_START, LAMBDA_TASK_ROOT=str(unpacked / "task"), **SETTINGS)
    modules = set(seen["modules"])
    assert {"aws_xray_sdk.ext.botocore", "lambdas.notifier.app"} <= modules
    assert modules & {"aws_lambda_powertools.utilities.data_classes", "sqlite3", "aws_xray_sdk.ext.sqlite3"} == set()
    assert modules & {"lambdas.notifier.review", "lambdas.notifier.crawled_tables"} == set()
    assert seen["collects"]
    assert seen["frozen"] > 0


def test_a_function_without_its_settings_says_which(unpacked: Path) -> None:
    with pytest.raises(
        AssertionError, match="the function's environment lacks TOPIC_ARN, DATA_BUCKET, ARTIFACT_BUCKET, KMS"
    ):
        invoke(unpacked, [])
