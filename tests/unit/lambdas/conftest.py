"""A notifier on emulated AWS services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from aws_lambda_powertools import Logger
from moto import mock_aws

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


@pytest.fixture
def stage(_clients: tuple[Clients, SQSClient]) -> Iterator[Stage]:
    clients, sqs = _clients
    with mock_aws():
        topic = clients.sns.create_topic(Name="abalone-test-notifications")["TopicArn"]
        # What was read once is not seen again.
        queue = sqs.create_queue(QueueName="inbox", Attributes={"VisibilityTimeout": "3600"})["QueueUrl"]
        clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:123456789012:inbox")
        for bucket in (ARTIFACTS, DATA):
            clients.s3.create_bucket(Bucket=bucket)
        clients.dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        clients.sagemaker.create_model_package_group(ModelPackageGroupName=GROUP)
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
        yield Stage(clients, sqs, settings, queue, faults, counts, notifier)
        faults.clear()
