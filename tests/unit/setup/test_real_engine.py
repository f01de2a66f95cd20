"""What the real engine does with plugins: it installs verified archives, and gets none by itself where it may not."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from localcloud.launchers import write_language_host
from tools.toolchain import plugins, releases
from tools.toolchain.cache import platform_name
from tools.toolchain.workspace import REPOSITORY, Workspace

from .conftest import VERSIONS, Machine, Server, record

pytestmark = pytest.mark.local
PROGRAM = """
import pulumi

pulumi.CustomResource("aws:s3/bucket:Bucket", "x", opts=pulumi.ResourceOptions(version="7.51.1"))
"""


@pytest.fixture
def engine(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The CLI that `make setup` has found."""
    monkeypatch.setenv("PATH", f"{machine.bin}:/usr/bin:/bin")
    return Path(json.loads((REPOSITORY / ".local" / "setup.json").read_text())["pulumi"])


@pytest.fixture
def ran(tmp_path: Path, server: Server, workspace: Workspace) -> Path:
    """The file that a served plugin leaves when it runs; the archives are recorded."""
    ran = tmp_path / "ran"
    for name in releases.PLUGINS:
        files = {f"pulumi-resource-{name}": f"#!/bin/sh\ntouch {ran}\nexit 1\n"}
        record(workspace, name, server.put(name, VERSIONS[name], platform_name(), files))
    return ran


def folder(tmp_path: Path, name: str) -> Path:
    return tmp_path / "pulumi-home" / "plugins" / f"resource-{name}-v{VERSIONS[name]}"


@pytest.mark.usefixtures("ran")
def test_recorded_plugins_are_installed_and_not_fetched_again(
    workspace: Workspace, engine: Path, server: Server, tmp_path: Path
) -> None:
    plugins.install(workspace, engine)
    for name in releases.PLUGINS:
        assert os.access(folder(tmp_path, name) / f"pulumi-resource-{name}", os.X_OK)
    for archive in server.folder.rglob("*.gz"):
        archive.unlink()
    plugins.install(workspace, engine)


def test_a_plugin_that_was_there_before_is_replaced_by_the_verified_one(
    workspace: Workspace, engine: Path, ran: Path, tmp_path: Path
) -> None:
    planted = folder(tmp_path, "aws") / "pulumi-resource-aws"
    planted.parent.mkdir(parents=True)
    planted.write_text("planted")
    plugins.install(workspace, engine)
    assert str(ran) in planted.read_text()


def test_the_engines_own_comparison_refuses_the_right_archive(engine: Path, ran: Path, workspace: Workspace) -> None:
    """Why plugins are compared before the engine gets them; when this fails, `--checksum` may do it instead."""
    sha256 = releases.read(workspace.checksums)["aws"].sha256[platform_name()]
    command = [str(engine), "plugin", "install", "resource", "aws", VERSIONS["aws"], "--checksum", str(sha256)]
    done = subprocess.run(
        [*command, "--server", f"{releases.server()}/plugins"], capture_output=True, text=True, check=False
    )
    assert f"invalid checksum, expected {sha256}" in done.stderr
    assert not ran.exists()


@pytest.mark.parametrize("may_acquire", [True, False])
def test_the_engine_gets_no_plugin_by_itself(
    may_acquire: bool, engine: Path, ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_language_host(tmp_path)
    project = tmp_path / "program"
    (project / "state").mkdir(parents=True)
    (project / "Pulumi.yaml").write_text("name: program\nruntime: python\n")
    (project / "__main__.py").write_text(PROGRAM)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "PULUMI_BACKEND_URL": f"file://{project / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # What the engine would get comes from the server of the test.
        "PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES": f".*={releases.server()}/plugins",
        **({} if may_acquire else plugins.engine_variables(tools_from_path=True)),
    }
    subprocess.run([engine, "stack", "init", "dev"], cwd=project, env=environment, check=True, capture_output=True)
    command = [engine, "preview", "--stack", "dev", "--non-interactive"]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert ran.exists() == may_acquire, done.stdout + done.stderr
