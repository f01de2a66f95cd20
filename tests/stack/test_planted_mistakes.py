"""Mistakes planted in a stack that works: what is refused stops `up`, what no call refuses is a row of verification."""

from __future__ import annotations

import json
import shutil
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


def action_that_its_service_does_not_have(project: Project) -> Generator[None]:
    yield from declared_otherwise(project, "drift", '"sns:Publish"', '"sns:Publsh"')


def action_of_no_service(project: Project) -> Generator[None]:
    yield from declared_otherwise(project, "upsert", '"sagemaker:ListTags"', '"sagemeker:ListTags"')


def declared_otherwise(project: Project, job: str, right: str, wrong: str) -> Generator[None]:
    """In the program's declaration and deployed from it, which IAM does not refuse: it checks the grammar only.

    Source: "Troubleshoot IAM policies" (IAM User Guide), unrecognized services, actions, or resource types.
    """
    iam, policy = project.root("iam"), {"RoleName": f"{PREFIX}-{job}", "PolicyName": "job"}
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

    assert right in document
    replace(right, wrong)
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
    trust_of_another_service: (f"trust of {PREFIX}-kpis-crawler", "aws:iam/role:Role kpis-crawler-role"),
    trust_for_another_project: (f"trust of {PREFIX}-preview", "aws:iam/role:Role delivery-preview-role"),
    role_without_a_permission: (
        f"permissions of {PREFIX}-notifier",
        "aws:iam/rolePolicy:RolePolicy notifications-notifier-policy",
    ),
    action_that_its_service_does_not_have: (f"actions of {PREFIX}-drift",),
    # The boundary allows every action on what is the environment's own, so the simulator takes this one, too.
    action_of_no_service: (f"actions of {PREFIX}-upsert",),
    key_without_its_services: (
        f"key {PREFIX} for cloudwatch.amazonaws.com",
        f"key {PREFIX} for events.amazonaws.com",
        f"key {PREFIX} for logs.us-east-1.amazonaws.com",
        "aws:kms/key:Key encryption-key",
    ),
    topic_without_alarms: (
        f"topic {PREFIX}-notifications for cloudwatch.amazonaws.com",
        "aws:sns/topicPolicy:TopicPolicy notifications-topic-policy",
    ),
    queue_without_events: (
        f"queue {PREFIX}-notifications-undelivered for events.amazonaws.com",
        "aws:sqs/queuePolicy:QueuePolicy notifications-undelivered-policy",
    ),
    function_without_a_rule: (
        f"function {PREFIX}-notifier for events.amazonaws.com",
        "aws:lambda/permission:Permission notifications-failed-crawls-permission",
    ),
    misspelt_pattern: (f"events of {PREFIX}-delivery-source", "aws:cloudwatch/eventRule:EventRule delivery-source"),
}
"""Each mistake, and the rows that fail for it: of what it does, and of the comparison with the state."""


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


CRAWLER = "components/kpi_visualization/crawler.py"
TRUST = 'trust=iam.assumable_by("glue.amazonaws.com", iam.from_this_account(deployment, deployment.arn("glue", "*")))'
SEE_OWNER = 'iam.allow("SeeBucketOwner", ["s3:GetBucketAcl"], [workspace.data.bucket_arn])'
STOPPED = {
    # By IAM.
    "a service that is not there": (
        (TRUST, TRUST.replace("glue.amazonaws.com", "gleu.amazonaws.com")),
        ("aws:iam:Role (kpis-crawler-role)", 'Invalid principal in policy: "SERVICE":"gleu.amazonaws.com"'),
    ),
    # By the stand-in provider; by IAM with the real one ("Missing required field Principal").
    "a trust of nobody": (
        (TRUST, 'trust=iam.document(iam.Statement(Effect="Allow", Action=["sts:AssumeRole"]))'),
        ("aws:iam:Role (kpis-crawler-role)", "Statement[0] needs exactly one of Principal and NotPrincipal"),
    ),
    # Likewise ("Policy statement must contain resources.").
    "a permission for nothing": (
        (SEE_OWNER, 'iam.Statement(Sid="SeeBucketOwner", Effect="Allow", Action=["s3:GetBucketAcl"])'),
        ("aws:iam:RolePolicy (kpis-crawler-policy)", "needs exactly one of Resource and NotResource"),
    ),
}
"""What is planted in the crawler's program, and which resource and reason `up` names."""


@contextmanager
def planted(project: Project, file: str, right: str, wrong: str) -> Generator[None]:
    """Change a file of the checkout's program, whose folder is a link to the real one until then and afterwards."""
    folder = project.directory / file.partition("/")[0]
    real = folder.readlink()
    folder.unlink()
    shutil.copytree(real, folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = (project.directory / file).read_text()
    assert text.count(right) == 1
    (project.directory / file).write_text(text.replace(right, wrong))
    yield
    shutil.rmtree(folder)
    folder.symlink_to(real)


@pytest.mark.parametrize("mistake", STOPPED)
def test_a_policy_that_is_refused_stops_up_which_names_the_resource_and_the_reason(
    deployed: Project, mistake: str
) -> None:
    (right, wrong), (resource, reason) = STOPPED[mistake]
    with planted(deployed, CRAWLER, right, wrong):
        stopped = deployed.run("up", "--yes", "--skip-preview")
    assert stopped.returncode != 0
    _, diagnostics = stopped.stdout.split("Diagnostics:")
    [first_line] = [line for line in diagnostics.partition(f"{resource}:")[2].splitlines() if line.strip()][:1]
    assert reason in first_line
    assert deployed.changes("up") == {}, "nothing of it was kept"
