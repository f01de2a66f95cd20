"""The copy of a stack without its secrets, and what a job installs."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.cicd.jobs import JOBS
from delivery import engine, install, values, workspace
from settings.stack_file import content_of
from tools.toolchain import pulumi_cli, versions
from tools.toolchain.errors import SetupError
from tools.toolchain.workspace import Workspace

SECRET = {values.SIGNATURE_KEY: values.SECRET_SIGNATURE, "ciphertext": "v1:abc:def"}


def test_every_secret_of_a_state_becomes_a_placeholder_that_still_counts_as_a_secret() -> None:
    state: dict[str, Any] = {"resources": [{"inputs": {"a": SECRET, "b": [{"c": SECRET}]}, "outputs": {"d": "plain"}}]}
    redacted = workspace.redacted(state)
    placeholder = {values.SIGNATURE_KEY: values.SECRET_SIGNATURE, "plaintext": '"[secret]"'}
    assert redacted == {
        "resources": [{"inputs": {"a": placeholder, "b": [{"c": placeholder}]}, "outputs": {"d": "plain"}}]
    }
    assert "ciphertext" not in json.dumps(redacted)


CONFIG = {
    "secretsprovider": "awskms://another",
    "encryptedkey": "stale",
    "config": {"aws:region": "eu-west-1", "p:token": {"secure": "v1:x:y"}, "p:list": [{"secure": "v1"}]},
}


@pytest.mark.parametrize("readable", [True, False])
def test_the_stack_s_file_is_copied_with_other_keys_and_without_secrets_that_can_not_be_read(
    readable: bool,
    tmp_path: Path,
) -> None:
    source = tmp_path / "Pulumi.dev.yaml"
    source.write_text(yaml.safe_dump(CONFIG))
    copied = workspace.stack_file(tmp_path, "dev", {"encryptionsalt": "s"}, tmp_path, readable=readable)
    content = yaml.safe_load(copied.read_text())
    assert {key for key in content if key != "config"} == {"encryptionsalt"}
    assert content["config"]["aws:region"] == "eu-west-1"
    assert (content["config"]["p:token"] == {"secure": "v1:x:y"}) == readable
    assert ("[secret]" in copied.read_text()) != readable
    assert yaml.safe_load(source.read_text()) == CONFIG


def test_the_copy_of_a_stack_s_file_says_to_the_engine_what_the_file_says(tmp_path: Path) -> None:
    text = "config:\n  p:times: {at: 10:30, on: yes, limit: 1e3}\n"
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    copied = workspace.stack_file(tmp_path, "dev", {}, tmp_path)
    assert content_of(copied.read_text()) == content_of(text)
    assert content_of(text) == {"config": {"p:times": {"at": "10:30", "on": "yes", "limit": 1000}}}


def venv(directory: Path, **versions: str) -> Path:
    for name, version in versions.items():
        folder = directory / "lib" / "python3.13" / "site-packages" / f"{name}-{version}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    return directory


PINNED = {
    line.partition("==")[0].partition("[")[0]: line.partition("==")[2]
    for line in install.REQUIREMENTS.read_text().splitlines()
    if "==" in line
}


def test_an_environment_with_the_pinned_versions_lacks_nothing(tmp_path: Path) -> None:
    assert (
        install.missing(venv(tmp_path, **{name.replace("-", "_"): version for name, version in PINNED.items()})) == []
    )


def test_what_other_packages_say_of_themselves_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = venv(tmp_path, **{name.replace("-", "_"): version for name, version in PINNED.items()}, other="1.0")
    read: list[str] = []
    read_text = PathDistribution.read_text

    def note(distribution: PathDistribution, filename: str) -> str | None:
        text = read_text(distribution, filename)
        read.append(text or "")
        return text

    monkeypatch.setattr(PathDistribution, "read_text", note)
    assert install.missing(environment) == []
    assert len(read) >= len(PINNED)
    assert not any("Name: other" in text for text in read)


def test_a_missing_package_and_another_version_are_found(tmp_path: Path) -> None:
    versions = {name.replace("-", "_"): version for name, version in PINNED.items() if name != "pydantic"}
    missing = install.missing(venv(tmp_path, **{**versions, "boto3": "1.0.0"}))
    assert [item.partition("[")[0] for item in missing] == ["boto3", "pydantic"]


def test_an_active_environment_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    active = Path(sys.executable).parent.parent
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("something was installed"))
    install.packages(Workspace(root=tmp_path))
    assert (tmp_path / ".venv").resolve() == active.resolve()


def test_an_environment_of_somebody_else_is_never_installed_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: installed.append(command[-1]))
    other = venv(tmp_path / "other", boto3="1.0.0")
    monkeypatch.setenv("VIRTUAL_ENV", str(other))
    install.packages(Workspace(root=tmp_path))
    assert not (tmp_path / ".venv").exists()
    assert installed == [str(tmp_path / ".venv"), str(install.LOCK)]
    (tmp_path / ".venv").symlink_to(other)
    with pytest.raises(SetupError, match=r"which lacks boto3, pulumi"):
        install.packages(Workspace(root=tmp_path))


def test_the_lock_of_the_jobs_pins_what_the_program_asks_for_with_hashes() -> None:
    text = install.LOCK.read_text()
    for name, version in PINNED.items():
        assert f"\n{name.lower()}=={version} \\\n    --hash=sha256:" in text
    whole = (install.REPOSITORY / "requirements.lock").read_text()
    assert all(line in whole for line in text.splitlines() if "==" in line)


def test_the_installation_needs_the_standard_library_only() -> None:
    code = (
        "import delivery.install, sys; print([m for m in ('boto3', 'pydantic', 'yaml', 'pulumi') if m in sys.modules])"
    )
    printed = subprocess.check_output([sys.executable, "-S", "-c", code], cwd=install.REPOSITORY, text=True)
    assert printed.strip() == "[]"


def test_the_jobs_start_without_the_pulumi_sdk_which_takes_as_long_as_all_that_they_need() -> None:
    modules = sorted({job.module for job in JOBS})
    assert "delivery.deploy" in modules
    code = f"import {', '.join(modules)}, sys; print([m for m in ('pulumi', 'grpc') if m in sys.modules])"
    printed = subprocess.check_output([sys.executable, "-c", code], cwd=install.REPOSITORY, text=True)
    assert printed.strip() == "[]"


def test_a_cli_that_is_not_on_the_path_is_linked_where_the_jobs_find_it_and_not_into_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = tmp_path / "cache" / "pulumi"
    cached.parent.mkdir()
    cached.write_text("")
    cached_cli = pulumi_cli.PulumiCli(path=cached, version=versions.PULUMI_PINNED, origin="cache")
    monkeypatch.setattr(pulumi_cli, "find_or_get", lambda _, may_build: cached_cli)
    for _ in range(2):
        assert install.cli(Workspace(root=tmp_path)) == cached
    assert (tmp_path / ".local" / "cli" / "pulumi").resolve() == cached
    assert not (tmp_path / ".venv").exists()


def test_a_cli_on_the_path_leaves_no_link_of_an_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = tmp_path / ".local" / "cli" / "pulumi"
    earlier.parent.mkdir(parents=True)
    earlier.symlink_to("/gone/pulumi")
    on_path = pulumi_cli.PulumiCli(path=tmp_path / "pulumi", version=versions.PULUMI_PINNED, origin="path")
    monkeypatch.setattr(pulumi_cli, "find_or_get", lambda _, may_build: on_path)
    install.cli(Workspace(root=tmp_path))
    assert not earlier.is_symlink()


def test_a_job_takes_nothing_from_the_path_unless_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[bool] = []
    monkeypatch.setattr(install, "packages", lambda workspace: counts.append(workspace.tools_from_path))
    for value in (None, "no", "yes"):
        monkeypatch.delenv("MLOPS_INFRA_TOOLS_FROM_PATH", raising=False)
        if value:
            monkeypatch.setenv("MLOPS_INFRA_TOOLS_FROM_PATH", value)
        assert install.main(["--without-cli"]) == 0
    assert counts == [False, False, True]


@pytest.mark.parametrize("installed", [True, False])
def test_an_installed_cli_comes_before_the_path_and_runs_no_plugin_from_it(
    installed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("cli", "bin"):
        executable = tmp_path / folder / "pulumi"
        executable.parent.mkdir()
        executable.write_text("#!/bin/sh\nenv\n")
        executable.chmod(0o755)
    if not installed:
        (tmp_path / "cli" / "pulumi").unlink()
    monkeypatch.setattr(engine, "_LOCAL", tmp_path)
    path = f"{tmp_path / 'bin'}:/usr/bin:/bin"
    job = engine.Engine(stack="dev", directory=tmp_path, environment={"PATH": path})
    variables = dict(line.split("=", 1) for line in job.text("stack", "ls").splitlines() if "=" in line)
    assert variables["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
    assert variables["PATH"].startswith(str(tmp_path / ("cli" if installed else "bin")))
    assert (variables.get("PULUMI_IGNORE_AMBIENT_PLUGINS") == "true") == installed
