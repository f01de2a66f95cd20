"""The AWS clients of the function, created once for each execution environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_codepipeline import CodePipelineClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sns import SNSClient

# Two attempts of at most 4 s, and at most 1 s between them: a call ends within 9 s. What was published and isn't
# recorded is published again: so one more attempt at records, within 15 s. Of the function's 90 s that leaves enough to
# publish and record after the slowest look-up (see deadline.py). Lambda repeats what fails for longer.
RECORD_ATTEMPTS = 3
CONFIG, RECORD_CONFIG = (
    Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": attempts})
    for attempts in (2, RECORD_ATTEMPTS)
)


@dataclass(frozen=True, kw_only=True)
class Clients:
    """The AWS services that the notifier calls."""

    sagemaker: SageMakerClient
    codepipeline: CodePipelineClient
    glue: GlueClient
    s3: S3Client
    sns: SNSClient
    dynamodb: DynamoDBClient

    @classmethod
    def connect(cls, session: boto3.session.Session | None = None) -> Clients:
        """Create all clients, without a session from the function's environment."""
        session = session or boto3.session.Session()
        return cls(
            sagemaker=session.client("sagemaker", config=CONFIG),
            codepipeline=session.client("codepipeline", config=CONFIG),
            glue=session.client("glue", config=CONFIG),
            s3=session.client("s3", config=CONFIG),
            sns=session.client("sns", config=CONFIG),
            dynamodb=session.client("dynamodb", config=RECORD_CONFIG),
        )
