"""The tools that come from lock files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tools.cloudformation.template import Template, TemplateResource
from tools.security import installed
from tools.security.__main__ import main
from tools.security.scanners import with_known_policies
from tools.toolchain.errors import SetupError
from tools.toolchain.workspace import REPOSITORY


def executable(directory: Path, name: str, output: str) -> None:
    file = directory / name
    file.write_text(f"#!/bin/sh\necho {output}\n")
    file.chmod(0o755)


@pytest.mark.parametrize(
    ("commands", "message"),
    [
        ({}, "there is no `node` on PATH"),
        ({"node": "v22.1.0"}, "there is no `npm` on PATH"),
        ({"node": "v18.20.0", "npm": "10"}, "`node --version` says v18.20.0"),
        ({"node": "", "npm": "10"}, "`node --version` says nothing"),
    ],
)
def test_what_is_missing_of_node_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: dict[str, str], message: str
) -> None:
    for name, output in commands.items():
        executable(tmp_path, name, output)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match=message) as error:
        installed.require_node()
    assert "Node.js 20 or newer is needed, with npm: install it" in str(error.value)


def test_a_node_that_is_new_enough_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path, "node", "v20.0.0")
    executable(tmp_path, "npm", "10")
    monkeypatch.setenv("PATH", str(tmp_path))
    installed.require_node()


@pytest.mark.parametrize("path", [installed.NODE_LOCK, REPOSITORY / "bench" / "cdk" / "package-lock.json"])
def test_npms_lock_files_have_hashes_and_name_no_host(path: Path) -> None:
    lock = json.loads(path.read_text())
    packages = {path: entry for path, entry in lock["packages"].items() if path}
    assert packages
    assert all(entry.get("inBundle") or entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert [path for path, entry in packages.items() if "resolved" in entry] == []
    direct = json.loads(path.with_name("package.json").read_text())["dependencies"]
    assert lock["packages"][""]["dependencies"] == direct
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in direct.values())


def test_pythons_lock_file_pins_what_is_asked_for_with_hashes() -> None:
    asked = re.findall(r"^(\S+==\S+)$", (REPOSITORY / "tools/security/requirements.txt").read_text(), re.MULTILINE)
    lock = installed.PYTHON_LOCK.read_text()
    assert asked
    for requirement in asked:
        assert re.search(rf"^{re.escape(requirement)} \\\n    --hash=sha256:", lock, re.MULTILINE)


def test_inline_policies_have_the_type_that_the_tools_look_at() -> None:
    inline = TemplateResource(
        Type="AWS::IAM::RolePolicy",
        Properties={"RoleName": "deploy", "PolicyName": "job", "PolicyDocument": {}},
        DeletionPolicy="Delete",
        UpdateReplacePolicy="Delete",
    )
    changed = with_known_policies(Template(AWSTemplateFormatVersion="2010-09-09", Resources={"Job": inline}))
    assert changed["Resources"]["Job"] == {
        **inline,
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "job", "PolicyDocument": {}, "Roles": ["deploy"]},
    }


def test_a_state_without_its_stack_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--state", "state.json"])
    assert "--state takes --stack" in capsys.readouterr().err
