"""IAM Access Analyzer finds the actions in a policy that no service has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Deployment

pytestmark = pytest.mark.local


def codes(deployment: Deployment, document: str) -> list[tuple[str, str]]:
    validate = deployment.root("accessanalyzer").validate_policy
    findings = validate(policyDocument=document, policyType="IDENTITY_POLICY")["findings"]
    return [(finding["issueCode"], finding["findingDetails"]) for finding in findings]


def policy(*actions: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})


def test_actions_that_exist_have_no_finding_whatever_their_case(deployment: Deployment) -> None:
    assert codes(deployment, policy("*", "s3:GetObject", "codecommit:gitpull", "kms:Re*", "iam:*")) == []


def test_an_unknown_action_and_an_unknown_service_are_errors(deployment: Deployment) -> None:
    assert codes(deployment, policy("sns:Publish", "sns:Publsh", "ses3:GetObject", "sns:Pubx*")) == [
        ("INVALID_ACTION", "The action sns:Publsh does not exist."),
        ("INVALID_SERVICE_IN_ACTION", "The service ses3 specified in the action does not exist."),
        ("INVALID_ACTION", "The action sns:Pubx* does not exist."),
    ]


def test_a_finding_says_where_in_the_document(deployment: Deployment) -> None:
    document = json.dumps(json.loads(policy("sns:Publsh")), indent=1)
    (finding,) = deployment.root("accessanalyzer").validate_policy(
        policyDocument=document, policyType="IDENTITY_POLICY"
    )["findings"]
    assert finding["findingType"] == "ERROR"
    (location,) = finding["locations"]
    start, end = location["span"]["start"]["offset"], location["span"]["end"]["offset"]
    assert document[start:end] == '"sns:Publsh"'
    assert document.splitlines()[location["span"]["start"]["line"] - 1].strip() == '"sns:Publsh"'


def test_what_is_no_policy_is_a_finding_too(deployment: Deployment) -> None:
    assert [code for code, _ in codes(deployment, "{")] == ["JSON_SYNTAX_ERROR"]
