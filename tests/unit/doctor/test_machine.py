"""What `up` needs on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from doctor import machine
from tools.setup.result import Result
from tools.toolchain import releases, versions
from tools.toolchain.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "requirements.lock").write_text("pulumi-aws==7.51.1\npulumi-aws-native==1.84.0\n")
    workspace = Workspace(root=tmp_path)
    workspace.go_module.mkdir(parents=True)
    record(workspace, *releases.PLATFORMS)
    return workspace


def record(workspace: Workspace, *platforms: str) -> None:
    sha256 = {platform: "a" * 64 if platform in platforms else None for platform in releases.PLATFORMS}
    release = releases.Release(version="1", source="a test", sha256=sha256)
    releases.write(workspace.checksums, dict.fromkeys((releases.CLI, *releases.PLUGINS), release))


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch) -> None:
    setup: dict[str, Any] = dict.fromkeys(Result.__dataclass_fields__, "") | {"pulumi": "/bin/pulumi"}
    monkeypatch.setattr(machine.result, "read", lambda _: Result(**setup))
    monkeypatch.setattr(machine, "pulumi_version", lambda _: versions.PULUMI_PINNED)


def test_without_a_set_up_it_says_how_to_get_the_cli(workspace: Workspace) -> None:
    _, cli = machine.tools(workspace)
    assert (cli.status, cli.subject, cli.remedy) == ("lacking", "Pulumi CLI", "make setup")


@pytest.mark.usefixtures("setup")
def test_plugins_are_installed_by_the_first_preview_and_packages_by_the_set_up(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_plugins", lambda _: {"aws": ("7.51.1",), "aws-native": ("1.0.0",)})
    monkeypatch.setattr(machine, "version", {"pulumi-aws": "7.51.1", "pulumi-aws-native": "1.84.0"}.__getitem__)
    assert [finding.status for finding in machine.tools(workspace)] == ["ok"] * 4

    monkeypatch.setattr(machine, "version", {"pulumi-aws": "7.0.0", "pulumi-aws-native": "1.84.0"}.__getitem__)
    [lack] = [finding for finding in machine.tools(workspace) if finding.status != "ok"]
    assert (lack.status, lack.subject) == ("lacking", "plugin aws")
    assert "7.0.0, pinned 7.51.1" in lack.text


@pytest.mark.usefixtures("setup")
def test_a_plugin_that_the_builds_would_refuse_is_lacking(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_plugins", lambda _: {})
    monkeypatch.setattr(machine, "version", {"pulumi-aws": "7.51.1", "pulumi-aws-native": "1.84.0"}.__getitem__)
    record(workspace, *(platform for platform in releases.PLATFORMS if platform != "linux-arm64"))
    *_, aws, native = machine.tools(workspace)
    assert [aws.status, native.status] == ["lacking"] * 2
    assert "linux-arm64" in aws.text
    assert "make checksums" in aws.remedy


@pytest.mark.usefixtures("setup")
def test_a_cli_of_another_major_version_is_refused(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "pulumi_version", lambda _: (4, 0, 0))
    *_, cli = machine.tools(workspace)
    assert cli.status == "lacking"
    assert "4.0.0" in cli.text


@pytest.mark.parametrize(("running", "status"), [((3, 10), "lacking"), ((3, 13), "ok"), ((3, 19), "warning")])
def test_the_python_is_one_that_is_tested(running: tuple[int, int], status: str) -> None:
    assert machine.python(running).status == status
