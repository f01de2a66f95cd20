"""A tiny program, the real engine and a file backend."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from localcloud.launchers import write_language_host

Pulumi = Callable[..., subprocess.CompletedProcess[str]]


def pulumi_executable() -> str:
    """The CLI that LOCALCLOUD_PULUMI names, else the one on PATH."""
    executable = os.environ.get("LOCALCLOUD_PULUMI") or shutil.which("pulumi")
    assert executable, "no Pulumi CLI: put it on PATH, or name it in LOCALCLOUD_PULUMI"
    return executable


@pytest.fixture
def program(tmp_path: Path) -> Path:
    directory = tmp_path / "program"
    directory.mkdir()
    (directory / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    return directory


@pytest.fixture
def pulumi_command() -> list[str]:
    return [pulumi_executable()]


@pytest.fixture
def pulumi_environment(tmp_path: Path) -> dict[str, str]:
    """A state of its own, and the language host of this checkout."""
    launchers = tmp_path / "bin"
    launchers.mkdir()
    write_language_host(launchers)
    (tmp_path / "state").mkdir()
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(launchers), os.environ["PATH"]]),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "only for this test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


@pytest.fixture
def pulumi(program: Path, pulumi_command: list[str], pulumi_environment: dict[str, str]) -> Pulumi:
    """Runs the CLI on stack `test` of the program; what it says is in stdout, its warnings in stderr."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*pulumi_command, *arguments, "--non-interactive", "--color=never"],
            cwd=program,
            env=pulumi_environment,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )

    created = run("stack", "init", "test")
    assert created.returncode == 0, created.stderr
    return run
