"""`python -m bootstrap`: what a person sees, and what stops it before anything is touched."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bootstrap.__main__ import main

Clients = Callable[[str], Any]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for file in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(file, tmp_path)
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_it_says_what_it_made_and_the_exact_next_commands(
    clients: Clients, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--env", "dev"], project) == 0
    said = capsys.readouterr().out
    assert "created      state bucket abalone-dev-state-123456789012-eu-west-1" in said
    assert (
        ".venv/bin/python -m tools.pulumi login 's3://abalone-dev-state-123456789012-eu-west-1?region=eu-west-1'"
        in said
    )
    assert (
        ".venv/bin/python -m tools.pulumi stack init dev --secrets-provider 'awskms://alias/abalone-dev-state?region=eu-west-1'"
        in said
    )
    assert "make up STACK=dev" in said

    assert main(["--env", "dev"], project) == 0
    assert capsys.readouterr().out.count("unchanged") == 3


def test_a_dry_run_says_that_nothing_is_changed(
    clients: Clients, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--env", "dev", "--dry-run"], project) == 0
    said = capsys.readouterr().out
    assert "dry run: nothing is changed" in said
    assert said.count("would create") == 3
    assert "pulumi login" not in said


def test_credentials_of_another_account_are_refused_with_both_accounts(
    clients: Clients, project: Path, capsys: pytest.CaptureFixture[str], recorded: list[str]
) -> None:
    edit(project / "Pulumi.dev.yaml", "123456789012", "999999999999")
    assert main(["--env", "dev"], project) == 1
    said = capsys.readouterr().err
    assert "of account 123456789012, but Pulumi.dev.yaml names account 999999999999" in said
    assert clients("s3").list_buckets()["Buckets"] == []


def test_without_credentials_it_says_how_to_log_in(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert main(["--env", "dev"], project) == 1
    assert "No AWS credentials were found" in capsys.readouterr().err


def test_a_missing_stack_file_is_named_with_those_that_are_there(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--env", "staging"], project) == 1
    said = capsys.readouterr().err
    assert "no Pulumi.staging.yaml" in said
    assert "dev, local, prod" in said


def test_a_bad_stack_file_is_reported_as_by_the_program(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(project / "Pulumi.dev.yaml", "branch: main", "branch: ../main")
    edit(project / "Pulumi.dev.yaml", "name: abalone\n", "name: Abalone\n")
    assert main(["--env", "dev"], project) == 1
    said = capsys.readouterr().err
    assert "2 errors" in said
    assert "mlops-infra:delivery.source.branch" in said
    assert "mlops-infra:project.name" in said


def test_a_bucket_name_in_other_hands_is_an_error_that_says_so(
    clients: Clients, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def taken(model: Any, **_: Any) -> None:
        from botocore.exceptions import ClientError

        if model.name == "HeadBucket":
            raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadBucket")

    from unittest import mock

    import boto3

    session = boto3.Session(region_name="eu-west-1")
    session.events.register("before-call.s3.HeadBucket", taken)
    with mock.patch("boto3.Session", return_value=session):
        assert main(["--env", "dev"], project) == 1
    assert "another account holds the name" in capsys.readouterr().err


def test_removing_asks_first_and_does_nothing_where_nobody_can_answer(
    clients: Clients, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--env", "dev"], project) == 0
    assert main(["--env", "dev", "--destroy"], project) == 1
    assert "--yes" in capsys.readouterr().err
    assert len(clients("s3").list_buckets()["Buckets"]) == 1
    assert main(["--env", "dev", "--destroy", "--yes"], project) == 0
    assert clients("s3").list_buckets()["Buckets"] == []
