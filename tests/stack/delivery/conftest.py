"""A small program with secrets, deployed on the local cloud, and the jobs of its delivery as processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.account import ROOT
from localcloud.clients import AccessKey, Clients
from localcloud.layout import ACCOUNT
from localcloud.lifecycle import LocalCloud

PIPELINE = "abalone-local-delivery"
READER = "reader"
EXECUTION = "11111111-2222-3333-4444-555555555555"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
SECRETS = ("input-hunter2hunter2", "output-correct-horse-battery")

# The deployer's own policies name what stack `local` of this project consists of; the program here is another one.
DEPLOYING = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["sns:*", "sqs:*"], "Resource": "arn:aws:*:*:*:delivery-local-*"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::delivery-local-*"},
    ],
}

PROGRAM = '''
"""A pipeline's component, and beside it what the program is about."""

import json
from pathlib import Path

import pulumi
import pulumi_aws as aws

DECLARED = json.loads((Path(__file__).parent / "declared.json").read_text())


class Cicd(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("mlops:index:Cicd", name, None, None)
        child = pulumi.ResourceOptions(parent=self)
        aws.sqs.Queue("jobs", name="delivery-local-jobs", visibility_timeout_seconds=DECLARED["jobs"], opts=child)
        self.register_outputs({})


if DECLARED["pipeline"]:
    Cicd("cicd")
data = aws.sqs.Queue("data", name="delivery-local-data", visibility_timeout_seconds=DECLARED["data"])
if DECLARED["extra"]:
    aws.sqs.Queue("extra", name="delivery-local-extra")
tags = {"token": pulumi.Output.secret(DECLARED["tag"])} if DECLARED["tag"] else None
topic = aws.sns.Topic(
    "topic", name="delivery-local-topic", display_name=pulumi.Output.secret(DECLARED["secret"]), tags=tags
)
pulumi.export("token", pulumi.Output.secret("output-correct-horse-battery"))
pulumi.export("topic", topic.arn)
'''
DECLARED: dict[str, Any] = {"pipeline": True, "jobs": 30, "data": 30, "extra": False, "secret": SECRETS[0], "tag": None}


@dataclass
class Program:
    """A checkout with the delivery package, as CodeBuild gets it."""

    cloud: LocalCloud
    directory: Path
    bucket: str
    reader: AccessKey

    def wants(self, **changes: Any) -> None:
        (self.directory / "declared.json").write_text(json.dumps({**DECLARED, **changes}))

    def restore(self) -> None:
        """Have the checkout and the bucket as they were first."""
        (self.directory / "__main__.py").write_text(PROGRAM)
        self.wants()
        shutil.rmtree(self.output, ignore_errors=True)
        empty(self.cloud.client("s3", "root"), self.bucket)

    def up(self) -> None:
        """Deploys by hand."""
        done = self.pulumi("up", "--yes", "--skip-preview", "--refresh")
        assert done.returncode == 0, done.stdout

    def pulumi(self, *arguments: str, principal: str = "deployer") -> subprocess.CompletedProcess[str]:
        command = [str(self.cloud.layout.bin / "pulumi"), *arguments, "--stack", "local", "--non-interactive"]
        return self._run(command, self.environment(principal))

    def job(self, name: str, principal: str = "deployer", **more: str) -> subprocess.CompletedProcess[str]:
        """`python -m delivery.<name>`; standard output and error together, as a build's log has them."""
        return self._run([sys.executable, "-m", f"delivery.{name}"], self.job_environment(principal, **more))

    def job_environment(self, principal: str = "deployer", **more: str) -> dict[str, str]:
        variables = {
            "STACK": "local",
            "PIPELINE_NAME": PIPELINE,
            "PIPELINE_EXECUTION_ID": EXECUTION,
            "COMMIT_ID": COMMIT,
            "ARTIFACT_BUCKET": self.bucket,
        }
        return {**self.environment(principal), **variables, **more}

    def environment(self, principal: str) -> dict[str, str]:
        if principal != READER:
            return self.cloud.environment(principal)
        reader_keys = {
            "AWS_ACCESS_KEY_ID": self.reader.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.reader.secret_access_key,
        }
        return {**self.cloud.environment("deployer"), **reader_keys}

    def _run(self, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )

    @property
    def output(self) -> Path:
        return self.directory / "delivery-output"

    def queue_url(self, name: str) -> str:
        return str(self.cloud.client("sqs", "root").get_queue_url(QueueName=f"delivery-local-{name}")["QueueUrl"])

    def timeout_of(self, name: str) -> str:
        attributes = self.cloud.client("sqs", "root").get_queue_attributes(
            QueueUrl=self.queue_url(name), AttributeNames=["VisibilityTimeout"]
        )
        return str(attributes["Attributes"]["VisibilityTimeout"])

    def queues(self) -> set[str]:
        urls = self.cloud.client("sqs", "root").list_queues(QueueNamePrefix="delivery-local-").get("QueueUrls", [])
        return {url.rpartition("/delivery-local-")[2] for url in urls}


def create_reader(cloud: LocalCloud) -> AccessKey:
    """Who previews: reads the state and the resources, has no key."""
    iam = cloud.client("iam", "root")
    state = cloud.state["backend_url"].removeprefix("s3://").partition("?")[0]
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{state}"},
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{state}/*"},
            # The state is encrypted with the key of its secrets: S3 may open objects with it, the reader no secret.
            {
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": cloud.state["key_arn"],
                "Condition": {"StringEquals": {"kms:ViaService": f"s3.{cloud.region}.amazonaws.com"}},
            },
            {
                "Effect": "Allow",
                "Action": [
                    "sqs:GetQueueAttributes",
                    "sqs:GetQueueUrl",
                    "sqs:ListQueueTags",
                    "sns:GetTopicAttributes",
                    "sns:ListTagsForResource",
                    "sns:GetDataProtectionPolicy",
                    "sns:ListSubscriptionsByTopic",
                    "sns:Publish",
                ],
                "Resource": "*",
            },
        ],
    }
    iam.create_user(UserName=READER)
    arn = iam.create_policy(PolicyName=READER, PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    iam.attach_user_policy(UserName=READER, PolicyArn=arn)
    key = iam.create_access_key(UserName=READER)["AccessKey"]
    return AccessKey(key["AccessKeyId"], key["SecretAccessKey"])


def client(cloud: LocalCloud, service: str, key: AccessKey) -> Any:
    return Clients(cloud.endpoint, cloud.region, key)(service)


@pytest.fixture(autouse=True)
def _no_real_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "PULUMI_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def checkout(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program in a checkout, deployed once a module."""
    directory = tmp_path_factory.mktemp("delivery") / "source"
    directory.mkdir()
    for name in ("contract", "delivery", "messages", "settings", "tools"):
        shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
    (directory / "Pulumi.yaml").write_text("name: delivery-test\nruntime: python\n")
    bucket = "delivery-local-artifacts"
    s3, iam = cloud.client("s3", "root"), cloud.client("iam", "root")
    iam.put_user_policy(UserName="deployer", PolicyName="delivery-test", PolicyDocument=json.dumps(DEPLOYING))
    s3.create_bucket(Bucket=bucket)
    deployed = Program(cloud, directory, bucket, create_reader(cloud))
    yield deployed
    done = deployed.pulumi("destroy", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout
    empty(s3, bucket)
    s3.delete_bucket(Bucket=bucket)
    policy = f"arn:aws:iam::{ACCOUNT}:policy/{READER}"
    iam.detach_user_policy(UserName=READER, PolicyArn=policy)
    iam.delete_policy(PolicyArn=policy)
    iam.delete_access_key(UserName=READER, AccessKeyId=deployed.reader.access_key_id)
    iam.delete_user(UserName=READER)
    iam.delete_user_policy(UserName="deployer", PolicyName="delivery-test")


def empty(s3: Any, bucket: str) -> None:
    for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=item["Key"])


@pytest.fixture
def program(checkout: Program) -> Program:
    """The program as it was first deployed, whatever the test before it did."""
    checkout.restore()
    checkout.up()
    return checkout


@pytest.fixture(scope="module")
def deployed_once(checkout: Program) -> Program:
    """The program, deployed for all tests of a module that change nothing of the stack."""
    checkout.restore()
    checkout.up()
    return checkout
