"""Whatever arrives as an event is understood, ignored or refused as malformed; nothing else is raised."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from delivery.verification.event_samples import DOCUMENTS
from lambdas.notifier import changes
from lambdas.notifier.events import MalformedEventError

from .values import JSON

NAMES = ("crawler", "delivery_action", "delivery_execution", "model_package", "pipeline_execution")
EVENTS = {name: json.loads((DOCUMENTS / f"{name}.json").read_text()) for name in NAMES}


def ways(value: Any, way: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    items = value.items() if isinstance(value, dict) else ()
    return [*([way] if way else []), *(inner for key, item in items for inner in ways(item, (*way, key)))]


WAYS = [(name, way) for name, event in EVENTS.items() for way in ways(event)]


def test_the_documented_events_have_many_members() -> None:
    assert len(WAYS) > 60
    assert all(changes.read(event) for event in EVENTS.values())


@given(member=st.sampled_from(WAYS), value=JSON)
def test_any_value_of_any_member_is_understood_ignored_or_malformed(
    member: tuple[str, tuple[str, ...]], value: object
) -> None:
    name, way = member
    event = copy.deepcopy(EVENTS[name])
    parent = event
    for key in way[:-1]:
        parent = parent[key]
    parent[way[-1]] = value
    with suppress(MalformedEventError):
        assert changes.read(event)


@given(event=st.dictionaries(st.sampled_from(["id", "time", "detail-type", "detail", "resources", "more"]), JSON))
def test_no_mapping_breaks_the_reader(event: dict[str, Any]) -> None:
    with suppress(MalformedEventError):
        changes.read(event)
