"""What a finding's statements allow, beside what an explanation claims of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tools.cloudformation.resources import Resource
from tools.security.explanations import EXPLANATIONS
from tools.security.findings import Finding, compare
from tools.security.stacks import Stack

IAM5 = "AwsSolutions-IAM5"
TRUSTS = "CREDENTIALS_EXPOSURE"
_ACCOUNT = "arn:aws:iam::123456789012"
_STATE = "arn:aws:s3:::abalone-dev-state-123456789012-eu-west-1"
_TABLES = "arn:aws:s3:::abalone-dev-data-123456789012-eu-west-1/use-case=abalone/tables/*"
_ROLES = f"{_ACCOUNT}:role/abalone-dev-*"
_VERSIONS = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/rings-dev-stable-models/*"
_FOREIGNER = {"AWS": "arn:aws:iam::999999999999:role/anyone"}

Content = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Hole:
    """A statement that a policy gets, and the finding of a tool that is about it."""

    resource: str
    statement: Mapping[str, object]
    rule: str = IAM5
    message: str = ""

    @property
    def text(self) -> str:
        """What the tool says."""
        return self.message or f"Resource::{self.statement['Resource']}"


def _grant(resource: str, actions: list[str], on: str, **finding: str) -> Hole:
    return Hole(resource=resource, statement={"Action": actions, "Resource": on}, **finding)


def _trust(role: str, principal: Mapping[str, str]) -> Hole:
    statement = {"Action": "sts:AssumeRole", "Principal": principal}
    return Hole(resource=role, statement=statement, rule=TRUSTS, message="sts:assumerole")


HOLES = {
    "a trust in a role of another account": _trust("execution-role", _FOREIGNER),
    "a trust in a user of another account": _trust(
        "delivery-drift-role", {"AWS": "arn:aws:iam::999999999999:user/anyone"}
    ),
    "a trust in a service without conditions": _trust("delivery-deploy-role", {"Service": "codebuild.amazonaws.com"}),
    "a trust of QuickSight's role in others": _trust("kpis-quicksight-role", _FOREIGNER),
    "a trust of the notifier's role in others": _trust("notifications-notifier-role", _FOREIGNER),
    "a trust in everybody": Hole(
        resource="delivery-verify-role",
        statement={"Action": "sts:AssumeRole", "Principal": "*"},
        rule=TRUSTS,
        message="sts:assumerole",
    ),
    "writing the state in a preview": _grant(
        "delivery-preview-policy", ["s3:PutObject", "s3:DeleteObject"], f"{_STATE}/*"
    ),
    "all keys in a preview": _grant(
        "delivery-preview-policy",
        ["kms:Decrypt", "kms:GenerateDataKey"],
        "arn:aws:kms:eu-west-1:123456789012:key/*",
    ),
    "roles without the boundary": _grant(
        "delivery-manage-identity", ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"], _ROLES
    ),
    "roles passed to any service": _grant("delivery-manage-identity", ["iam:PassRole"], _ROLES),
    "roles without the boundary, as parliament says it": _grant(
        "delivery-manage-identity",
        ["iam:CreateRole"],
        _ROLES,
        rule="PERMISSIONS_MANAGEMENT_ACTIONS",
        message="iam:createrole",
    ),
    "approving one's own versions": _grant("execution-policy", ["sagemaker:UpdateModelPackage"], _VERSIONS),
    "registering approved versions": _grant("execution-policy", ["sagemaker:CreateModelPackage"], _VERSIONS),
    "approving deliveries in the notifier": _grant(
        "notifications-notifier-policy",
        ["codepipeline:PutApprovalResult"],
        "arn:aws:codepipeline:eu-west-1:123456789012:abalone-dev-delivery/*",
    ),
    "the tables in the notifier": _grant(
        "notifications-notifier-policy",
        ["dynamodb:DeleteTable", "dynamodb:Scan"],
        "arn:aws:dynamodb:eu-west-1:123456789012:table/abalone-dev-*",
    ),
    "writing tables in the crawler": _grant("kpis-crawler-policy", ["s3:PutObject", "s3:DeleteObject"], _TABLES),
    "all actions but some": Hole(
        resource="kpis-crawler-policy", statement={"NotAction": ["s3:ListBucket"], "Resource": _TABLES}
    ),
}


def planted(stack: Stack, hole: Hole) -> Stack:
    resources = [_with(resource, hole) if resource.name == hole.resource else resource for resource in stack.resources]
    assert resources != stack.resources
    return replace(stack, resources=resources)


def _with(resource: Resource, hole: Hole) -> Resource:
    key = "assumeRolePolicy" if hole.rule == TRUSTS else "policy"
    content: Content = json.loads(resource.inputs[key])
    content["Statement"].append({"Effect": "Allow", **hole.statement})
    return replace(resource, inputs={**resource.inputs, key: json.dumps(content)})


def finding_of(stack: Stack, hole: Hole) -> Finding:
    return stack.finding("a tool", hole.rule, hole.resource, hole.text)


@pytest.mark.parametrize("hole", HOLES.values(), ids=HOLES.keys())
def test_a_hole_is_unexplained_beside_what_is_explained_of_the_same_policy(
    stacks: dict[str, Stack], hole: Hole
) -> None:
    stack = stacks["all" if hole.resource == "kpis-quicksight-role" else "dev"]
    finding = finding_of(planted(stack, hole), hole)
    assert finding.statements
    assert compare([finding], EXPLANATIONS).unexplained == [finding]


@pytest.mark.parametrize(
    "name",
    [
        "a trust in a role of another account",
        "a trust in a service without conditions",
        "a trust of the notifier's role in others",
        "writing the state in a preview",
        "all keys in a preview",
        "roles without the boundary",
        "approving one's own versions",
        "writing tables in the crawler",
    ],
)
def test_the_same_finding_is_explained_without_the_hole(stacks: dict[str, Stack], name: str) -> None:
    finding = finding_of(stacks["dev"], HOLES[name])
    assert finding.statements
    assert compare([finding], EXPLANATIONS).unexplained == []


def test_a_condition_that_lets_requests_without_the_key_in_is_none(stacks: dict[str, Stack]) -> None:
    hole = Hole(
        resource="delivery-preview-policy",
        statement={
            "Action": "kms:Decrypt",
            "Resource": "arn:aws:kms:eu-west-1:123456789012:key/*",
            "Condition": {"StringEqualsIfExists": {"kms:ResourceAliases": "alias/abalone-dev-state"}},
        },
    )
    finding = finding_of(planted(stacks["dev"], hole), hole)
    assert compare([finding], EXPLANATIONS).unexplained == [finding]


def test_the_approvers_role_trusts_those_that_the_settings_name_and_no_others(stacks: dict[str, Stack]) -> None:
    hole = _trust("delivery-approve-role", _FOREIGNER)
    assert compare([finding_of(stacks["all"], hole)], EXPLANATIONS).unexplained == []
    finding = finding_of(planted(stacks["all"], hole), hole)
    assert compare([finding], EXPLANATIONS).unexplained == [finding]
