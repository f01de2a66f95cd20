"""What was added to a stack's resources behind its back."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from delivery.additions import additions
from delivery.verification.state import Resource

ACCOUNT = "123456789012"
OUTSIDER = "arn:aws:iam::999999999999:root"
ROLE = "abalone-local-preview"
RULE = "abalone-local-model-versions"
FUNCTION = "abalone-local-notifier"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def resource(kind: str, physical_id: str, **properties: str) -> Resource:
    return Resource(type=f"aws:{kind}", id=physical_id, properties=properties)


@dataclass
class Stack:
    """A role, a rule, a function, a topic and a key, with one declared thing on each, and their state."""

    client: Callable[[str], Any]
    state: list[Resource]
    topic: str
    key: str

    def additions(self) -> list[str]:
        return additions(self.state, self.client)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = functools.cache(boto3.session.Session(region_name="us-east-1").client)
        iam, events, functions = (client(name) for name in ("iam", "events", "lambda"))
        trust = {"Version": "2012-10-17", "Statement": []}
        role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=ROLE, PolicyName="job", PolicyDocument=json.dumps(POLICY))
        policy = iam.create_policy(PolicyName="read", PolicyDocument=json.dumps(POLICY))["Policy"]["Arn"]
        iam.attach_role_policy(RoleName=ROLE, PolicyArn=policy)
        events.put_rule(Name=RULE, EventPattern="{}")
        events.put_targets(
            Rule=RULE, Targets=[{"Id": "notifier", "Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:n"}]
        )
        functions.create_function(
            FunctionName=FUNCTION, Runtime="python3.13", Role=role, Handler="h.h", Code={"ZipFile": b"x"}
        )
        functions.add_permission(
            FunctionName=FUNCTION, StatementId="rules", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
        )
        topic = client("sns").create_topic(Name="abalone-local-notifications")["TopicArn"]
        client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ada@example.com")
        key = client("kms").create_key()["KeyMetadata"]
        state = [
            resource("iam/role:Role", ROLE, name=ROLE),
            resource("iam/rolePolicy:RolePolicy", f"{ROLE}:job", role=ROLE, name="job"),
            resource("iam/rolePolicyAttachment:RolePolicyAttachment", "a", role=ROLE, policyArn=policy),
            resource("cloudwatch/eventRule:EventRule", RULE, name=RULE),
            resource("cloudwatch/eventTarget:EventTarget", "t", rule=RULE, targetId="notifier"),
            resource("lambda/function:Function", FUNCTION, name=FUNCTION),
            resource("lambda/permission:Permission", "rules", statementId="rules", function=FUNCTION),
            resource("sns/topic:Topic", topic, arn=topic),
            resource("sns/topicSubscription:TopicSubscription", "s", protocol="email", endpoint="ada@example.com"),
            resource("kms/key:Key", key["KeyId"], arn=key["Arn"]),
        ]
        yield Stack(client, state, topic, key["KeyId"])


def test_what_the_stack_declares_is_no_addition(stack: Stack) -> None:
    assert stack.additions() == []


def test_each_kind_of_addition_is_named_where_it_was_made(stack: Stack) -> None:
    iam, events, functions = (stack.client(name) for name in ("iam", "events", "lambda"))
    iam.put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=json.dumps(POLICY))
    further = iam.create_policy(PolicyName="administrator", PolicyDocument=json.dumps(POLICY))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=further)
    events.put_targets(Rule=RULE, Targets=[{"Id": "mine", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:mine"}])
    functions.add_permission(
        FunctionName=FUNCTION, StatementId="open", Action="lambda:InvokeFunction", Principal="999999999999"
    )
    stack.client("sns").subscribe(TopicArn=stack.topic, Protocol="email", Endpoint="eve@example.com")
    stack.client("kms").create_grant(KeyId=stack.key, GranteePrincipal=OUTSIDER, Operations=["Decrypt"])
    lines = stack.additions()
    expected = (
        f"role {ROLE}: inline policy more",
        f"role {ROLE}: attached policy {further}",
        f"rule {RULE}: target mine, arn:aws:sqs:us-east-1:{ACCOUNT}:mine",
        f"function {FUNCTION}: permission open for",
        "topic abalone-local-notifications: email subscriber eve@example.com",
        f"key {stack.key}: grant",
    )
    assert len(lines) == len(expected)
    assert [line for line, begin in zip(lines, expected, strict=True) if not line.startswith(begin)] == []
    assert lines[-1].endswith(OUTSIDER)


def test_grants_that_services_make_for_the_account_are_no_additions(stack: Stack) -> None:
    for grantee in ("dynamodb.us-east-1.amazonaws.com", f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"):
        stack.client("kms").create_grant(KeyId=stack.key, GranteePrincipal=grantee, Operations=["Decrypt"])
    assert stack.additions() == []


def test_what_is_gone_itself_is_drift_and_no_error_here(stack: Stack) -> None:
    gone = [
        resource("iam/role:Role", "gone", name="gone"),
        resource("cloudwatch/eventRule:EventRule", "gone", name="gone"),
        resource("lambda/function:Function", "gone", name="gone"),
        resource("sns/topic:Topic", f"{stack.topic}-gone", arn=f"{stack.topic}-gone"),
    ]
    assert additions(gone, stack.client) == []
