"""Mistakes that no call refuses, made behind the back of a stack that works: each is a row of verification."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from .borrowed import ACCOUNT
from .verification import failures, verify

if TYPE_CHECKING:
    from .conftest import Project

pytestmark = pytest.mark.local

PREFIX = "abalone-local"
Mistake = Callable[["Project"], Generator[None]]


def without(document: dict[str, Any], *sids: str) -> str:
    remaining = [statement for statement in document["Statement"] if statement.get("Sid") not in sids]
    assert len(remaining) == len(document["Statement"]) - len(sids)
    return json.dumps({**document, "Statement": remaining})


def trust_of_another_service(project: Project) -> Generator[None]:
    iam, role = project.root("iam"), f"{PREFIX}-kpis-crawler"
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    [statement] = trust["Statement"]
    other = {**statement, "Principal": {"Service": "lambda.amazonaws.com"}}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps({**trust, "Statement": [other]}))
    yield
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))


def trust_for_another_project(project: Project) -> Generator[None]:
    iam, role = project.root("iam"), f"{PREFIX}-preview"
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    other = json.dumps(trust).replace(f"project/{PREFIX}-preview", f"project/{PREFIX}-previews")
    assert other != json.dumps(trust)
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=other)
    yield
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))


def role_without_a_permission(project: Project) -> Generator[None]:
    iam, policy = project.root("iam"), {"RoleName": f"{PREFIX}-notifier", "PolicyName": "notify"}
    document = iam.get_role_policy(**policy)["PolicyDocument"]
    iam.put_role_policy(**policy, PolicyDocument=without(document, "Publish"))
    yield
    iam.put_role_policy(**policy, PolicyDocument=json.dumps(document))


def action_that_no_service_has(project: Project) -> Generator[None]:
    """In the program's declaration and deployed from it, which IAM does not refuse."""
    iam, policy = project.root("iam"), {"RoleName": f"{PREFIX}-drift", "PolicyName": "job"}
    document = json.dumps(iam.get_role_policy(**policy)["PolicyDocument"])
    state = project.ok("stack", "export")

    def replace(old: str, new: str) -> None:
        changed = json.loads(state)
        [declared] = [
            resource
            for resource in changed["deployment"]["resources"]
            if resource["type"] == "aws:iam/rolePolicy:RolePolicy" and resource["outputs"]["role"] == policy["RoleName"]
        ]
        for properties in (declared["inputs"], declared["outputs"]):
            properties["policy"] = properties["policy"].replace(old, new)
        (project.directory / "state.json").write_text(json.dumps(changed))
        project.ok("stack", "import", "--file", "state.json")
        iam.put_role_policy(**policy, PolicyDocument=document.replace(old, new))

    assert '"sns:Publish"' in document
    replace("sns:Publish", "sns:Publsh")
    yield
    replace("", "")


def key_without_its_services(project: Project) -> Generator[None]:
    kms, key = project.root("kms"), project.outputs()["key_arn"]
    document = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    smaller = without(document, "SendUndeliveredEvents", "EncryptLogGroups", "PublishAlarms")
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=smaller)
    yield
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))


def topic_without_alarms(project: Project) -> Generator[None]:
    sns, topic = project.root("sns"), project.outputs()["topic_arn"]
    document = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    attribute = {"TopicArn": topic, "AttributeName": "Policy"}
    sns.set_topic_attributes(**attribute, AttributeValue=without(document, "Alarms"))
    yield
    sns.set_topic_attributes(**attribute, AttributeValue=json.dumps(document))


def queue_without_events(project: Project) -> Generator[None]:
    sqs, url = project.root("sqs"), project.outputs()["dead_letter_queues"]["undelivered"]
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    smaller = without(json.loads(policy), "UndeliveredEvents")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": smaller})
    yield
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def function_without_a_rule(project: Project) -> Generator[None]:
    function = project.root("lambda")
    permission = {"FunctionName": f"{PREFIX}-notifier", "StatementId": "failed-crawls"}
    function.remove_permission(**permission)
    yield
    rule = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/{PREFIX}-failed-crawls"
    principal = "events.amazonaws.com"
    function.add_permission(**permission, Action="lambda:InvokeFunction", Principal=principal, SourceArn=rule)


def misspelt_pattern(project: Project) -> Generator[None]:
    events, name = project.root("events"), f"{PREFIX}-delivery-source"
    pattern = events.describe_rule(Name=name)["EventPattern"]
    misspelt = pattern.replace("CodeCommit Repository State Change", "CodeCommit Repository Status Change")
    assert misspelt != pattern
    events.put_rule(Name=name, EventPattern=misspelt)
    yield
    events.put_rule(Name=name, EventPattern=pattern)


MISTAKES: dict[Mistake, tuple[str, ...]] = {
    trust_of_another_service: (f"trust of {PREFIX}-kpis-crawler",),
    trust_for_another_project: (f"trust of {PREFIX}-preview",),
    role_without_a_permission: (f"permissions of {PREFIX}-notifier",),
    action_that_no_service_has: (f"actions of {PREFIX}-drift",),
    key_without_its_services: (
        f"key {PREFIX} for cloudwatch.amazonaws.com",
        f"key {PREFIX} for events.amazonaws.com",
        f"key {PREFIX} for logs.us-east-1.amazonaws.com",
    ),
    topic_without_alarms: (f"topic {PREFIX}-notifications for cloudwatch.amazonaws.com",),
    queue_without_events: (f"queue {PREFIX}-notifications-undelivered for events.amazonaws.com",),
    function_without_a_rule: (f"function {PREFIX}-notifier for events.amazonaws.com",),
    misspelt_pattern: (f"events of {PREFIX}-delivery-source",),
}
"""Each mistake, and the rows that fail for it."""


def test_each_mistake_fails_its_rows_and_no_others(deployed: Project) -> None:
    before = verify(deployed)
    assert before.returncode == 0, before.stdout + before.stderr

    with ExitStack() as repairs:
        for mistake in MISTAKES:
            repairs.enter_context(contextmanager(mistake)(deployed))
        broken = verify(deployed)

    failed = {line.removeprefix("FAIL").split("  ")[1].strip() for line in failures(broken)}
    assert failed == {row for rows in MISTAKES.values() for row in rows}, broken.stdout + broken.stderr
    repaired = verify(deployed)
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
