"""The engine's wire format: unknowns, secrets, assets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2

from localcloud.provider.values import UNKNOWN, Archive, Asset
from localcloud.provider.wire import Secrets, decode, encode

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def struct(value: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.Parse(json.dumps(value), struct_pb2.Struct())


def plain(message: struct_pb2.Struct) -> dict[str, Any]:
    return json_format.MessageToDict(message)


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE: SECRET, "value": value}


@pytest.mark.parametrize(
    "value",
    [
        True,
        3,
        2.5,
        "text",
        ["a", 1, {"b": False}],
        {"nested": {"deep": [{}]}},
        UNKNOWN,
        [UNKNOWN],
        Asset("path", "a.txt", "hash"),
        Archive("path", "a.zip", "hash"),
        Archive("assets", {"a": Asset("text", "x", "h1"), "b": Archive("path", "b.zip", "h2")}, "h3"),
    ],
)
def test_a_value_survives_the_way_there_and_back(value: Any) -> None:
    assert decode(encode({"it": value})).values == {"it": value}


def test_whole_numbers_are_integers_and_nulls_are_left_out() -> None:
    decoded = decode(struct({"n": 3.0, "f": 2.5, "none": None, "map": {"none": None}})).values
    assert decoded == {"n": 3, "f": 2.5, "map": {}}
    assert isinstance(decoded["n"], int)


def test_an_output_value_is_its_value_or_unknown() -> None:
    properties = {"known": {SIGNATURE: OUTPUT, "value": "x", "secret": True}, "open": {SIGNATURE: OUTPUT}}
    decoded = decode(struct(properties))
    assert decoded.values == {"known": "x", "open": UNKNOWN}
    assert decoded.secrets.texts == {"x"}


def test_a_secret_stays_secret_in_its_place_and_in_what_contains_it() -> None:
    decoded = decode(struct({"env": {"token": secret("hush"), "name": "seen"}}))
    written = plain(encode({**decoded.values, "url": "https://hush@host", "name": "seen"}, decoded.secrets))
    assert written == {
        "env": {"token": secret("hush"), "name": "seen"},
        "url": secret("https://hush@host"),
        "name": "seen",
    }


def test_a_secret_that_is_no_text_makes_its_property_secret() -> None:
    decoded = decode(struct({"size": secret(5), "list": [secret(True)]}))
    assert decoded.values == {"size": 5, "list": [True]}
    assert plain(encode(decoded.values, decoded.secrets)) == {"size": secret(5), "list": secret([True])}


def test_an_unknown_is_written_as_the_engine_knows_it() -> None:
    assert plain(encode({"it": [UNKNOWN]})) == {"it": [UNKNOWN_TEXT]}


def test_messages_do_not_tell_secrets_however_they_are_quoted() -> None:
    secrets = Secrets(frozenset({'pa"ss\n'}))
    for form in ('pa"ss\n', repr('pa"ss\n'), json.dumps({"p": 'pa"ss\n'})):
        assert "ss" not in secrets.hide(form)
