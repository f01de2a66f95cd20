"""Which claims a run proves, and how that is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from acceptance.claims import CLAIMS, NotByThisRun, Proof, beginnings, claims, rows
from acceptance.progress import OtherPlaceError, Place, Progress, Status
from acceptance.report import Report
from acceptance.steps import STEPS

if TYPE_CHECKING:
    from pathlib import Path

ON_AWS = Place(stack="box", account_id="123456789012", region="eu-west-1", endpoint="")
ELSEWHERE = Place(stack="box", account_id="123456789012", region="eu-west-1", endpoint="http://127.0.0.1:4566")
NAMES = [step.name for step in STEPS]
VERSIONS = {"Pulumi CLI": "3.259.0"}


def passed(folder: Path, place: Place = ON_AWS, **others: Status) -> Progress:
    progress = Progress(folder, place, VERSIONS)
    for name in NAMES:
        progress.write(name, others.get(name, "passed"), 1.0, "of 123456789012")
    return progress


def report(progress: Progress) -> Report:
    return Report(progress=progress, rows=rows(progress, claims()), steps=NAMES)


def test_every_claim_of_the_fidelity_table_is_proved_by_a_step_or_has_a_reason() -> None:
    all_claims = claims()
    assert len(all_claims) > 20
    assert {claim: len(beginnings(claim)) for claim in all_claims} == dict.fromkeys(all_claims, 1)
    assert {words for claim in all_claims for words in beginnings(claim)} == set(CLAIMS)
    for proof in CLAIMS.values():
        if isinstance(proof, Proof):
            assert proof.steps
            assert set(proof.steps) <= set(NAMES)
        else:
            assert proof.reason


def test_every_step_proves_something() -> None:
    proofs = [proof for proof in CLAIMS.values() if isinstance(proof, Proof)]
    assert {step for proof in proofs for step in proof.steps} == set(NAMES)


def test_a_claim_fails_with_one_of_its_steps_and_is_open_without_one(tmp_path: Path) -> None:
    progress = passed(tmp_path / "a", drift="failed")
    verdicts = {row.verdict: row for row in rows(progress, claims()) if "drift" in row.steps}
    assert set(verdicts) == {"failed"}
    nothing = rows(Progress(tmp_path / "b", ON_AWS, VERSIONS), claims())
    assert {row.verdict for row in nothing} == {"not proved", "not by this run"}
    assert sum(row.verdict == "not by this run" for row in nothing) == sum(
        isinstance(proof, NotByThisRun) for proof in CLAIMS.values()
    )


def test_the_page_says_where_and_when_and_hides_the_account(tmp_path: Path) -> None:
    report(passed(tmp_path)).write(tmp_path)
    page = (tmp_path / "acceptance.md").read_text()
    assert "proved on AWS, 20" in page
    assert "eu-west-1" in page
    assert "3.259.0" in page
    content = json.loads((tmp_path / "acceptance.json").read_text())
    assert content["cloud"] == "AWS"
    assert "123456789012" not in page + json.dumps(content)


def test_a_run_against_something_else_is_never_written_as_aws(tmp_path: Path) -> None:
    report(passed(tmp_path, ELSEWHERE)).write(tmp_path)
    page = (tmp_path / "acceptance.md").read_text()
    assert "not on AWS" in page
    assert "proved on AWS" not in page
    assert "proved on the local cloud" in page
    assert json.loads((tmp_path / "acceptance.json").read_text())["cloud"] == "other"


def test_progress_is_kept_and_belongs_to_one_place(tmp_path: Path) -> None:
    passed(tmp_path).remember("commit", "abc")
    again = Progress(tmp_path, ON_AWS, VERSIONS)
    assert again.is_over("up")
    assert again.fact("commit") == "abc"
    again.write("verify", "failed", 1.0, "")
    assert not Progress(tmp_path, ON_AWS, VERSIONS).is_over("verify")
    with pytest.raises(OtherPlaceError, match="remove the folder"):
        Progress(tmp_path, ELSEWHERE, VERSIONS)


@pytest.mark.parametrize("status", ["stopped", "incomplete"])
def test_what_kept_a_step_from_asking_leaves_its_claims_open(tmp_path: Path, status: Status) -> None:
    progress = passed(tmp_path, doctor=status, up=status)
    assert not progress.is_over("up")
    affected = [row for row in rows(progress, claims()) if {"doctor", "up"} & set(row.steps)]
    assert affected
    assert {row.verdict for row in affected} == {"not proved"}
    assert all(f"({status})" in row.text for row in affected)


def test_a_claim_of_which_something_was_not_tried_is_proved_in_part_and_says_what(tmp_path: Path) -> None:
    verdicts = {row.verdict: row for row in rows(passed(tmp_path), claims())}
    assert set(verdicts) == {"proved", "proved in part", "not by this run"}
    assert verdicts["proved in part"].text.startswith("not tried: ")
    assert not verdicts["proved"].text


def test_a_report_that_is_written_again_keeps_the_dates_and_versions_of_the_steps(tmp_path: Path) -> None:
    report(passed(tmp_path)).write(tmp_path)
    before = {file: (tmp_path / file).read_bytes() for file in ("acceptance.md", "acceptance.json")}
    again = Progress(tmp_path, ON_AWS, {"Pulumi CLI": "4.0.0"})
    report(again).write(tmp_path)
    assert {file: (tmp_path / file).read_bytes() for file in before} == before
    again.write("left", "passed", 1.0, "")
    report(again).write(tmp_path)
    page = (tmp_path / "acceptance.md").read_text()
    assert "- left: Pulumi CLI 4.0.0" in page
    assert "destroy: Pulumi CLI 3.259.0" in page
