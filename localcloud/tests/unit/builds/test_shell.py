"""One shell for all commands of a build."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.runners.builds.shell import Shell


class Session:
    def __init__(self, shell: Shell, output: Path) -> None:
        self.shell, self.output = shell, output

    def text(self) -> str:
        return self.output.read_text()


@pytest.fixture(params=["sh", "bash"])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    output = tmp_path / "output"
    with output.open("w") as file:
        shell = Shell(request.param, {"PATH": os.environ["PATH"], "GIVEN": "1"}, tmp_path, file.fileno(), tmp_path)
        yield Session(shell, output)
        shell.close()


def test_variables_directory_and_functions_last_from_command_to_command(session: Session, tmp_path: Path) -> None:
    commands = ("export A='it is \"quoted\"\nand long'; local_only=yes", "mkdir sub && cd sub", "say() { echo $1; }")
    assert [session.shell.run(command) for command in commands] == [0, 0, 0]
    assert session.shell.run('say "$A, $local_only, $(pwd)"') == 0
    assert f"and long, yes, {tmp_path.resolve()}/sub" in session.text().replace("\n", " ") + session.text()
    assert session.shell.environment["A"] == 'it is "quoted"\nand long'
    assert "local_only" not in session.shell.environment


def test_the_exit_code_of_the_last_command_of_several_lines_counts(session: Session) -> None:
    assert session.shell.run("false\ntrue") == 0
    assert session.shell.run("true\nsh -c 'exit 7'") == 7


def test_a_command_that_leaves_the_shell_does_not_take_the_environment_along(session: Session, tmp_path: Path) -> None:
    session.shell.run("export KEPT=1; mkdir d; cd d")
    assert session.shell.run("exit 3") == 3
    assert session.shell.run('test "$KEPT" = 1 && test "$(basename "$PWD")" = d') == 0
    assert session.shell.directory == tmp_path.resolve() / "d"


def test_a_syntax_error_fails_its_command_only(session: Session) -> None:
    assert session.shell.run("if then") != 0
    assert session.shell.run("true") == 0


def test_a_command_cannot_read_the_commands_that_follow(session: Session) -> None:
    assert session.shell.run("cat; echo end") == 0
    assert session.shell.run("echo next") == 0
    assert session.text() == "end\nnext\n"


def test_nothing_of_the_callers_environment_comes_in(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLERS", "1")
    session.shell.run("printenv")
    names = {line.partition("=")[0] for line in session.text().splitlines()}
    assert names <= {"PATH", "GIVEN", "PWD", "OLDPWD", "SHLVL", "_"}
