"""The CLI for stacks on AWS: `python -m tools.pulumi`."""

import json
import os

import pytest

from tools import pulumi
from tools.toolchain.errors import SetupError
from tools.toolchain.workspace import Workspace


class ReplacedError(Exception):
    """The process would have become another program here."""


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> list[list[str]]:
    calls: list[list[str]] = []

    def execv(path: str, arguments: list[str]) -> None:
        calls.append([path, *arguments])
        raise ReplacedError

    monkeypatch.setattr("os.execv", execv)
    monkeypatch.setattr(pulumi, "Workspace", lambda: workspace)
    monkeypatch.setattr("sys.argv", ["pulumi", "preview", "--stack", "dev"])
    monkeypatch.setattr(pulumi.plugins, "install", lambda *_: calls.append(["plugins"]))
    monkeypatch.setenv("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "false")  # and as it was, after the test
    workspace.local.mkdir()
    return calls


@pytest.mark.parametrize(("host", "first_on_path"), [("fallback", True), ("bundled", False)])
def test_the_projects_own_language_host_is_on_the_path_only_where_it_is_needed(
    workspace: Workspace, replaced: list[list[str]], host: str, first_on_path: bool
) -> None:
    (workspace.local / "setup.json").write_text(json.dumps({"pulumi": "/opt/pulumi", "language_host": host}))
    with pytest.raises(ReplacedError):
        pulumi.main()
    assert [call[:2] for call in replaced] == [["plugins"], ["/opt/pulumi", "/opt/pulumi"]]
    assert os.environ["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
    assert (os.environ["PATH"].split(os.pathsep)[0] == str(workspace.host_launchers)) == first_on_path


def test_a_preview_and_a_deployment_keep_the_rules_of_the_policy_pack_and_a_removal_needs_not(
    workspace: Workspace, replaced: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.local / "setup.json").write_text(json.dumps({"pulumi": "/opt/pulumi", "language_host": "bundled"}))
    pack = ["--policy-pack", str(workspace.root / "policy")]
    for command, options in {"preview": pack, "up": pack, "destroy": []}.items():
        replaced.clear()
        monkeypatch.setattr("sys.argv", ["pulumi", command, "--stack", "dev"])
        with pytest.raises(ReplacedError):
            pulumi.main()
        assert replaced[-1] == ["/opt/pulumi", "/opt/pulumi", command, "--stack", "dev", *options]


def test_the_stand_in_providers_of_the_local_cloud_are_never_on_the_path(
    workspace: Workspace, replaced: list[list[str]]
) -> None:
    (workspace.local / "setup.json").write_text(json.dumps({"pulumi": "/opt/pulumi", "language_host": "fallback"}))
    with pytest.raises(ReplacedError):
        pulumi.main()
    assert str(workspace.local / "bin") not in os.environ["PATH"].split(os.pathsep)


def test_a_command_that_runs_no_provider_needs_no_plugin(
    workspace: Workspace, replaced: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.local / "setup.json").write_text(json.dumps({"pulumi": "/opt/pulumi", "language_host": "bundled"}))
    monkeypatch.setattr("sys.argv", ["pulumi", "stack", "output", "--stack", "dev"])
    with pytest.raises(ReplacedError):
        pulumi.main()
    assert [call[0] for call in replaced] == ["/opt/pulumi"]


def test_a_plugin_that_can_not_be_verified_stops_the_command(
    workspace: Workspace, replaced: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise SetupError("not the recorded archive")

    (workspace.local / "setup.json").write_text(json.dumps({"pulumi": "/opt/pulumi", "language_host": "bundled"}))
    monkeypatch.setattr(pulumi.plugins, "install", refuse)
    with pytest.raises(SystemExit, match="not the recorded archive"):
        pulumi.main()
    assert not replaced


def test_before_the_set_up_the_command_says_what_to_do(workspace: Workspace, replaced: list[list[str]]) -> None:
    with pytest.raises(SystemExit, match="make setup"):
        pulumi.main()
    assert not replaced


def test_the_local_clouds_stack_is_refused_with_the_commands_for_it(
    workspace: Workspace, replaced: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.local / "setup.json").write_text(json.dumps({"pulumi": "/opt/pulumi", "language_host": "bundled"}))
    monkeypatch.setattr("sys.argv", ["pulumi", "up", "--stack", "local"])
    with pytest.raises(SystemExit, match="make local-up"):
        pulumi.main()
    assert not replaced


@pytest.mark.parametrize(("current", "is_told"), [("s3://abalone-dev-state", False), ("", True), (None, True)])
def test_without_a_login_the_command_says_who_prints_it(
    workspace: Workspace,
    replaced: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    current: str | None,
    is_told: bool,
) -> None:
    (workspace.local / "setup.json").write_text(json.dumps({"pulumi": "/opt/pulumi", "language_host": "bundled"}))
    for name in ("PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "PULUMI_CREDENTIALS_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(workspace.local))
    if current is not None:
        (workspace.local / "credentials.json").write_text(json.dumps({"current": current}))
    with pytest.raises(ReplacedError):
        pulumi.main()
    assert [call[0] for call in replaced] == ["plugins", "/opt/pulumi"]
    assert ("make bootstrap STACK=dev" in capsys.readouterr().err) == is_told
