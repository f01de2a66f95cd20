"""What each deployed role of the delivery pipeline may do, as a complete table: what it does not name is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from .borrowed import REFUSED, answer, clients, clients_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Project

pytestmark = pytest.mark.local

BOUNDARY = "arn:aws:iam::123456789012:policy/abalone-local-boundary"
STATE = "abalone-local-state-123456789012-us-east-1"
DATA = "abalone-local-data-123456789012-us-east-1"
TOPIC = "arn:aws:sns:us-east-1:123456789012:abalone-local-notifications"
NOTIFIER = "arn:aws:iam::123456789012:role/abalone-local-notifier"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:ListTopics", "Resource": "*"}]}
)
ROLE_POLICY = {"PolicyName": "probe", "PolicyDocument": POLICY}
APPROVAL = {
    "pipelineName": "abalone-local-delivery",
    "stageName": "Approve",
    "actionName": "Approve",
    "result": {"summary": "probe", "status": "Rejected"},
    "token": "00000000-0000-0000-0000-000000000000",
}

Try = tuple[str, str, dict[str, Any]]
# Each is asked of every role; an answer other than a denial, such as "not found", counts as allowed.
TRIES: dict[str, Try] = {
    "read the state": ("s3", "get_object", {"Bucket": STATE, "Key": ".pulumi/stacks/mlops-infra/local.json"}),
    "write the state": ("s3", "put_object", {"Bucket": STATE, "Key": "probe", "Body": b"probe"}),
    "open a secret": ("kms", "decrypt", {}),
    "make a role without the boundary": (
        "iam",
        "create_role",
        {"RoleName": "abalone-local-free", "AssumeRolePolicyDocument": TRUST},
    ),
    "make a role within the boundary": (
        "iam",
        "create_role",
        {"RoleName": "abalone-local-probe", "AssumeRolePolicyDocument": TRUST, "PermissionsBoundary": BOUNDARY},
    ),
    "make a role of another project": (
        "iam",
        "create_role",
        {"RoleName": "other-local-probe", "AssumeRolePolicyDocument": TRUST, "PermissionsBoundary": BOUNDARY},
    ),
    "leave the boundary": ("iam", "delete_role_permissions_boundary", {"RoleName": "abalone-local-notifier"}),
    "change the boundary": (
        "iam",
        "create_policy_version",
        {"PolicyArn": BOUNDARY, "PolicyDocument": POLICY, "SetAsDefault": True},
    ),
    "change the notifier's role": ("iam", "put_role_policy", {"RoleName": "abalone-local-notifier", **ROLE_POLICY}),
    "change the preview's role": ("iam", "put_role_policy", {"RoleName": "abalone-local-preview", **ROLE_POLICY}),
    "make a user": ("iam", "create_user", {"UserName": "abalone-local-probe"}),
    "hand the notifier's role to a build": (
        "codebuild",
        "update_project",
        {"name": "abalone-local-verify", "serviceRole": NOTIFIER},
    ),
    "change a build": ("codebuild", "update_project", {"name": "abalone-local-verify", "description": "probe"}),
    "make another project's topic": ("sns", "create_topic", {"Name": "other-project"}),
    "change the topic": (
        "sns",
        "set_topic_attributes",
        {"TopicArn": TOPIC, "AttributeName": "DisplayName", "AttributeValue": "probe"},
    ),
    "publish": ("sns", "publish", {"TopicArn": TOPIC, "Message": "probe"}),
    "approve": ("codepipeline", "put_approval_result", APPROVAL),
    "start the pipeline": ("codepipeline", "start_pipeline_execution", {"name": "abalone-local-delivery"}),
    "update the ML pipeline": ("sagemaker", "update_pipeline", {"PipelineName": "abalone-local"}),
    "delete data": ("s3", "delete_object", {"Bucket": DATA, "Key": "use-case=abalone/input/probe.csv"}),
    "read input data": ("s3", "get_object", {"Bucket": DATA, "Key": "use-case=abalone/input/probe.csv"}),
    "open the state bucket": ("s3", "delete_bucket_policy", {"Bucket": STATE}),
    "delete the state's key": ("kms", "schedule_key_deletion", {"PendingWindowInDays": 7}),
    "see the notifier": ("lambda", "get_function_configuration", {"FunctionName": "abalone-local-notifier"}),
    "change the notifier": (
        "lambda",
        "update_function_configuration",
        {"FunctionName": "abalone-local-notifier", "Description": "probe"},
    ),
    "start the check for drift": ("codebuild", "start_build", {"projectName": "abalone-local-drift"}),
}
ALLOWED: dict[str, set[str]] = {
    "delivery": set(),
    "delivery-events": {"start the pipeline", "start the check for drift"},
    "self-update": {
        "read the state",
        "write the state",
        "open a secret",
        "change the preview's role",
        "change a build",
        "start the pipeline",
    },
    "preview": {"read the state"},
    "deploy": {
        "read the state",
        "write the state",
        "open a secret",
        "make a role within the boundary",
        "change the notifier's role",
        "change the preview's role",
        "change a build",
        "change the topic",
        "delete data",
        "see the notifier",
        "change the notifier",
    },
    "upsert": {"update the ML pipeline"},
    "verify": {"read the state", "see the notifier"},
    "drift": {"read the state", "publish", "see the notifier"},
    "pull-request": {"read the state"},
    "approve": {"approve"},
}


@pytest.fixture(scope="module")
def secret(deployed: Project) -> bytes:
    return deployed.root("kms").encrypt(KeyId="alias/abalone-local-state", Plaintext=b"probe")["CiphertextBlob"]


@pytest.fixture(scope="module", autouse=True)
def _removed_probes(deployed: Project) -> Iterator[None]:
    """Removes what the allowed attempts create."""
    yield
    iam = deployed.root("iam")
    for role in ("abalone-local-notifier", "abalone-local-preview"):
        iam.delete_role_policy(RoleName=role, PolicyName="probe")
    iam.delete_role(RoleName="abalone-local-probe")


@pytest.mark.parametrize("role", sorted(ALLOWED))
def test_a_role_may_do_what_the_table_says_and_nothing_else(secret: bytes, deployed: Project, role: str) -> None:
    further = {
        "open a secret": {"CiphertextBlob": secret},
        "delete the state's key": {"KeyId": deployed.cloud.state["key_arn"]},
    }
    with clients(deployed, f"abalone-local-{role}") as client:
        answers = {
            name: answer(client, service, operation, {**parameters, **further.get(name, {})})
            for name, (service, operation, parameters) in TRIES.items()
        }
    assert {name for name, code in answers.items() if code not in REFUSED} == ALLOWED[role], answers
    assert len(TRIES) - len(ALLOWED[role]) >= 10


def test_a_configured_approver_assumes_the_approvers_role_and_nobody_else_does(deployed: Project) -> None:
    approve, managers = (
        f"arn:aws:iam::123456789012:role/{name}" for name in ("abalone-local-approve", "release-managers")
    )
    person = deployed.cloud.client("sts", "data-scientist")
    with pytest.raises(ClientError, match="AccessDenied"):
        person.assume_role(RoleArn=approve, RoleSessionName="probe")

    manager = clients_with(deployed, person.assume_role(RoleArn=managers, RoleSessionName="probe")["Credentials"])
    temporary = manager("sts").assume_role(RoleArn=approve, RoleSessionName="probe")["Credentials"]
    service, operation, parameters = TRIES["approve"]
    assert answer(clients_with(deployed, temporary), service, operation, parameters) not in REFUSED
    assert answer(manager, service, operation, parameters) in REFUSED
