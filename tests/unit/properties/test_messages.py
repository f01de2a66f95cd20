"""Messages hold on to their form, whatever names, descriptions and values are in them."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from messages import chat, mail
from messages.content import Command, Content, Link, subject
from messages.text import ascii_line, clip_bytes, one_line, shorten

from .values import TEXT

CONTENTS = st.builds(
    Content,
    subject=TEXT.map(lambda text: subject("dev", text, "Approved")),
    headline=TEXT,
    facts=st.lists(st.tuples(st.just("Fact"), TEXT | st.text(min_size=2_000, max_size=2_100)), max_size=6).map(tuple),
    attributes=st.just({}),
    thread=st.just("thread"),
    notes=st.lists(TEXT, max_size=4).map(tuple),
    links=st.just((Link("Report", "https://example.com/"),)),
    commands=st.just((Command(purpose="To approve", line="aws x"),)),
)


@given(environment=TEXT, name=TEXT, rest=TEXT)
def test_a_subject_is_one_that_sns_takes(environment: str, name: str, rest: str) -> None:
    text = subject(environment, name, rest)
    assert 0 < len(text) < 100
    assert text.isascii()
    assert text.isprintable()


@given(text=TEXT, limit=st.integers(5, 200))
def test_one_line_has_no_breaks_controls_or_surrogates_and_fits(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert not [c for c in line if unicodedata.category(c)[0] == "C" or unicodedata.category(c) in {"Zl", "Zp"}]
    assert line.splitlines() in ([], [line])
    assert len(shorten(text, limit)) <= limit
    assert ascii_line(text, limit).isascii()


@given(text=st.text(), limit=st.integers(40, 400))
def test_clipped_text_fits_its_bytes(text: str, limit: int) -> None:
    encodable = text.encode(errors="replace").decode()
    assert len(clip_bytes(encodable, limit).encode()) <= max(limit, 0)


@given(content=CONTENTS)
def test_a_mail_has_the_lines_that_were_written_and_no_forged_ones(content: Content) -> None:
    body = mail.body(content)
    assert len(body.encode()) <= mail.BODY_BYTES
    written = 1 + len(content.facts) + len(content.notes) + 1 + 2
    assert len([line for line in body.splitlines() if line]) <= written


@given(content=CONTENTS)
def test_chat_gets_no_control_sequence_or_named_link_and_fits(content: Content) -> None:
    notification = json.loads(chat.notification(content))
    description = notification["content"]["description"]
    assert len(description) <= 4_000
    assert "<" not in description
    assert "](" not in description
    assert description.count("```") % 2 == 0
