"""Change sets from streams that the real engine wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from delivery import change_set, engine, events, values
from delivery.approval import unapproved_changes
from delivery.events import Diagnostic
from messages.change_set import ChangeSetError, ResourceChange, read

from .conftest import SECRETS, STREAMS, change, changes, recorded, resource, stream
from .test_self_update import step


def test_the_recorded_streams_hold_plaintext_secrets_in_debug_lines_so_that_dropping_them_matters() -> None:
    text = (STREAMS / "changes.jsonl").read_text()
    assert SECRETS[1] in text
    assert all('"severity":"debug"' in line for line in text.splitlines() if SECRETS[1] in line)


@pytest.mark.parametrize("name", ["creates", "changes", "unchanged", "failed", "drift"])
def test_no_secret_of_a_stream_reaches_events_or_change_set(name: str) -> None:
    text = repr(stream(name)) + recorded(name).to_json()
    assert not [secret for secret in SECRETS if secret in text]


def test_creates_hold_every_input() -> None:
    recorded_set = recorded("creates")
    assert recorded_set.counts == {"create": 5}
    topic = next(item for item in recorded_set.resources if item.type == "aws:sns/topic:Topic")
    assert {item.path: (item.before, item.after) for item in topic.properties} == {
        "displayName": (None, "[secret]"),
        "name": (None, "abalone-local-t"),
        "tags": (None, '{"a": "b"}'),
    }


def test_changes_name_operation_property_values_and_what_causes_a_replacement() -> None:
    recorded_set = recorded("changes")
    assert recorded_set.counts == {"delete": 1, "replace": 2, "update": 1}
    assert [item.op for item in recorded_set.resources] == ["delete", "replace", "replace", "update"]
    by_name = {item.name: item for item in recorded_set.resources}
    assert by_name["q"].properties == (change("visibilityTimeoutSeconds", "50", "60"),)
    assert by_name["b"].properties == (change("bucket", "abalone-local-b2", "abalone-local-b3", replaces=True),)
    assert by_name["t"].properties == (change("name", "abalone-local-t2", "abalone-local-t3", replaces=True),)
    assert {item.name for item in recorded_set.losses} == {"extra", "b", "t"}


@pytest.mark.parametrize("ops", [("update", "delete-replaced"), ("delete-replaced", "update")])
def test_what_an_interrupted_run_left_to_delete_does_not_hide_what_happens_to_the_resource(
    ops: tuple[str, ...],
) -> None:
    assert change_set.of([step(op) for op in ops], "local").counts == {"update": 1}
    assert change_set.of([step("delete-replaced")], "local").counts == {"delete": 1}


def test_nothing_changes_where_all_steps_are_same() -> None:
    recorded_set = recorded("unchanged")
    assert (recorded_set.resources, recorded_set.unchanged) == ((), 6)
    assert recorded_set.summary() == "no changes, 6 unchanged"


def test_a_change_set_survives_its_json_and_keeps_its_digest_at_another_commit() -> None:
    recorded_set = recorded("changes")
    again = read(recorded_set.to_json())
    assert again == recorded_set
    assert replace(again, commit="fffffff", unchanged=0).digest == recorded_set.digest
    assert recorded("creates").digest != recorded_set.digest


def document(**members: object) -> dict[str, Any]:
    return {**json.loads(changes(resource("a", "update", change("x"))).to_json()), **members}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "expected JSON"),
        ("[" * 100_000, "expected JSON"),
        ("null", "change set: expected an object of version, stack"),
        (json.dumps(document(more=1)), "change set: expected an object of version, stack"),
        (json.dumps(document(version=2)), "version 2: expected 1"),
        (json.dumps(document(version=True)), "change set.version: expected <class 'int'>"),
        (json.dumps(document(stack=["local"])), "change set.stack: expected <class 'str'>"),
        (json.dumps(document(resources=[{}])), r"resources\[0\]: expected an object of urn, type, op, properties"),
        (
            json.dumps(document(resources=[{"urn": "u", "type": "t", "op": "say", "properties": []}])),
            "op: expected one",
        ),
        (
            json.dumps(document(resources=[{"urn": "u", "type": "t", "op": "update", "properties": [{"path": "p"}]}])),
            r"resources\[0\].properties\[0\]: expected an object of path, before",
        ),
    ],
)
def test_what_is_no_change_set_is_refused_by_member(text: str, problem: str) -> None:
    with pytest.raises(ChangeSetError, match=problem):
        read(text)


def test_a_failed_preview_tells_the_program_s_error() -> None:
    errors = [event for event in stream("failed") if isinstance(event, Diagnostic) and event.severity == "error"]
    assert "RuntimeError: settings are wrong" in engine.failure("preview", errors, "")


def test_lines_that_are_no_event_are_skipped() -> None:
    assert list(events.parse(["warning: using plugin", "{broken", "[]", '{"cancelEvent":{}}', ""])) == []


SECRET = {values.SIGNATURE_KEY: values.SECRET_SIGNATURE, "ciphertext": "[secret]"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, {"b": SECRET}]}, '{"a": [1, {"b": "[secret]"}]}'),
        ("04da6b54-80e4-46f7-96ec-b56ff0331ba9", values.UNKNOWN),
        ({values.SIGNATURE_KEY: "0def7320c3a5731c473e5ecbe6d01bc7", "hash": "ab", "path": "/x"}, "[file sha256:ab]"),
        ({values.SIGNATURE_KEY: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": "plain", "secret": True}, "[secret]"),
        ({values.SIGNATURE_KEY: "some kind to come", "value": "plain"}, "[secret]"),
        (True, "true"),
        ("text", "text"),
    ],
)
def test_values_are_shown_without_secrets(value: object, expected: str) -> None:
    assert values.shown(value) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tags.a", "x"),
        ('tags["a.b"]', "y"),
        ("rules[1].id", 2),
        ("rules[9].id", None),
        ("rules.id", None),
        ("secret.deeper.still", SECRET),
        ("missing.a", None),
    ],
)
def test_values_are_found_by_the_engine_s_paths(path: str, expected: object) -> None:
    properties = {"tags": {"a": "x", "a.b": "y"}, "rules": [{"id": 1}, {"id": 2}], "secret": SECRET}
    assert values.at(properties, path) == expected


def test_neither_side_is_shown_where_one_is_a_secret() -> None:
    property_change = change_set.property_change("p", "plain until now", SECRET)
    assert (property_change.before, property_change.after, property_change.compared) == ("[secret]", "[secret]", False)


def test_the_same_and_less_is_not_beyond_what_was_approved() -> None:
    approved = changes(resource("a", "update", change("x"), change("y")), resource("b", "create"))
    assert unapproved_changes(approved, approved) == []
    assert unapproved_changes(approved, changes(resource("a", "update", change("x")))) == []
    assert unapproved_changes(approved, changes()) == []


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (resource("c", "create"), "create aws:sqs/queue:Queue c: not in the approved change set"),
        (resource("a", "delete"), "delete aws:sqs/queue:Queue a: approved was to update it"),
        (resource("a", "update", change("z")), "update aws:sqs/queue:Queue a: z was not to change"),
        (resource("a", "update", change("x", "1", "3")), "x gets another value than the approved one"),
        (resource("a", "update", change("x", "1", None)), "x gets another value than the approved one"),
        (resource("a", "update", change("x", replaces=True)), "x now causes a replacement"),
        (resource("a", "update", change("x", "1", values.UNKNOWN)), "x gets another value than the approved one"),
    ],
)
def test_more_is_beyond_what_was_approved(now: ResourceChange, reason: str) -> None:
    approved = changes(resource("a", "update", change("x")))
    [line] = unapproved_changes(approved, changes(now))
    assert line.endswith(reason)


def test_another_value_before_and_a_value_that_became_known_are_as_approved() -> None:
    approved = changes(resource("a", "update", change("x"), change("y", None, values.UNKNOWN)))
    now = changes(resource("a", "update", change("x", "0", "2"), change("y", None, "arn:aws:x")))
    assert unapproved_changes(approved, now) == []


def test_an_update_is_less_than_an_approved_replacement_but_not_the_other_way_round() -> None:
    replaced = changes(resource("a", "replace", change("x", replaces=True)))
    updated = changes(resource("a", "update", change("x")))
    assert unapproved_changes(replaced, updated) == []
    assert unapproved_changes(updated, replaced) == ["replace aws:sqs/queue:Queue a: approved was to update it"]


def test_what_lies_in_a_secret_was_approved_with_it() -> None:
    secret = change_set.property_change("tags", SECRET, SECRET)
    approved = changes(resource("a", "update", secret))
    inside = change_set.property_change("tags.a", SECRET, SECRET)
    beside = change_set.property_change("tagsAll", SECRET, SECRET)
    assert unapproved_changes(approved, changes(resource("a", "update", inside))) == []
    assert unapproved_changes(approved, changes(resource("a", "update", beside)))


PARTLY_KNOWN = json.dumps({"known": "a", "later": values.UNKNOWN, "list": [1, values.UNKNOWN]})


@pytest.mark.parametrize(
    ("now", "as_approved"),
    [
        ({"known": "a", "later": {"x": 1}, "list": [1, 2]}, True),
        ({"known": "b", "later": "x", "list": [1, 2]}, False),
        ({"known": "a", "later": "x", "list": [2, 2]}, False),
        ({"known": "a", "later": "x", "list": [1, 2, 3]}, False),
        ({"known": "a", "later": "x", "list": [1, 2], "more": 1}, False),
        ("no object", False),
        (None, False),
    ],
)
def test_only_the_unknown_parts_of_an_approved_value_may_become_anything(now: object, as_approved: bool) -> None:
    approved = changes(resource("a", "create", change("x", None, PARTLY_KNOWN)))
    text = None if now is None else json.dumps(now)
    unapproved = unapproved_changes(approved, changes(resource("a", "create", change("x", None, text))))
    assert (unapproved == []) == as_approved
