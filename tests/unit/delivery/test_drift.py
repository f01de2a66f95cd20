"""What the check for drift finds and says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from delivery import drift, values
from delivery.events import Step
from messages import chat, mail

from .conftest import change, resource, stream


def test_drift_names_resource_property_and_both_values() -> None:
    [drifted] = drift.drifted_resources(stream("drift"))
    assert (drifted.name, drifted.op) == ("q", "update")
    assert drifted.properties == (change("visibilityTimeoutSeconds", "50", "77"),)


def test_no_drift_where_only_secrets_can_not_be_compared() -> None:
    secret = {values.SIGNATURE_KEY: values.SECRET_SIGNATURE, "ciphertext": "[secret]"}
    step = Step(
        op="update",
        urn="urn:pulumi:local::p::aws:sns/topic:Topic::t",
        type="aws:sns/topic:Topic",
        old={"outputs": {"displayName": secret}},
        new={"outputs": {"displayName": "hunter2"}},
        diffs=("displayName",),
        detailed={"displayName": {"diffKind": "update"}},
        replace_keys=(),
        done=True,
    )
    assert drift.drifted_resources([step]) == []


ANN = {"principal": "arn:ann", "actions": ["quicksight:DescribeDashboard", "quicksight:QueryDashboard"]}
TEAM = {"principal": "arn:team", "actions": ["quicksight:DescribeDashboard", "quicksight:QueryDashboard"]}
BACKWARDS = {"principal": "arn:ann", "actions": ["quicksight:QueryDashboard", "quicksight:DescribeDashboard"]}
FEWER = {"principal": "arn:ann", "actions": ["quicksight:DescribeDashboard"]}


def dashboard(permissions: list[dict[str, Any]], *paths: str) -> Step:
    """A dashboard that was deployed with permissions of Ann, then of the team, and has others now."""
    return Step(
        op="update",
        urn="urn:pulumi:local::p::aws-native:quicksight:Dashboard::d",
        type="aws-native:quicksight:Dashboard",
        old={"outputs": {"name": "KPIs", "permissions": [ANN, TEAM]}},
        new={"outputs": {"name": "KPIs", "permissions": permissions}},
        diffs=("permissions",),
        detailed={path: {"diffKind": "update"} for path in paths},
        replace_keys=(),
        done=True,
    )


@pytest.mark.parametrize(
    ("permissions", "paths"),
    [
        ([TEAM, ANN], ("permissions[0].principal", "permissions[1].principal")),
        ([BACKWARDS, TEAM], ("permissions[0].actions[0]", "permissions[0].actions[1]")),
        ([TEAM, BACKWARDS], ()),
    ],
)
def test_permissions_of_a_dashboard_in_another_order_are_no_drift(
    permissions: list[dict[str, Any]], paths: tuple[str, ...]
) -> None:
    assert drift.drifted_resources([dashboard(permissions, *paths)]) == []


def test_a_permission_that_was_taken_away_is_drift_whatever_the_order() -> None:
    [drifted] = drift.drifted_resources([dashboard([TEAM, FEWER], "permissions[0].principal", "permissions[1]")])
    assert {change.path for change in drifted.properties} >= {"permissions[0].principal"}


def test_a_resource_that_is_gone_is_drift() -> None:
    gone = Step(op="delete", urn="u::q", type="t", old={}, new=None, diffs=(), detailed={}, replace_keys=(), done=True)
    assert [item.op for item in drift.drifted_resources([gone])] == ["delete"]


def test_a_grant_of_lake_formation_that_the_role_may_not_see_is_no_drift() -> None:
    grant = "aws:lakeformation/permissions:Permissions"
    unseen = Step(
        op="delete", urn="u::g", type=grant, old={}, new=None, diffs=(), detailed={}, replace_keys=(), done=True
    )
    assert drift.drifted_resources([unseen]) == []


def test_the_message_names_what_drifted_for_mail_and_chat() -> None:
    content = drift.message("dev", [resource("q", "update", change("visibilityTimeoutSeconds", "50", "77"))])
    line = "aws:sqs/queue:Queue q: visibilityTimeoutSeconds is 77, deployed was 50"
    assert line in mail.body(content)
    notification: dict[str, Any] = json.loads(chat.notification(content))
    assert (notification["version"], notification["source"]) == ("1.0", "custom")
    assert line in notification["content"]["description"]
    assert content.attributes == {"kind": "drift", "environment": "dev", "resources": 1}


@pytest.mark.parametrize("count", [1, 300])
def test_the_subject_fits_and_the_message_is_short(count: int) -> None:
    drifted = [resource(f"name-{n}" * 20, "update", change("p", "x" * 1000, "é" * 1000)) for n in range(count)]
    content = drift.message("dev", drifted)
    assert len(content.subject) < 100
    assert content.subject.isascii()
    assert len(mail.body(content)) < 40_000
    assert ("and 260 more resources" in mail.body(content)) == (count == 300)


def test_a_failed_check_tells_the_engine_s_reason() -> None:
    content = drift.failure_message("dev", "pulumi refresh failed:\n  q: access denied")
    assert "q: access denied" in mail.body(content)
    assert content.attributes["kind"] == "drift-check-failed"
    assert len(content.subject) < 100
