"""Every place that installs or resolves Python packages builds none: building one runs its code."""

from __future__ import annotations

import re
import subprocess

import pytest

from tools.toolchain.workspace import REPOSITORY

COMMAND = re.compile(r"\bpip[\"', ]+(?:install|sync|compile|download|wheel)\b")
BUILDS_NOTHING = re.compile(r"--only-binary[\"', ]+:all:|--no-index")
# They run what they fetch, and nothing of it is in a lock file.
OTHER_INSTALLERS = re.compile(r"\b(?:uvx|pipx|easy_install)\b|\buv[\"', ]+(?:tool|run|sync|add)\b")
# A command may be written on several lines; the file's comments on a hash-checked list are commands as well.
NEAR = 6
TEXTS = ("*.py", "*.sh", "*.yml", "*.yaml", "*.txt", "*.toml", "Makefile", ".ci/run")


def offences(name: str, text: str) -> list[str]:
    """Lines of a file whose command may build a package, or is of another installer."""
    lines = text.splitlines()
    offending_lines: list[str] = []
    for number, line in enumerate(lines):
        near = "\n".join(lines[max(0, number - NEAR) : number + NEAR + 1])
        if OTHER_INSTALLERS.search(line) or (COMMAND.search(line) and not BUILDS_NOTHING.search(near)):
            offending_lines.append(f"{name}:{number + 1}: {line.strip()}")
    return offending_lines


def test_no_command_of_the_repository_may_build_a_package() -> None:
    names = subprocess.check_output(["git", "ls-files", *TEXTS], cwd=REPOSITORY, text=True).split()
    names = [name for name in names if name != "tests/unit/setup/test_installs.py"]
    texts = {name: (REPOSITORY / name).read_text(encoding="utf-8") for name in names}
    commands = {name for name, text in texts.items() if COMMAND.search(text)}
    assert commands >= {
        "Makefile",
        "components/cicd/jobs.py",
        "delivery/install.py",
        "lambdas/packaging.py",
        "tools/setup/python_env.py",
        "tools/setup/uv.py",
        "tools/toolchain/go_toolchain.py",
    }
    assert [offence for name in names for offence in offences(name, texts[name])] == []


@pytest.mark.parametrize(
    "line",
    [
        "run: python -m pip install --require-hashes -r x.txt",
        '["uv", "pip", "install", package]',
        '[str(uv), "pip", "sync", "--require-hashes"]',
        "uv pip compile x.in",
        "uvx ruff",
        "uv tool install ruff",
    ],
)
def test_a_new_place_would_be_found(line: str) -> None:
    assert offences("new", f"before\n{line}\nafter")


@pytest.mark.parametrize("line", ["pip install --only-binary :all: x", '"pip", "install", "--only-binary", ":all:"'])
def test_a_place_that_builds_nothing_is_left_alone(line: str) -> None:
    assert offences("new", line) == []
