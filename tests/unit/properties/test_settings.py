"""Whatever a stack file says, it is accepted whole or refused by key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from settings import StackSettings
from settings.load import InvalidSettingsError, parse

from .values import JSON

ROOT = Path(__file__).parents[3]
CONFIG = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"]


def places(value: object, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The ways to every value in the stack file, sections included."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(way for key, item in items for way in places(item, (*place, key)))]


PLACES = [place for place in places(CONFIG) if len(place) > 1]


def with_value(place: tuple[str | int, ...], value: object) -> dict[str, object]:
    config = json.loads(json.dumps(CONFIG))
    parent = config
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = value
    return config


def read(config: dict[str, object]) -> StackSettings:
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return parse("local", texts, [], ROOT)


def test_the_stack_file_has_many_places_to_change() -> None:
    assert len(PLACES) > 40
    assert read(CONFIG).deployment.prefix == "abalone-local"


@given(place=st.sampled_from(PLACES), value=JSON)
def test_any_value_in_any_place_is_accepted_or_refused_with_its_key(
    place: tuple[str | int, ...], value: object
) -> None:
    section, problem = str(place[0]).rpartition(":")[2], ""
    try:
        read(with_value(place, value))
    except InvalidSettingsError as error:
        problem = str(error)
    assert not problem or (section in problem and "expected" in problem)


@given(key=st.text(max_size=20), value=JSON)
def test_a_key_that_nobody_knows_is_refused_in_any_section(key: str, value: object) -> None:
    config = json.loads(json.dumps(CONFIG))
    section = config["mlops-infra:pipeline"]
    if key in section:
        return
    section[key] = value
    with pytest.raises(InvalidSettingsError):
        read(config)
