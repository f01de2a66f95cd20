"""The notes about creations."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.provider.journal import Journal

URN = "urn:pulumi:dev::p::aws:kms/key:Key::key"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path, "http://127.0.0.1:1")


def test_an_intent_is_unsettled_until_the_engine_names_the_id(journal: Journal) -> None:
    assert journal.unsettled(URN) is None
    journal.begin(URN, "digest", "key-1234567")
    note = journal.unsettled(URN)
    assert note is not None
    assert (note.name, note.resource_id) == ("key-1234567", "")
    journal.created(URN, "id-1")
    journal.settle(URN, resource_id="another")
    assert journal.unsettled(URN) is not None
    journal.settle(URN, resource_id="id-1")
    assert journal.unsettled(URN) is None
    assert journal.known_ids() == {"id-1"}


def test_an_intent_without_an_id_is_not_settled_by_an_id(journal: Journal) -> None:
    journal.begin(URN, "digest", "")
    journal.settle(URN, resource_id="id-of-the-one-before")
    assert journal.unsettled(URN) is not None


def test_a_good_end_settles_what_was_created(journal: Journal) -> None:
    journal.begin(URN, "digest", "")
    journal.begin("another", "digest", "")
    journal.created(URN, "id-1")
    journal.settle_created()
    assert journal.unsettled(URN) is None
    assert journal.unsettled("another") is not None


def test_a_creation_that_failed_or_was_undone_is_forgotten(journal: Journal) -> None:
    journal.begin(URN, "digest", "")
    journal.forget(URN)
    assert journal.read(URN) is None
    journal.begin(URN, "digest", "")
    journal.created(URN, "new")
    journal.forget(URN, "old")
    assert journal.read(URN) is not None
    journal.forget(URN, "new")
    assert journal.read(URN) is None


def test_another_cloud_starts_without_notes(journal: Journal, tmp_path: Path) -> None:
    journal.begin(URN, "digest", "")
    other = Journal(tmp_path, "http://127.0.0.1:2")
    assert other.read(URN) is None
    assert Journal(tmp_path, "http://127.0.0.1:1").read(URN) is None


def test_a_damaged_note_is_no_note(journal: Journal, tmp_path: Path) -> None:
    journal.begin(URN, "digest", "")
    notes = list(tmp_path.rglob("*.json"))
    assert notes
    for path in notes:
        path.write_text('{"urn": ')
    assert journal.unsettled(URN) is None
    assert journal.known_ids() == set()
