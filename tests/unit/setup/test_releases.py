"""What is downloaded runs only after it was compared with what is recorded: real archives from a real server."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from pathlib import Path

import pytest

from delivery import install
from tools import checksums
from tools.toolchain import cli_release, plugins, pulumi_cli, releases, versions
from tools.toolchain.cache import platform_name
from tools.toolchain.errors import SetupError
from tools.toolchain.workspace import REPOSITORY, Workspace

from .conftest import VERSIONS, Machine, Server, record

PROBE = cli_release.why_unreachable
WRONG = "0" * 64


@pytest.fixture
def ran(tmp_path: Path, server: Server, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the served CLI leaves when it runs; its archive is recorded."""
    monkeypatch.setattr(cli_release, "why_unreachable", PROBE)
    ran = tmp_path / "ran"
    cli = f"#!/bin/sh\ntouch {ran}\necho v3.259.0\n"
    files = {"pulumi/pulumi": cli, "pulumi/pulumi-language-python": "#!/bin/sh\n"}
    record(workspace, releases.CLI, server.put(releases.CLI, VERSIONS["pulumi"], platform_name(), files))
    return ran


def test_a_release_with_the_recorded_checksum_is_used_with_what_comes_with_it(
    workspace: Workspace, machine: Machine, ran: Path
) -> None:
    machine.go()
    executable = pulumi_cli.find_or_get(workspace)
    assert (executable.origin, executable.version) == ("release", versions.PULUMI_PINNED)
    assert executable.has_language_host(workspace)
    assert pulumi_cli.find_or_get(workspace).origin == "cache"
    assert ran.exists()
    assert not machine.called("go")


