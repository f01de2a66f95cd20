"""What the command refuses before it does anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acceptance.__main__ import main
from acceptance.data import ROWS, rows_for
from acceptance.operator import Operator
from settings.models import PipelineSettings

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("removalProtection: false", "removalProtection: true"), "removalProtection: false"),
        (
            lambda text: (
                text.replace("provider: codecommit", "provider: github")
                .replace("repository: mlops-infra", "repository: example/infra")
                .replace(
                    "connectionArn: null",
                    "connectionArn: arn:aws:codeconnections:us-east-1:123456789012:connection/"
                    "1c2d3e4f-5061-7283-94a5-b6c7d8e9f00b",
                )
            ),
            "delivers through CodeCommit",
        ),
    ],
)
def test_a_stack_that_it_could_not_finish_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[str], str],
    said: str,
) -> None:
    text = (ROOT / "Pulumi.local.yaml").read_text()
    assert change(text) != text
    (tmp_path / "Pulumi.local.yaml").write_text(change(text))
    monkeypatch.chdir(tmp_path)
    assert main(["--stack", "local", "--yes"]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.slow
def test_it_does_without_the_local_cloud() -> None:
    code = "import sys, acceptance.__main__; print([name for name in sys.modules if name.startswith('localcloud')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("names", [(), ("a", "target", "b", "c")])
def test_the_data_fit_the_configured_columns(names: tuple[str, ...]) -> None:
    pipeline = PipelineSettings.model_validate(
        {"name": "p", "targetColumn": "target", "columnNames": names, "mseThreshold": 4.0}, strict=False
    )
    lines = rows_for(pipeline).decode().splitlines()
    assert len(lines) == ROWS + (not names)
    assert ("target" in lines[0]) is not bool(names)
    assert {line.count(",") for line in lines} == {3}


@pytest.mark.parametrize("seconds", ["-1", "0", "nan", "inf", "soon"])
def test_it_looks_again_after_some_time(capsys: pytest.CaptureFixture[str], seconds: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--stack", "local", f"--poll={seconds}"])
    assert stopped.value.code == 2
    assert f"given '{seconds}', expected a number of seconds above 0" in capsys.readouterr().err


def test_without_the_local_cloud_it_says_how_to_start_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.chdir(ROOT)
    assert main(["--stack", "local", "--yes"]) == 1
    assert "make local-up" in capsys.readouterr().err


class Sts:
    """Answers whose credentials these are, at an address that is not AWS's."""

    class meta:  # noqa: N801 boto3's name
        endpoint_url = "http://127.0.0.1:4566"

    def __init__(self, caller: str) -> None:
        self._caller = caller

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012", "Arn": f"arn:aws:iam::123456789012:{self._caller}"}


def as_caller(monkeypatch: pytest.MonkeyPatch, directory: Path, caller: str) -> None:
    monkeypatch.setattr(Operator, "__call__", lambda *_: Sts(caller))
    (directory / "Pulumi.local.yaml").write_text((ROOT / "Pulumi.local.yaml").read_text())
    monkeypatch.chdir(directory)


def test_on_the_local_cloud_it_asks_for_its_administrator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    as_caller(monkeypatch, tmp_path, "user/deployer")
    assert main(["--stack", "local", "--yes"]) == 1
    assert """eval "$(make -s local-env ARGS='--principal root')\"""" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "code", "said"), [(KeyboardInterrupt, 130, ""), (EOFError, 1, "Nothing was done"), ("n", 1, "Nothing")]
)
def test_who_does_not_agree_is_told_that_nothing_was_done(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    answer: type[BaseException] | str,
    code: int,
    said: str,
) -> None:
    def asked(_prompt: str = "") -> str:
        if isinstance(answer, str):
            return answer
        raise answer

    as_caller(monkeypatch, tmp_path, "root")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", asked)
    assert main(["--stack", "local"]) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert "2 dollars" not in shown.out
