"""The form of policy documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.provider.policy_document import problems

STATEMENT: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def report(document: Any, *, principal: bool = False, resource: bool = True) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    return "; ".join(problems(text, principal=principal, resource=resource))


def test_a_well_formed_policy_has_no_problems() -> None:
    assert report({"Version": "2012-10-17", "Id": "x", "Statement": [STATEMENT]}) == ""
    assert report({"Statement": STATEMENT}) == ""


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        ({"Statement": []}, "has no Statement"),
        ({"Version": "2012-10-18", "Statement": [STATEMENT]}, "2012-10-18"),
        ({"Statement": [STATEMENT], "Statements": []}, "unknown element Statements"),
        ({"Statement": ["x"]}, "Statement[0] is not an object"),
        ({"Statement": [{**STATEMENT, "Effect": "allow"}]}, "Effect 'allow'"),
        ({"Statement": [{**STATEMENT, "NotAction": "x"}]}, "exactly one of Action and NotAction"),
        ({"Statement": [{"Effect": "Allow", "Action": "x"}]}, "exactly one of Resource and NotResource"),
        ({"Statement": [{**STATEMENT, "Resources": "x"}]}, "unknown element Resources"),
        ({"Statement": [{**STATEMENT, "Condition": []}]}, "Condition that is not an object"),
        ({"Statement": [{**STATEMENT, "Principal": "*"}]}, "must not have Principal"),
    ],
)
def test_a_malformed_policy_says_where_and_what(document: Any, words: str) -> None:
    assert words in report(document)


def test_a_resource_policy_needs_a_principal_and_a_trust_policy_no_resource() -> None:
    assert "exactly one of Principal" in report({"Statement": [STATEMENT]}, principal=True)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    assert report({"Statement": [trust]}, principal=True, resource=False) == ""
    assert "must not have Resource" in report(
        {"Statement": [{**trust, "Resource": "*"}]}, principal=True, resource=False
    )
