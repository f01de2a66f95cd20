"""The virtual environment matches the lock file, and is left alone when it does."""

from pathlib import Path

import pytest

from tools.setup import python_env, uv
from tools.toolchain.cache import platform_name
from tools.toolchain.errors import SetupError
from tools.toolchain.workspace import Workspace

from .conftest import LOCK, Machine

MAKE_ENVIRONMENT = """
case "$1" in
  venv)
    for target in "$@"; do :; done
    mkdir -p "$target/bin"
    touch "$target/bin/python"
    echo "version_info = {version}" > "$target/pyvenv.cfg" ;;
esac
"""


@pytest.fixture
def fake_uv(machine: Machine) -> Path:
    import platform

    return machine.uv(MAKE_ENVIRONMENT.format(version=platform.python_version()))


def test_every_package_is_checked_against_its_hash_and_compiled(
    workspace: Workspace, machine: Machine, fake_uv: Path
) -> None:
    python_env.synchronise(workspace, fake_uv)
    (sync,) = [call for call in machine.called("uv") if "sync" in call]
    assert "--require-hashes" in sync
    assert "--compile-bytecode" in sync
    assert sync.endswith(str(workspace.lock_file))


def test_nothing_runs_when_nothing_changed(workspace: Workspace, machine: Machine, fake_uv: Path) -> None:
    python_env.synchronise(workspace, fake_uv)
    calls = len(machine.called("uv"))
    python_env.synchronise(workspace, fake_uv)
    assert len(machine.called("uv")) == calls


def test_a_changed_lock_file_is_installed_into_the_same_environment(
    workspace: Workspace, machine: Machine, fake_uv: Path
) -> None:
    python_env.synchronise(workspace, fake_uv)
    workspace.lock_file.write_text(LOCK + "new==1.0\n")
    assert not python_env.is_current(workspace)
    python_env.synchronise(workspace, fake_uv)
    assert len([call for call in machine.called("uv") if "sync" in call]) == 2
    assert len([call for call in machine.called("uv") if call.startswith("uv venv")]) == 1


def test_an_environment_of_another_python_is_made_again(workspace: Workspace, machine: Machine, fake_uv: Path) -> None:
    python_env.synchronise(workspace, fake_uv)
    (workspace.venv / "pyvenv.cfg").write_text("version_info = 3.9.1\n")
    (workspace.venv / python_env.STAMP).unlink()
    python_env.synchronise(workspace, fake_uv)
    assert len([call for call in machine.called("uv") if call.startswith("uv venv")]) == 2


def test_an_interrupted_installation_is_not_taken_for_a_finished_one(workspace: Workspace, machine: Machine) -> None:
    import platform

    failing = machine.uv(MAKE_ENVIRONMENT.format(version=platform.python_version()) + '[ "$2" = sync ] && exit 1')
    with pytest.raises(SetupError, match="could not be installed"):
        python_env.synchronise(workspace, failing)
    assert not python_env.is_current(workspace)


def test_bytecode_is_compiled_even_where_the_machine_forbids_writing_it(
    workspace: Workspace, machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (workspace.venv / "bin").mkdir(parents=True)
    noted = tmp_path / "noted"
    python_env.synchronise(workspace, machine.uv(f'echo "${{PYTHONDONTWRITEBYTECODE-unset}}" > {noted}'))
    assert noted.read_text().strip() == "unset"


def test_a_package_that_cannot_be_fetched_is_named_with_the_log(workspace: Workspace, machine: Machine) -> None:
    broken = machine.uv("echo 'error: failed to fetch numpy'; exit 2")
    with pytest.raises(SetupError, match="failed to fetch numpy") as raised:
        python_env.synchronise(workspace, broken)
    assert str(workspace.log("python")) in str(raised.value)


def test_an_installed_uv_of_the_pinned_version_is_used(workspace: Workspace, machine: Machine) -> None:
    installed = machine.uv()
    assert uv.find_or_install_uv(workspace) == installed


def test_another_uv_is_left_alone_and_the_pinned_one_installed_with_its_hashes(
    workspace: Workspace, machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine.uv(version="0.1.0")
    pinned = machine.command("pinned-uv", "echo uv 0.13.9")
    copied = tmp_path / "copied.txt"
    interpreter = machine.command(
        "python",
        f"""
        if [ "$3" != install ]; then exit; fi
        while [ $# -gt 0 ]; do
            case "$1" in --target) target="$2" ;; --requirement) cp "$2" {copied} ;; esac
            shift
        done
        mkdir "$target/bin"
        cp "{pinned}" "$target/bin/uv"
        """,
    )
    monkeypatch.setattr(uv, "base_interpreter", lambda: interpreter)

    installed = uv.find_or_install_uv(workspace)
    again = uv.find_or_install_uv(workspace)

    assert installed == again == workspace.cache / "uv" / "0.13.9" / platform_name() / "bin" / "uv"
    assert len([call for call in machine.called("python") if " install " in call]) == 1
    assert copied.read_text().split() == ["uv==0.13.9", "\\", "--hash=sha256:02", "\\", "--hash=sha256:03"]


def test_a_python_without_pip_borrows_one_from_a_throwaway_environment(
    workspace: Workspace, machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    interpreter = machine.command("python", '[ "$2" = venv ]')
    monkeypatch.setattr(uv, "base_interpreter", lambda: interpreter)
    assert uv.pip_python(workspace, tmp_path) == tmp_path / "pip" / "bin" / "python"


def test_a_closed_package_index_is_named_as_the_cause(
    workspace: Workspace, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter = machine.command("python", 'echo "connection refused"; [ "$3" = --version ]')
    monkeypatch.setattr(uv, "base_interpreter", lambda: interpreter)
    with pytest.raises(SetupError, match="connection refused") as raised:
        uv.find_or_install_uv(workspace)
    assert "uv 0.13.9 on the PATH" in str(raised.value)


def test_a_lock_file_without_the_tool_says_how_to_repair_it(workspace: Workspace) -> None:
    workspace.lock_file.write_text("boto3==1.0\n")
    with pytest.raises(SetupError, match="make lock"):
        uv.find_or_install_uv(workspace)