def test_a_cli_with_another_checksum_stops_everything_and_names_both(
    workspace: Workspace, machine: Machine, ran: Path
) -> None:
    machine.go()
    actual = releases.read(workspace.checksums)[releases.CLI].sha256[platform_name()]
    record(workspace, releases.CLI, WRONG)
    with pytest.raises(releases.ChecksumError) as raised:
        pulumi_cli.find_or_get(workspace)
    message = str(raised.value)
    assert WRONG in message
    assert str(actual) in message
    assert str(workspace.checksums) in message
    assert "make checksums" in message
    assert not ran.exists()
    assert not machine.called("go"), "a build in its place would hide what happened"
    assert not [path for path in workspace.cache.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_a_job_ends_before_anything_unverified_could_run(
    workspace: Workspace,
    machine: Machine,
    ran: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(install, "packages", lambda _: None)
    monkeypatch.setattr(
        install, "Workspace", lambda tools_from_path: dataclasses.replace(workspace, tools_from_path=tools_from_path)
    )
    assert install.main() == 1, "no plugin is recorded"
    assert "make checksums" in capsys.readouterr().err
    ran.unlink()

    record(workspace, releases.CLI, WRONG)
    machine.command("pulumi", "echo v3.259.0")
    assert install.main() == 1
    assert WRONG in capsys.readouterr().err
    assert not ran.exists()
    assert not machine.called("pulumi")
    assert not list((workspace.local / "cli").iterdir())


def test_a_cached_cli_whose_recorded_checksum_has_changed_is_fetched_again(
    workspace: Workspace, machine: Machine, ran: Path
) -> None:
    pulumi_cli.find_or_get(workspace)
    ran.unlink()
    record(workspace, releases.CLI, WRONG)
    with pytest.raises(releases.ChecksumError):
        pulumi_cli.find_or_get(workspace)
    assert not ran.exists()


def test_a_platform_without_a_recorded_checksum_is_built_from_source_or_refused(
    workspace: Workspace, machine: Machine, ran: Path
) -> None:
    machine.go()
    record(workspace, releases.CLI, None)
    with pytest.raises(SetupError, match="make checksums") as raised:
        pulumi_cli.find_or_get(workspace, may_build=False)
    assert platform_name() in str(raised.value)
    assert not machine.called("go")
    assert pulumi_cli.find_or_get(workspace).origin == "go-build"
    assert not ran.exists()


def test_an_archive_without_a_cli_is_no_release(workspace: Workspace, server: Server, ran: Path) -> None:
    sha256 = server.put(releases.CLI, VERSIONS["pulumi"], platform_name(), {"pulumi/README": "nothing"})
    record(workspace, releases.CLI, sha256)
    with pytest.raises(SetupError, match="holds no `pulumi`"):
        pulumi_cli.find_or_get(workspace, may_build=False)


def test_a_missing_archive_is_said_to_be_unreachable(workspace: Workspace, server: Server, ran: Path) -> None:
    for archive in server.folder.rglob("*.gz"):
        archive.unlink()
    strict = dataclasses.replace(workspace, tools_from_path=False)
    with pytest.raises(SetupError, match=r"not reachable \((HTTP Error 404|File not found)") as raised:
        pulumi_cli.find_or_get(strict, may_build=False)
    assert "by hand" not in str(raised.value), "it would not be used"


@pytest.fixture
def engine(machine: Machine, tmp_path: Path) -> Path:
    """An engine that installs a plugin as the real one does, which test_real_engine.py has."""
    script = """
        case "$4" in aws) version=7.51.1 ;; *) version=1.84.0 ;; esac
        mkdir -p "$PULUMI_HOME/plugins/resource-$4-v$version"
    """
    return machine.command("engine", script, tmp_path / "engine")


@pytest.fixture
def plugin_archives(workspace: Workspace, server: Server) -> dict[str, str]:
    """The SHA-256 of the served plugins, which are recorded."""
    served = {
        name: server.put(name, VERSIONS[name], platform_name(), {f"pulumi-resource-{name}": name})
        for name in releases.PLUGINS
    }
    for name, sha256 in served.items():
        record(workspace, name, sha256)
    return served


@pytest.mark.usefixtures("plugin_archives")
def test_plugins_are_given_to_the_engine_once(workspace: Workspace, engine: Path, machine: Machine) -> None:
    for _ in range(2):
        plugins.install(workspace, engine)
    assert [command.split()[1:8] for command in machine.called("engine")] == [
        ["plugin", "install", "resource", "aws", "7.51.1", "--reinstall", "--file"],
        ["plugin", "install", "resource", "aws-native", "1.84.0", "--reinstall", "--file"],
    ]


def test_a_plugin_with_another_checksum_never_reaches_the_engine_and_both_values_are_named(
    workspace: Workspace, engine: Path, machine: Machine, plugin_archives: dict[str, str]
) -> None:
    record(workspace, "aws", WRONG)
    with pytest.raises(releases.ChecksumError) as raised:
        plugins.install(workspace, engine)
    for part in (WRONG, plugin_archives["aws"], str(workspace.checksums), "make checksums"):
        assert part in str(raised.value)
    assert not machine.called("engine")


def test_a_plugin_without_a_recorded_checksum_is_refused_with_the_remedy(
    workspace: Workspace, engine: Path, machine: Machine
) -> None:
    with pytest.raises(releases.UnrecordedChecksumError, match=r"aws 7\.51\.1 for (?s:.)*make checksums"):
        plugins.install(workspace, engine)
    assert not machine.called("engine")


def test_plugins_on_the_path_count_only_where_path_does(workspace: Workspace, engine: Path, machine: Machine) -> None:
    for name in releases.PLUGINS:
        machine.command(f"pulumi-resource-{name}", "")
    plugins.install(workspace, engine)
    with pytest.raises(releases.UnrecordedChecksumError):
        plugins.install(dataclasses.replace(workspace, tools_from_path=False), engine)
    assert plugins.engine_variables(tools_from_path=False)["PULUMI_IGNORE_AMBIENT_PLUGINS"] == "true"
    assert not machine.called("engine")


def archives(server: Server) -> dict[str, dict[str, str]]:
    """Serve an archive for each release and platform; return what it hashes to."""
    return {
        name: {
            platform: server.put(name, version, platform, {"x": f"{name} {platform}"})
            for platform in releases.PLATFORMS
        }
        for name, version in VERSIONS.items()
    }


def test_the_command_records_every_platform_and_leaves_what_is_recorded(workspace: Workspace, server: Server) -> None:
    served = archives(server)
    record(workspace, releases.CLI, "c" * 64)
    checksums.update(workspace, VERSIONS, compare=False)
    recorded = releases.read(workspace.checksums)
    served[releases.CLI][platform_name()] = "c" * 64
    assert {name: dict(release.sha256) for name, release in recorded.items()} == served
    assert recorded["aws"].source == f"downloads from {releases.server()}"


def test_the_command_never_replaces_a_recorded_value_by_another(workspace: Workspace, server: Server) -> None:
    archives(server)
    record(workspace, "aws", WRONG)
    with pytest.raises(releases.ChecksumError, match=WRONG):
        checksums.update(workspace, VERSIONS, compare=True)
    assert releases.read(workspace.checksums)["aws"].sha256[platform_name()] == WRONG


def test_another_version_loses_the_values_of_the_old_one(workspace: Workspace, server: Server) -> None:
    archives(server)
    record(workspace, "aws", "d" * 64)
    raised_version = {**VERSIONS, "aws": "7.52.0"}
    for platform in releases.PLATFORMS:
        server.put("aws", "7.52.0", platform, {"x": platform})
    checksums.update(workspace, raised_version, compare=False)
    release = releases.read(workspace.checksums)["aws"]
    assert release.version == "7.52.0"
    assert "d" * 64 not in release.sha256.values()
    assert None not in release.sha256.values()


def test_an_archive_that_ends_early_is_not_taken_for_a_changed_one(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Answer(io.BytesIO):
        headers = {"Content-Length": "10"}  # noqa: RUF012

    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: Answer(b"short"))
    with pytest.raises(SetupError, match="closed after 5 bytes"):
        releases.download("http://127.0.0.1/x", None, lambda _: None)


COMMITTED = releases.read(Workspace().checksums)


def test_the_committed_versions_are_those_that_the_requirements_and_the_build_pin() -> None:
    pinned = checksums.pinned_versions(REPOSITORY / "requirements.txt")
    assert {name: release.version for name, release in COMMITTED.items()} == pinned, "run `make checksums`"
    assert versions.text_of(versions.PULUMI_PINNED) == pinned[releases.CLI]
    go_mod = (Workspace().go_module / "go.mod").read_text()
    assert f"github.com/pulumi/pulumi/pkg/v3 v{pinned[releases.CLI]}" in go_mod


def test_every_provider_of_the_requirements_has_its_plugin_in_the_file() -> None:
    providers = re.findall(r"^(pulumi-[a-z-]+)==", (REPOSITORY / "requirements.txt").read_text(), re.MULTILINE)
    assert "pulumi-policy" in providers, "a package of the SDK, without a plugin"
    providers.remove("pulumi-policy")
    assert providers
    assert sorted(providers) == sorted(checksums.PACKAGES[name] for name in releases.PLUGINS)


def test_the_committed_values_are_of_the_known_platforms_and_name_their_source() -> None:
    assert set(COMMITTED) == {releases.CLI, *releases.PLUGINS}
    for release in COMMITTED.values():
        assert tuple(release.sha256) == releases.PLATFORMS
        values = [value for value in release.sha256.values() if value is not None]
        assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in values)
        assert len(set(values)) == len(values)
        assert (release.source is None) == (not values)


def test_a_file_that_is_no_list_of_releases_is_refused(workspace: Workspace) -> None:
    workspace.checksums.write_text(json.dumps({"pulumi": {"version": "3.259.0"}}))
    with pytest.raises(SetupError, match="restore it with git"):
        releases.read(workspace.checksums)
