"""Subjects, lines and links: short, printable, and where there is nothing to show, nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from messages import chat
from messages.content import Content, Link, links, over_tls, subject
from messages.text import clip_bytes, one_line, shorten

ROOT = Path(__file__).parents[3]
NAMES = [
    "m",
    "abalone-dev-stable-models",
    "a" * 63,
    "z" * 200,
    "größe-модель",
    "new\r\nline",
    "\x00\x1b[31m",
    "🦪" * 80,
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("environment", ["dev", "e" * 60, "prod\nBcc: all@example.com"])
@pytest.mark.parametrize(
    "rest", ["v1: Approved", "v999999999: PendingManualApproval", "execution " + "x" * 90 + ": Failed"]
)
def test_a_subject_is_one_short_line_of_printable_ascii(environment: str, name: str, rest: str) -> None:
    text = subject(environment, name, rest)

    assert len(text) < 100
    assert text.isascii()
    assert text.isprintable()
    assert text.startswith("[")


def test_a_long_group_name_is_shortened_in_its_middle_and_the_rest_stays() -> None:
    name = "abalone-regression-of-a-team-with-a-long-name-europe-prod-stable-models"
    text = subject("production", name, "v12: PendingManualApproval")

    assert text == "[production] abalone-regression-of-a-team...me-europe-prod-stable-models v12: PendingManualApproval"
    assert len(text) == 99


def test_long_texts_lose_their_middle() -> None:
    assert shorten("abcdefghij", 10) == "abcdefghij"
    assert shorten("abcdefghijk", 10) == "abcd...ijk"


def test_a_line_stays_short_however_long_and_invisible_the_text_is() -> None:
    assert one_line("\n" * 100_000 + "x", 10) == ""
    assert one_line("x" * 100_000, 10) == "xxxx...xxx"


def test_a_text_is_cut_between_characters_and_says_so() -> None:
    cut = clip_bytes("ü" * 100, 101)

    assert len(cut.encode()) <= 101
    assert cut.startswith("üüü")
    assert cut.endswith("[cut: the message was too long]\n")


def test_a_page_without_an_address_is_no_link() -> None:
    assert links(("Studio", "https://studio"), ("Logs", None), ("Preview", "")) == (Link("Studio", "https://studio"),)


@pytest.mark.parametrize("address", [None, "", "http://example.com", "javascript:alert(1)", "see the log"])
def test_only_addresses_over_tls_are_taken(address: str | None) -> None:
    assert over_tls(address) is None
    assert over_tls("https://example.com") == "https://example.com"


def test_the_package_needs_nothing_but_the_standard_library_and_the_contract() -> None:
    modules = [f"messages.{path.stem}" for path in (ROOT / "messages").glob("*.py") if path.stem != "__init__"]
    assert "messages.mail" in modules
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {', '.join(modules)}"
    # Isolated and without site: no installed package can be imported.
    subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True)


def test_chat_makes_no_named_link_of_text_from_elsewhere() -> None:
    hostile = "[Approve here](https://evil.example)"
    content = Content(subject="s", headline=hostile, facts=(("Commit", hostile),), attributes={}, thread="t")
    description = json.loads(chat.notification(content))["content"]["description"]
    assert "](" not in description
    assert description.count("[Approve here] (https://evil.example)") == 2
