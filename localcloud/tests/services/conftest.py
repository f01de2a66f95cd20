"""Small deployments for the tests of the local cloud, made through its API as its root user."""

import io
import itertools
import json
import re
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from localcloud.lifecycle import LocalCloud

ACCOUNT = "123456789012"
_numbers = itertools.count(1)
NOTIFY = """
import json, os, boto3

def handler(event, context):
    if event["detail"].get("ModelApprovalStatus") == "Rejected":
        raise RuntimeError("this event cannot be handled")
    boto3.client("sns").publish(
        TopicArn=os.environ["TOPIC_ARN"], Subject=event["detail-type"], Message=json.dumps(event["detail"])
    )
"""


class Deployment:
    """Resources under a prefix of their own, so that tests share one cloud."""

    def __init__(self, cloud: LocalCloud, prefix: str) -> None:
        self.cloud = cloud
        self.prefix = prefix

    @staticmethod
    def allow(action: str | list[str], *resources: str) -> dict[str, Any]:
        return {"Effect": "Allow", "Action": action, "Resource": list(resources)}

    @staticmethod
    def eventually(check: Callable[[], Any], seconds: float = 20.0) -> Any:
        """The first true answer of `check`; fails after some seconds."""
        deadline = time.monotonic() + seconds
        while not (answer := check()):
            assert time.monotonic() < deadline, f"nothing after {seconds} s"
            time.sleep(0.1)
        return answer

    def root(self, service: str) -> Any:
        return self.cloud.client(service, principal="root")

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.cloud.region}:{ACCOUNT}:{resource}"

    def role(self, name: str, service: str, *statements: dict[str, Any], **trust: Any) -> str:
        who = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **trust}
        role = self.root("iam").create_role(
            RoleName=f"{self.prefix}-{name}", AssumeRolePolicyDocument=json.dumps({"Statement": [who]})
        )
        self.grant(name, *statements)
        return str(role["Role"]["Arn"])

    def grant(self, name: str, *statements: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        if statements:
            self.root("iam").put_role_policy(RoleName=f"{self.prefix}-{name}", PolicyName="p", PolicyDocument=document)

    def user(self, name: str, *statements: dict[str, Any]) -> Any:
        """Clients of a new IAM user."""
        from localcloud.clients import AccessKey, Clients

        iam, user = self.root("iam"), f"{self.prefix}-{name}"
        iam.create_user(UserName=user)
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        if statements:
            iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        return Clients(self.cloud.endpoint, self.cloud.region, AccessKey(key["AccessKeyId"], key["SecretAccessKey"]))

    def topic(self, name: str = "topic", **attributes: str) -> str:
        return str(self.root("sns").create_topic(Name=f"{self.prefix}-{name}", Attributes=attributes)["TopicArn"])

    def queue(self, name: str, *senders: str, **attributes: str) -> str:
        """A queue that the service principals may send to; its URL."""
        arn = self.arn("sqs", f"{self.prefix}-{name}")
        statements = [
            {"Effect": "Allow", "Principal": {"Service": sender}, "Action": "sqs:SendMessage", "Resource": arn}
            for sender in senders
        ]
        policy = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": statements})} if senders else {}
        answer = self.root("sqs").create_queue(QueueName=f"{self.prefix}-{name}", Attributes={**policy, **attributes})
        return str(answer["QueueUrl"])

    def function(self, role: str, code: str = NOTIFY, **environment: str) -> str:
        """A Python function that EventBridge may invoke; its ARN."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("handler.py", code)
        functions, name = self.root("lambda"), f"{self.prefix}-function"
        configuration = functions.create_function(
            FunctionName=name, Runtime="python3.13", Architectures=["arm64"], Role=role, Handler="handler.handler",
            Code={"ZipFile": archive.getvalue()}, Environment={"Variables": environment}, Timeout=30,
        )  # fmt: skip
        self.eventually(lambda: functions.get_function_configuration(FunctionName=name)["State"] == "Active")
        return str(configuration["FunctionArn"])

    def rule(self, pattern: dict[str, Any], *targets: dict[str, Any]) -> str:
        events, name = self.root("events"), f"{self.prefix}-rule"
        arn = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
        events.put_targets(Rule=name, Targets=list(targets))
        return str(arn)

    def let_rule_invoke(self, function_arn: str) -> None:
        self.root("lambda").add_permission(
            FunctionName=function_arn, StatementId="events", Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com", SourceArn=self.arn("events", f"rule/{self.prefix}-rule"),
        )  # fmt: skip

    def register_version(self, **members: Any) -> str:
        """A version in the group `{prefix}-models`, which is made on its first; its ARN."""
        sagemaker, group = self.root("sagemaker"), f"{self.prefix}-models"
        if not sagemaker.list_model_package_groups(NameContains=group)["ModelPackageGroupSummaryList"]:
            sagemaker.create_model_package_group(ModelPackageGroupName=group)
        return str(sagemaker.create_model_package(ModelPackageGroupName=group, **members)["ModelPackageArn"])

    def deliveries(self, count: int = 1) -> list[dict[str, Any]]:
        """What became of the events of this deployment, once `count` deliveries have ended."""

        def ended() -> list[dict[str, Any]]:
            entries = self.cloud.internal("GET", "/_local/events")
            deliveries = [d for entry in entries for d in entry["deliveries"] if d["rule"] == f"{self.prefix}-rule"]
            done = [delivery for delivery in deliveries if delivery["status"] != "Delivering"]
            return done if len(done) >= count else []

        return list(self.eventually(ended))

    def mails(self, topic_arn: str) -> list[dict[str, Any]]:
        return [mail for mail in self.cloud.internal("GET", "/_local/inbox") if mail["topic_arn"] == topic_arn]

    def messages(self, queue_url: str, count: int = 1) -> list[dict[str, Any]]:
        """Messages of a queue, once there are `count`."""
        messages: list[dict[str, Any]] = []

        def received() -> bool:
            answer = self.root("sqs").receive_message(
                QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=1
            )
            messages.extend(answer.get("Messages", []))
            return len(messages) >= count

        self.eventually(received)
        return messages


@pytest.fixture
def deployment_on(request: pytest.FixtureRequest) -> Callable[[LocalCloud], Deployment]:
    """Makes an empty deployment on a cloud, named after the test."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())
    return lambda cloud: Deployment(cloud, f"t{next(_numbers)}-{name}"[:36].rstrip("-") + "-local")


@pytest.fixture
def deployment(cloud: LocalCloud, deployment_on: Callable[[LocalCloud], Deployment]) -> Deployment:
    """An empty deployment on the session's cloud."""
    return deployment_on(cloud)
