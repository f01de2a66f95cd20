"""Change sets keep what they say through JSON, comparison and Markdown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.approval import unapproved_changes
from messages import change_report, change_set, markdown
from messages.change_set import OPS, ChangeSet, ChangeSetError, PropertyChange, ResourceChange

from .values import JSON, TEXT

PROPERTIES = st.builds(
    PropertyChange,
    path=TEXT,
    before=st.none() | TEXT,
    after=st.none() | TEXT,
    replaces=st.booleans(),
    compared=st.booleans(),
)
RESOURCES = st.builds(
    ResourceChange,
    urn=TEXT.map(lambda name: f"urn:pulumi:local::p::t::{name}"),
    type=TEXT,
    op=st.sampled_from(OPS),
    properties=st.lists(PROPERTIES, max_size=3, unique_by=lambda change: change.path).map(tuple),
)
CHANGE_SETS = st.builds(
    ChangeSet,
    stack=st.just("local"),
    commit=st.none() | st.just("f" * 40),
    resources=st.lists(RESOURCES, max_size=5, unique_by=lambda resource: resource.urn).map(tuple),
    unchanged=st.integers(min_value=0),
)


@given(changes=CHANGE_SETS)
def test_a_change_set_survives_its_json(changes: ChangeSet) -> None:
    again = change_set.read(changes.to_json())
    assert again == changes
    assert again.digest == changes.digest


@given(document=JSON, changes=CHANGE_SETS, member=st.sampled_from(["version", "stack", "commit", "resources", "more"]))
def test_any_other_json_is_refused_or_read_as_what_it_says(document: Any, changes: ChangeSet, member: str) -> None:
    for text in (json.dumps(document), json.dumps({**json.loads(changes.to_json()), member: document})):
        try:
            read = change_set.read(text)
        except ChangeSetError:
            continue
        assert json.loads(read.to_json()) == json.loads(text)


@given(changes=CHANGE_SETS, indices=st.sets(st.integers(0, 4)))
def test_the_same_and_less_is_approved(changes: ChangeSet, indices: set[int]) -> None:
    less = tuple(resource for i, resource in enumerate(changes.resources) if i in indices)
    assert unapproved_changes(changes, ChangeSet(stack="local", resources=less)) == []


@given(approved=CHANGE_SETS, now=CHANGE_SETS)
def test_a_resource_that_was_not_approved_is_never_changed(approved: ChangeSet, now: ChangeSet) -> None:
    known = {resource.urn for resource in approved.resources}
    beyond = [resource for resource in now.resources if resource.urn not in known]
    assert len(unapproved_changes(approved, now)) >= len(beyond)


@given(changes=CHANGE_SETS, limit=st.sampled_from([markdown.CODECOMMIT_LIMIT, markdown.GITHUB_LIMIT, 2_000]))
def test_a_report_fits_its_limit(changes: ChangeSet, limit: int) -> None:
    assert len(change_report.render(changes, limit)) <= limit


@pytest.mark.parametrize("limit", [markdown.CODECOMMIT_LIMIT, 400])
@given(reason=TEXT | st.sampled_from(["`" * 120 + "x" * 20_000, "`" * 20_000]))
def test_a_failed_report_fits_its_limit(limit: int, reason: str) -> None:
    assert len(change_report.failure("local", reason, limit)) <= limit


@given(text=TEXT)
def test_code_is_one_line_that_nothing_inside_can_close(text: str) -> None:
    line = markdown.code(text)
    fence = line[: len(line) - len(line.lstrip("`"))]
    assert "\n" not in line
    assert line.endswith(fence)
    inside = line[len(fence) : -len(fence)] if line.strip("`") else ""
    assert fence not in inside
