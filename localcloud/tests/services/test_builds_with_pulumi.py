"""The Pulumi CLI inside a build: addresses as on AWS, the role's credentials, the cloud's providers."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Deployment
from .small_pipelines import SmallPipeline
from .test_builds import build, log_of

pytestmark = pytest.mark.local

BUILDSPEC = """
version: 0.2
env:
  shell: bash
phases:
  build:
    commands:
      - mkdir program && cd program
      - |
        ln -s "$VIRTUAL_ENV" .venv
        echo 'name: mlops-infra' > Pulumi.yaml
        echo 'runtime: {name: python, options: {toolchain: pip, virtualenv: .venv}}' >> Pulumi.yaml
        echo 'import pulumi_aws as aws; aws.sqs.Queue("queue", name="'$QUEUE'")' > __main__.py
      - pulumi stack init "$STACK" --secrets-provider "$PULUMI_SECRETS_PROVIDER" --non-interactive
      - pulumi up --yes --skip-preview --non-interactive --stack "$STACK"
"""


def test_a_build_deploys_with_addresses_as_they_are_on_aws(deployment: Deployment, tmp_path: Path) -> None:
    pipeline, state = SmallPipeline(deployment, tmp_path), deployment.cloud.state
    bucket, allow = f"arn:aws:s3:::{state['bucket']}", deployment.allow
    logs = allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "*")
    state_access = [
        allow(["s3:ListBucket"], bucket),
        allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{bucket}/*"),
        allow(["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"], state["key_arn"]),
    ]
    queue = f"{pipeline.name}-queue"
    variables = [
        {"name": "QUEUE", "value": queue},
        {"name": "PULUMI_BACKEND_URL", "value": f"s3://{state['bucket']}?region={pipeline.region}"},
        {"name": "PULUMI_SECRETS_PROVIDER", "value": state["secrets_provider"]},
    ]
    project = pipeline.project("deploy", BUILDSPEC, source="NO_SOURCE", variables=variables)

    pipeline.deployment.grant("build", logs, *state_access)
    refused = build(pipeline, project, environmentVariablesOverride=[{"name": "STACK", "value": "one"}])
    assert refused["buildStatus"] == "FAILED"
    assert "is not authorized to perform: sqs:" in log_of(pipeline, refused)

    queues = ["sqs:CreateQueue", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"]
    pipeline.deployment.grant("build", logs, *state_access, allow(queues, deployment.arn("sqs", queue)))
    done = build(pipeline, project, environmentVariablesOverride=[{"name": "STACK", "value": "two"}])
    assert done["buildStatus"] == "SUCCEEDED", log_of(pipeline, done)
    assert pipeline.deployment.root("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
