"""The command line: whoever runs it under another name is told that name."""

from pathlib import Path

import pytest

from localcloud.__main__ import main
from localcloud.layout import Layout


@pytest.mark.parametrize("command", ["env", "status", "inbox"])
def test_messages_name_the_program_that_the_user_runs(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["somewhere", command])
    assert main(Layout(tmp_path), program="python -m mine") == 1
    assert capsys.readouterr().err == "No local cloud is running; start it with: python -m mine up\n"


def test_a_wrong_account_is_a_usage_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["localcloud", "up", "--account", "12"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "argument --account: account has to be 12 digits, not '12'" in capsys.readouterr().err
