"""Secrets stay secret: in the state file, in what the engine prints, and in errors."""

from __future__ import annotations

import json

import pytest

from .case import trust, write_code
from .conftest import Program

pytestmark = pytest.mark.local
SECRET = "correct-horse-battery"


def everything(program: Program) -> str:
    files = (path for path in (program.directory / "state").rglob("*.json") if path.is_file())
    return "".join(path.read_text() for path in files)


def test_a_secret_stays_secret_in_state_output_and_what_is_derived_from_it(program: Program) -> None:
    write_code(program.directory / "code.zip", "x")
    secret = {"$secret": SECRET}
    program.declare(
        [
            {
                "name": "role",
                "type": "aws:iam/role:Role",
                "inputs": {"assumeRolePolicy": trust("lambda.amazonaws.com")},
            },
            {
                "name": "function",
                "type": "aws:lambda/function:Function",
                "inputs": {
                    "role": "${role.arn}",
                    "runtime": "python3.13",
                    "handler": "h.handler",
                    "code": {"$archive": "code.zip"},
                    "environment": {"variables": {"TOKEN": secret, "PLAIN": "seen"}},
                },
            },
            {"name": "topic", "type": "aws:sns/topic:Topic", "inputs": {"displayName": secret, "tags": {"t": secret}}},
        ]
    )
    runs = [program.ok("up"), program.ok("preview", "--diff"), program.ok("refresh"), program.ok("up")]
    assert runs[1].operations == {}
    assert runs[3].operations == {}
    stored = everything(program)
    assert "seen" in stored
    assert SECRET not in stored
    assert all(SECRET not in run.text for run in runs)
    variables = program.state()["function"]["outputs"]["environment"]["variables"]
    assert variables["PLAIN"] == "seen"
    assert "ciphertext" in json.dumps(variables["TOKEN"])
    assert "ciphertext" in json.dumps(program.state()["topic"]["outputs"]["tagsAll"])


def test_a_refused_secret_is_not_in_the_error(program: Program) -> None:
    program.declare(
        [{"name": "topic", "type": "aws:sns/topic:Topic", "inputs": {"tags": {"t": {"$secret": SECRET * 20}}}}]
    )
    result = program.engine("up")
    assert result.code != 0
    assert "at most 256" in result.diagnostics
    assert SECRET not in result.text
