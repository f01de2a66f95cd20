"""Reading buildspecs: what they mean, and what is refused with which words."""

from __future__ import annotations

import pytest

from localcloud.runners.builds.buildspec import BuildspecError, Phase, parse

FULL = """
version: 0.2
env:
  shell: bash
  variables: {A: text, N: 3, FLAG: true}
  parameter-store: {P: /p}
  secrets-manager: {S: "id:key"}
  exported-variables: [A]
phases:
  install:
    runtime-versions: {python: 3.13}
  build:
    on-failure: CONTINUE
    commands:
      - echo one
      - |
        echo two
        echo three
    finally: [echo last]
artifacts:
  base-directory: out
  files: ["**/*"]
  discard-paths: yes
  secondary-artifacts:
    Other: {files: [b]}
"""


def test_everything_of_a_buildspec_is_read() -> None:
    spec = parse(FULL)
    assert (spec.shell, spec.exported) == ("bash", ("A",))
    assert spec.variables == {"A": "text", "N": "3", "FLAG": "true"}
    assert (spec.parameter_store, spec.secrets_manager) == ({"P": "/p"}, {"S": "id:key"})
    assert spec.phases["install"].runtime_versions == {"python": "3.13"}
    assert spec.phases["build"] == Phase(
        commands=("echo one", "echo two\necho three\n"), finally_=("echo last",), on_failure="CONTINUE"
    )
    assert spec.artifact
    assert (spec.artifact.base_directory, spec.artifact.files, spec.artifact.discard_paths) == ("out", ("**/*",), True)
    assert spec.secondary["Other"].files == ("b",)


def test_the_shell_is_sh_unless_said_otherwise() -> None:
    assert parse("version: 0.2\nphases: {build: {commands: [a]}}").shell == "sh"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("phases: {build: {commands: [a]}}", "version: expected 0.2, given None"),
        ("version: 0.1\nphases: {build: {commands: [a]}}", "version: expected 0.2, given 0.1"),
        ("version: 0.2", "phases: expected a mapping, given None"),
        ("version: 0.2\nphases: {}", "phases: at least one phase is required"),
        ("version: 0.2\nphases: {deploy: {commands: [a]}}", "phases: unknown key.* deploy"),
        ("version: 0.2\nphases: {build: {command: [a]}}", r"phases.build: unknown key.* command;"),
        ("version: 0.2\nphases: {build: {commands: []}}", "phases.build.commands: at least one command"),
        ("version: 0.2\nphases:\n  build:\n    commands:\n      - echo a: b", r"commands\[0\]: expected a string"),
        ("version: 0.2\nenv: {shell: powershell.exe}\nphases: {build: {commands: [a]}}", "env.shell: expected one of"),
        (
            "version: 0.2\nenv: {variables: {A: [b]}}\nphases: {build: {commands: [a]}}",
            "env.variables.A: expected a str",
        ),
        (
            "version: 0.2\nenv: {variables: {A-B: c}}\nphases: {build: {commands: [a]}}",
            "A-B: no name of an environment",
        ),
        ("version: 0.2\nphases: {build: {commands: [a], on-failure: RETRY}}", "on-failure: the local cloud knows"),
        ("version: 0.2\nphases: {build: {commands: [a]}}\nartifacts: {files: []}", "artifacts.files: at least one"),
        ("version: 0.2\nbatch: {}\nphases: {build: {commands: [a]}}", "no batch builds"),
        ("version: [0.2", "YAML_FILE_ERROR"),
        ("- a", "buildspec: expected a mapping"),
    ],
)
def test_what_codebuild_refuses_is_refused_with_its_place(text: str, expected: str) -> None:
    with pytest.raises(BuildspecError, match=expected):
        parse(text)
