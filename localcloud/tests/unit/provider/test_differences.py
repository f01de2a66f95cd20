"""What differs between a resource and what the program wants."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.provider.differences import Change, changes, equal, in_program_wording, refreshed_inputs
from localcloud.provider.fields import ANY, Field
from localcloud.provider.values import UNKNOWN, Archive, Props

FIELDS = {
    "name": Field(replace=True, computed=True),
    "size": Field(default=3),
    "on": Field(default=False),
    "actions": Field(kind="set"),
    "policy": Field(kind="resource-policy"),
    "settings": Field(),
    "items": Field(),
    "tags": Field(),
}


def paths(actual: Props, desired: Props, *ignored: str) -> dict[str, str]:
    return {change.path: change.verb for change in changes(FIELDS, actual, desired, ignored)}


@pytest.mark.parametrize(
    ("actual", "desired", "expected"),
    [
        ({"size": 3}, {}, {}),
        ({"size": 4}, {}, {"size": "update"}),
        ({}, {"size": 3}, {}),
        ({"size": 3}, {"size": 4}, {"size": "update"}),
        ({"on": False}, {}, {}),
        ({"on": True}, {}, {"on": "update"}),
        ({"name": "anything"}, {}, {}),
        ({"name": "a"}, {"name": "b"}, {"name": "update"}),
        ({"actions": ["a", "b"]}, {"actions": ["b", "a"]}, {}),
        ({"actions": ["a"]}, {"actions": ["b", "a"]}, {"actions": "update"}),
        ({"items": ["a", "b"]}, {"items": ["b", "a"]}, {"items[0]": "update", "items[1]": "update"}),
        ({"items": ["a"]}, {"items": ["a", "b"]}, {"items[1]": "add"}),
        ({"tags": {"a": "1"}}, {"tags": {"a": "1", "b.c": "2"}}, {'tags["b.c"]': "add"}),
        ({"tags": {"a": "1", "b": "2"}}, {"tags": {"a": "2"}}, {"tags.a": "update", "tags.b": "delete"}),
        ({"tags": {"a": "1"}}, {}, {"tags": "delete"}),
        ({"tags": {}}, {}, {}),
        ({"settings": {"deep": {"x": 1}, "off": False}}, {"settings": {"deep": {"x": 1}}}, {}),
        ({"settings": {"deep": {"x": 1}}}, {"settings": {"deep": {"x": 2}}}, {"settings.deep.x": "update"}),
        ({}, {"settings": {"enabled": False}}, {}),
        ({"settings": {"x": "a"}}, {"settings": {"x": UNKNOWN}}, {"settings.x": "update"}),
    ],
)
def test_only_what_means_something_else_differs(actual: Props, desired: Props, expected: dict[str, str]) -> None:
    assert paths(actual, desired) == expected


def test_what_the_program_ignores_does_not_differ() -> None:
    assert paths({"tags": {"a": "1"}, "size": 1}, {"tags": {"a": "2"}, "size": 2}, "tags.a", "size") == {}


def test_an_immutable_field_says_so() -> None:
    assert changes(FIELDS, {"name": "a"}, {"name": "b"}) == [Change("name", "name", "update", replace=True)]


def policy(*statements: dict[str, Any], **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


ALLOW = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "r", "Principal": {"AWS": "123456789012"}}


@pytest.mark.parametrize(
    "other",
    [
        policy({**ALLOW, "Action": ["sns:Publish"], "Resource": ["r"]}),
        policy({**ALLOW, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}),
        policy({**ALLOW, "Principal": {"AWS": ["123456789012"]}}),
        json.dumps({"Statement": ALLOW, "Version": "2012-10-17"}, indent=2),
    ],
)
def test_two_policies_that_say_the_same_are_equal(other: str) -> None:
    assert equal("resource-policy", policy(ALLOW), other)


@pytest.mark.parametrize(
    "other",
    [
        policy({**ALLOW, "Effect": "Deny"}),
        policy({**ALLOW, "Action": ["sns:Publish", "sns:Subscribe"]}),
        policy({**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
        policy(ALLOW, ALLOW),
        policy({**ALLOW, "Principal": "*"}),
    ],
)
def test_two_policies_that_say_something_else_differ(other: str) -> None:
    assert not equal("resource-policy", policy(ALLOW), other)


def test_a_condition_counts_by_what_it_says() -> None:
    one = {**ALLOW, "Condition": {"StringEquals": {"k": ["b", "a"]}, "Bool": {"x": True}}}
    two = {**ALLOW, "Condition": {"Bool": {"x": "true"}, "StringEquals": {"k": ["a", "b"]}}}
    assert equal("identity-policy", policy(one), policy(two))


def test_archives_are_compared_by_content() -> None:
    assert equal("value", Archive("path", "old.zip", "same"), Archive("path", "new.zip", "same"))
    assert not equal("value", Archive("path", "a.zip", "one"), Archive("path", "a.zip", "two"))


def test_a_refresh_keeps_the_programs_wording_and_takes_over_the_drift() -> None:
    old = {"policy": policy(ALLOW), "actions": ["b", "a"], "tags": {"a": "1"}, "name": "n", "__defaults": ["name"]}
    state = {
        "policy": policy({**ALLOW, "Action": ["sns:Publish"]}),
        "actions": ["a", "b"],
        "tags": {"a": "2"},
        "size": 9,
        "on": False,
        "name": "n",
    }
    expected = {**old, "tags": {"a": "2"}, "size": 9}
    assert refreshed_inputs(FIELDS, ("name",), state, old) == expected
    assert in_program_wording(FIELDS, state, old)["policy"] == policy(ALLOW)


def test_a_refresh_drops_an_input_that_someone_took_away() -> None:
    assert refreshed_inputs(FIELDS, ("name",), {"tags": {}}, {"tags": {"a": "1"}}) == {}


NESTED = {
    "configuration": Field(nested={"enforced": True, "engine.selected": "AUTO", "engine.effective": ANY}),
    "csv": Field(exclusive=True),
    "json": Field(exclusive=True),
    "permissions": Field(kind="sets"),
}


@pytest.mark.parametrize(
    ("actual", "desired", "expected"),
    [
        ({"enforced": True, "engine": {"selected": "AUTO", "effective": "3"}}, {"limit": 1}, ["limit"]),
        ({"enforced": True, "engine": {"selected": "AUTO", "effective": "3"}, "limit": 1}, {"limit": 1}, []),
        ({"enforced": False, "limit": 1}, {"limit": 1}, ["enforced"]),
        ({"limit": 1}, {"enforced": False, "limit": 1}, ["enforced"]),
        ({"engine": {"selected": "2", "effective": "2"}, "limit": 1}, {"limit": 1}, ["engine.selected"]),
        ({"engine": {"effective": "2"}, "limit": 1}, {"engine": {"effective": "3"}, "limit": 1}, ["engine.effective"]),
    ],
)
def test_what_is_unset_inside_a_property_means_its_default(actual: Props, desired: Props, expected: list[str]) -> None:
    changed = changes(NESTED, {"configuration": actual}, {"configuration": desired})
    assert [change.path for change in changed] == [f"configuration.{path}" for path in expected]


def test_a_state_tells_what_aws_picked_inside_a_property() -> None:
    actual = {"configuration": {"enforced": True, "engine": {"selected": "AUTO", "effective": "3"}, "limit": 1}}
    assert in_program_wording(NESTED, actual, {"configuration": {"limit": 1}}) == actual


def test_an_unknown_inside_a_property_with_defaults_stays_a_change() -> None:
    actual = {"configuration": {"enforced": True, "limit": 1}}
    assert [c.path for c in changes(NESTED, actual, {"configuration": {"limit": UNKNOWN}})] == ["configuration.limit"]


def test_an_alternative_replaces_when_it_comes_or_goes_and_is_updated_otherwise() -> None:
    actual = {"csv": {"delimiter": ","}}
    assert [(c.field, c.replace) for c in changes(NESTED, actual, {"csv": {"delimiter": ";"}})] == [("csv", False)]
    moved = changes(NESTED, actual, {"json": {"path": "$"}})
    assert [(change.field, change.replace) for change in moved] == [("csv", True), ("json", True)]


def test_permissions_are_sets_of_sets() -> None:
    actual = {"permissions": [{"principal": "a", "actions": ["x", "y"]}, {"principal": "b", "actions": ["x"]}]}
    desired = {"permissions": [{"principal": "b", "actions": ["x"]}, {"principal": "a", "actions": ["y", "x"]}]}
    assert changes(NESTED, actual, desired) == []
    assert [c.path for c in changes(NESTED, actual, {"permissions": desired["permissions"][:1]})] == ["permissions"]
