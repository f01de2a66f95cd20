"""Policies that are decided on as they stand, without an account."""

import json
from typing import Any

import pytest
from ministack.core import iam_evaluator

from localcloud.emulator import identity
from localcloud.emulator.identity import Decision, Policies

TOPIC = "arn:aws:sns:us-east-1:123456789012:news"


def statement(effect: str, action: str, **others: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*", **others}]}


OF_PROJECT = {"StringEquals": {"aws:ResourceTag/project": "news"}}


@pytest.mark.parametrize(
    ("documents", "boundary", "decision"),
    [
        ([], statement("Allow", "*"), "ImplicitDeny"),
        ([statement("Allow", "sns:Publish")], statement("Allow", "sns:*"), "Allow"),
        ([statement("Allow", "sns:Publish")], statement("Allow", "sqs:*"), "ImplicitDeny"),
        ([statement("Allow", "sns:Publish")], statement("Deny", "sns:Publish"), "Deny"),
        ([statement("Allow", "sns:*"), statement("Deny", "sns:Publish")], statement("Allow", "*"), "Deny"),
        ([statement("Allow", "sns:Publish", Resource=f"{TOPIC}-other")], statement("Allow", "*"), "ImplicitDeny"),
        ([statement("Allow", "sns:Publish", Condition=OF_PROJECT)], statement("Allow", "*"), "Allow"),
    ],
)
def test_documents_and_boundary_decide_together(
    documents: list[dict[str, Any]], boundary: dict[str, Any], decision: Decision
) -> None:
    policies = Policies(documents, boundary)
    assert policies.decide("sns:Publish", TOPIC, "us-east-1", {"aws:ResourceTag/project": "news"}) == decision


def test_a_condition_that_the_request_has_no_key_for_is_not_met() -> None:
    policies = Policies([statement("Allow", "sns:Publish", Condition=OF_PROJECT)], statement("Allow", "*"))
    assert policies.decide("sns:Publish", TOPIC, "us-east-1", {}) == "ImplicitDeny"


def test_the_text_of_a_policy_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[object] = []
    parse = iam_evaluator.parse_policy_document

    def counted(document: Any) -> Any:
        parsed.append(document)
        return parse(document)

    monkeypatch.setattr(iam_evaluator, "parse_policy_document", counted)
    identity.parse_policies_once()

    def decision(action: str) -> Decision:
        return Policies([json.dumps(statement("Allow", action))], None).decide("sns:Publish", TOPIC, "us-east-1", {})

    assert [decision(action) for action in ("sns:Publish", "sns:Subscribe") * 2] == ["Allow", "ImplicitDeny"] * 2
    assert len(parsed) == 2
    assert Policies([statement("Deny", "*")], None).decide("sns:Publish", TOPIC, "us-east-1", {}) == "Deny"
