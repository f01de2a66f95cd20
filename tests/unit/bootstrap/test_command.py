"""`python -m bootstrap`: what a person sees, and what stops it before anything is touched."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import acceptance.__main__
import doctor.__main__
import doctor.machine
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
    assert main(["--stack", "dev"], project) == 0
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

    assert main(["--stack", "dev"], project) == 0
    assert capsys.readouterr().out.count("unchanged") == 4


@pytest.mark.parametrize("flag", ["--stack", "--env"])
def test_the_stack_is_named_as_in_the_other_commands_or_in_the_older_spelling(
    clients: Clients, project: Path, capsys: pytest.CaptureFixture[str], flag: str
) -> None:
    assert main([flag, "dev", "--dry-run"], project) == 0
    assert "abalone-dev in account" in capsys.readouterr().out


def test_a_dry_run_says_that_nothing_is_changed(
    clients: Clients, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--stack", "dev", "--dry-run"], project) == 0
    said = capsys.readouterr().out
    assert "dry run: nothing is changed" in said
    assert said.count("would create") == 4
    assert "pulumi login" not in said


def test_credentials_of_another_account_are_refused_with_both_accounts(
    clients: Clients, project: Path, capsys: pytest.CaptureFixture[str], recorded: list[str]
) -> None:
    edit(project / "Pulumi.dev.yaml", "123456789012", "999999999999")
    assert main(["--stack", "dev"], project) == 1
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
    assert main(["--stack", "dev"], project) == 1
    assert "No AWS credentials were found" in capsys.readouterr().err


def test_a_missing_stack_file_is_named_with_those_that_are_there(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--stack", "staging"], project) == 1
    said = capsys.readouterr().err
    assert "no Pulumi.staging.yaml" in said
    assert "dev, local, prod" in said


def test_a_bad_stack_file_is_reported_as_by_the_program(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(project / "Pulumi.dev.yaml", "branch: main", "branch: ../main")
    edit(project / "Pulumi.dev.yaml", "name: abalone\n", "name: Abalone\n")
    assert main(["--stack", "dev"], project) == 1
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
        assert main(["--stack", "dev"], project) == 1
    assert "another account holds the name" in capsys.readouterr().err


def test_removing_asks_first_and_does_nothing_where_nobody_can_answer(
    clients: Clients, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--stack", "dev"], project) == 0
    assert main(["--stack", "dev", "--destroy"], project) == 1
    assert "--yes" in capsys.readouterr().err
    buckets = [bucket["Name"] for bucket in clients("s3").list_buckets()["Buckets"]]
    assert len(buckets) == 2
    for bucket in buckets:
        # moto reads the policy that refuses plain HTTP, but knows nothing of TLS.
        clients("s3").delete_bucket_policy(Bucket=bucket)
    assert main(["--stack", "dev", "--destroy", "--yes"], project) == 0
    assert clients("s3").list_buckets()["Buckets"] == []


def test_an_existing_bucket_that_is_missing_is_named_by_its_key_and_nothing_is_made(
    clients: Clients, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(project / "Pulumi.dev.yaml", "data: null", "data: no-such-bucket")
    assert main(["--stack", "dev"], project) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "mlops-infra:buckets.data: given 'no-such-bucket', expected a bucket that exists" in said
    assert "To do: create it, correct its name, or give null" in said
    assert "Nothing was changed" in said
    assert clients("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize("stack", ["../dev", "a b", "Dev", "dev/../dev"])
def test_a_stack_is_named_in_the_form_of_a_stacks_name(
    project: Path, capsys: pytest.CaptureFixture[str], stack: str
) -> None:
    assert main(["--stack", stack], project) == 1
    assert f"given {stack!r}, expected a stack name of 2 to 8 characters" in capsys.readouterr().err


_SSO = """[profile box]
sso_session = s
sso_account_id = 123456789012
sso_role_name = r
[sso-session s]
sso_region = eu-west-1
sso_start_url = https://example.com/start
"""
_NOBODY_LISTENS = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "b",
    "AWS_MAX_ATTEMPTS": "1",
}
COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "bootstrap": main,
    "doctor": doctor.__main__.main,
    "acceptance": acceptance.__main__.main,
}


@pytest.mark.parametrize(
    "problem",
    [
        ("", {"AWS_PROFILE": "nope"}, "nope"),
        ("[default\n", {}, "can't be used"),
        (_SSO, {"AWS_PROFILE": "box"}, "aws sso login --profile box"),
        ("", _NOBODY_LISTENS, "check the network"),
    ],
    ids=["missing-profile", "broken-file", "expired-sso", "no-network"],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_wrong_with_this_machines_aws_configuration_is_one_sentence_with_its_remedy(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    command: str,
    problem: tuple[str, dict[str, str], str],
) -> None:
    configuration, environment, said = problem
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    (tmp_path / "config").write_text(configuration)
    variables = {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(tmp_path),
    }
    for name, value in {**variables, **environment}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(project)
    monkeypatch.setattr(doctor.machine, "tools", lambda _: iter(()))
    assert COMMANDS[command](["--stack", "local"]) == 1
    shown = capsys.readouterr()
    [line] = [line for line in f"{shown.out}{shown.err}".splitlines() if said in line]
    assert "To do: " in line
