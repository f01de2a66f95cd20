"""The policy simulator decides as requests are decided: with the boundary, resource policies and condition keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Deployment

pytestmark = pytest.mark.local
TOPIC = "arn:aws:sns:us-east-1:123456789012:news"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def decisions(answer: Any) -> dict[tuple[str, str], str]:
    return {(each["EvalActionName"], each["EvalResourceName"]): each["EvalDecision"] for each in answer}


def test_a_role_is_simulated_on_each_action_and_resource(deployment: Deployment) -> None:
    deny = {"Effect": "Deny", "Action": "sns:Subscribe", "Resource": "*"}
    role = deployment.role("role", "lambda.amazonaws.com", deployment.allow("sns:*", TOPIC), deny)
    answer = deployment.root("iam").simulate_principal_policy(
        PolicySourceArn=role, ActionNames=["sns:Publish", "sns:Subscribe"], ResourceArns=[TOPIC, f"{TOPIC}-other"]
    )
    assert decisions(answer["EvaluationResults"]) == {
        ("sns:Publish", TOPIC): "allowed",
        ("sns:Publish", f"{TOPIC}-other"): "implicitDeny",
        ("sns:Subscribe", TOPIC): "explicitDeny",
        ("sns:Subscribe", f"{TOPIC}-other"): "explicitDeny",
    }
    assert not answer["IsTruncated"]


def test_the_boundary_of_a_role_limits_it_and_another_can_be_tried(deployment: Deployment) -> None:
    iam = deployment.root("iam")
    boundary = iam.create_policy(
        PolicyName=f"{deployment.prefix}-boundary", PolicyDocument=policy(deployment.allow("sqs:*", "*"))
    )["Policy"]["Arn"]
    role = deployment.role("role", "lambda.amazonaws.com", deployment.allow("sns:Publish", "*"))
    iam.put_role_permissions_boundary(RoleName=role.rpartition("/")[2], PermissionsBoundary=boundary)
    call: dict[str, Any] = {"PolicySourceArn": role, "ActionNames": ["sns:Publish"], "ResourceArns": [TOPIC]}
    (result,) = iam.simulate_principal_policy(**call)["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    wider = [policy(deployment.allow("sns:*", "*"))]
    (result,) = iam.simulate_principal_policy(**call, PermissionsBoundaryPolicyInputList=wider)["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"


def test_condition_keys_are_those_that_are_handed_in_and_the_missing_ones_are_listed(deployment: Deployment) -> None:
    condition = {"StringLike": {"s3:prefix": ["marks/*"]}, "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}
    role = deployment.role(
        "role", "lambda.amazonaws.com", {**deployment.allow("s3:ListBucket", "*"), "Condition": condition}
    )
    iam = deployment.root("iam")
    call: dict[str, Any] = {"PolicySourceArn": role, "ActionNames": ["s3:ListBucket"]}
    tags = {"ContextKeyName": "aws:TagKeys", "ContextKeyValues": ["a", "b"], "ContextKeyType": "stringList"}
    for prefix, decision in (("marks/1", "allowed"), ("other", "implicitDeny")):
        entry = {"ContextKeyName": "s3:prefix", "ContextKeyValues": [prefix], "ContextKeyType": "string"}
        (result,) = iam.simulate_principal_policy(**call, ContextEntries=[entry, tags])["EvaluationResults"]
        assert (result["EvalDecision"], result["MissingContextValues"]) == (decision, [])
    (result,) = iam.simulate_principal_policy(**call, ContextEntries=[tags])["EvaluationResults"]
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("implicitDeny", ["s3:prefix"])


def test_a_resources_policy_counts_and_that_of_a_key_has_to_allow(deployment: Deployment) -> None:
    iam, role = deployment.root("iam"), deployment.role("role", "lambda.amazonaws.com")
    key = "arn:aws:kms:us-east-1:123456789012:key/k"
    named = policy({"Effect": "Allow", "Principal": {"AWS": role}, "Action": "*", "Resource": "*"})
    other = policy({"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "*", "Resource": "*"})
    allowing = [policy(deployment.allow("*", "*"))]
    for action, resource, of_resource, of_role, decision in (
        ("sns:Publish", TOPIC, named, [], "allowed"),
        ("sns:Publish", TOPIC, other, [], "implicitDeny"),
        ("sns:Publish", TOPIC, other, allowing, "allowed"),
        ("kms:Decrypt", key, other, allowing, "implicitDeny"),
        ("kms:Decrypt", key, named, allowing, "allowed"),
    ):
        (result,) = iam.simulate_principal_policy(
            PolicySourceArn=role, ActionNames=[action], ResourceArns=[resource], ResourcePolicy=of_resource,
            PolicyInputList=of_role,
        )["EvaluationResults"]  # fmt: skip
        assert result["EvalDecision"] == decision, (action, of_resource, of_role)


def test_policies_are_simulated_that_nobody_has(deployment: Deployment) -> None:
    iam = deployment.root("iam")
    answer = iam.simulate_custom_policy(
        PolicyInputList=[policy(deployment.allow("sns:Publish", TOPIC))], ActionNames=["sns:Publish"] * 3,
        ResourceArns=[TOPIC], MaxItems=2,
    )  # fmt: skip
    assert answer["IsTruncated"]
    rest = iam.simulate_custom_policy(
        PolicyInputList=[policy(deployment.allow("sns:Publish", TOPIC))], ActionNames=["sns:Publish"] * 3,
        ResourceArns=[TOPIC], Marker=answer["Marker"],
    )  # fmt: skip
    assert [len(page["EvaluationResults"]) for page in (answer, rest)] == [2, 1]
    assert set(decisions(answer["EvaluationResults"]).values()) == {"allowed"}


def test_whom_there_is_not_cannot_be_simulated_and_who_may_not_simulate_is_denied(deployment: Deployment) -> None:
    missing = "arn:aws:iam::123456789012:role/none"
    with pytest.raises(ClientError, match="NoSuchEntity"):
        deployment.root("iam").simulate_principal_policy(PolicySourceArn=missing, ActionNames=["sns:Publish"])
    role = deployment.role("role", "lambda.amazonaws.com")
    user = deployment.user("user", deployment.allow("iam:SimulatePrincipalPolicy", role))
    user("iam").simulate_principal_policy(PolicySourceArn=role, ActionNames=["sns:Publish"])
    with pytest.raises(ClientError, match="iam:SimulatePrincipalPolicy"):
        user("iam").simulate_principal_policy(PolicySourceArn=missing, ActionNames=["sns:Publish"])
