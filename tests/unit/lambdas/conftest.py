"""A notifier on emulated AWS services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from aws_lambda_powertools import Logger
from moto import mock_aws
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from lambdas.notifier.app import Notifier
from lambdas.notifier.clients import CONFIG, Clients
from lambdas.notifier.settings import Settings

from .stage import (
    ARTIFACTS,
    CRAWLER,
    DATA,
    DATABASE,
    DELIVERY,
    GROUP,
    KEY_ARN,
    PIPELINE,
    REGION,
    TABLE,
    Counts,
    Faults,
    Stage,
)

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@pytest.fixture(scope="session")
def _clients() -> tuple[Clients, SQSClient]:
    """Made once: a client costs far more than an emulated call."""
    session = boto3.session.Session(
        aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION
    )  # never AWS's: every test runs under mock_aws
    return Clients.connect(session), session.client("sqs", config=CONFIG)


def emulated(service: str, region: str = REGION) -> Any:
    """The emulator's own part of a service: what a test finds there need not come by requests, which take longer."""
    backends: Any = get_backend(cast("Any", service))
    return backends[DEFAULT_ACCOUNT_ID][region]


@pytest.fixture(scope="session", autouse=True)
def no_further_handlers() -> Iterator[None]:
    """Keep Powertools from naming itself in requests: each notifier would add that to the one client again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aws_lambda_powertools.shared.user_agent.register_feature_to_client", lambda **_: None)
        yield


@pytest.fixture
def stage(_clients: tuple[Clients, SQSClient]) -> Iterator[Stage]:
    clients, sqs = _clients
    with mock_aws():
        topic = emulated("sns").create_topic("abalone-test-notifications").arn
        # What was read once is not seen again.
        queue = emulated("sqs").create_queue("inbox", VisibilityTimeout="3600")
        emulated("sns").subscribe(topic, queue.queue_arn, "sqs")
        for bucket in (ARTIFACTS, DATA):
            emulated("s3", "aws").create_bucket(bucket, REGION)
        emulated("sagemaker").create_model_package_group(GROUP, None, [])
        clients.dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        settings = Settings(
            topic_arn=topic,
            data_bucket=DATA,
            artifact_bucket=ARTIFACTS,
            kms_key_arn=KEY_ARN,
            use_case_id="abalone",
            pipeline_name=PIPELINE,
            model_package_group=GROUP,
            crawler_name=CRAWLER,
            kpi_database=DATABASE,
            delivery_pipeline=DELIVERY,
            environment="test",
            idempotency_table=TABLE,
        )
        faults, counts = Faults(clients), Counts()
        notifier = Notifier(settings, clients, Logger(service="test"), counts)
        queue_url = f"https://sqs.{REGION}.amazonaws.com/{DEFAULT_ACCOUNT_ID}/{queue.name}"
        yield Stage(clients, sqs, settings, queue_url, faults, counts, notifier)
        faults.clear()
