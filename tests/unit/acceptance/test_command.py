"""What the command refuses before it does anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acceptance.__main__ import main
from acceptance.data import ROWS, rows_for
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
