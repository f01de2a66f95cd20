"""The distribution installed alone into an empty environment, used as its README says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import uv

pytestmark = pytest.mark.local

DISTRIBUTION = Path(__file__).parents[1]
README = (DISTRIBUTION / "README.md").read_text(encoding="utf-8")


def readme_file(name: str) -> str:
    """The code block that follows a file's name."""
    block = re.search(rf"^`{re.escape(name)}`:\n\n```\w+\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert block, name
    return block[1]


def run(*command: str | Path, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
        | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the distribution and what it depends on, nothing else."""
    folder = tmp_path_factory.mktemp("standalone")
    environment = folder / "venv"
    run(uv.find_uv_bin(), "venv", "--python", sys.executable, environment, folder=folder)
    interpreter = environment / "bin" / "python"
    run(uv.find_uv_bin(), "build", "--quiet", "--offline", "--wheel", "--out-dir", folder, DISTRIBUTION, folder=folder)
    [wheel] = folder.glob("localcloud-*.whl")
    command = (uv.find_uv_bin(), "pip", "install", "--only-binary", ":all:", "--python", interpreter)
    run(*command, wheel, folder=folder)
    return interpreter


def test_the_readmes_program_deploys_a_bucket_and_a_queue(python: Path, tmp_path: Path) -> None:
    cli = os.environ.get("LOCALCLOUD_PULUMI")
    folders = [str(python.parent), *([str(Path(cli).parent)] if cli else []), os.environ["PATH"]]
    path = {"PATH": os.pathsep.join(folders), "VIRTUAL_ENV": str(python.parent.parent)}
    for name in ("Pulumi.yaml", "__main__.py"):
        (tmp_path / name).write_text(readme_file(name), encoding="utf-8")
    command = python.with_name("localcloud")
    run(command, "up", folder=tmp_path, **path)
    try:
        shell = f'eval "$({command} env)" && pulumi up --yes --skip-preview --non-interactive --stack dev'
        shown = run("sh", "-c", f"{shell} && pulumi stack output --stack dev", folder=tmp_path, **path)
    finally:
        assert "Stopped" in run(command, "down", folder=tmp_path, **path)
    assert re.search(r"bucket\s+bucket-\w{7}", shown)
    assert re.search(r"queue\s+http://\S+/queue-\w{7}", shown)
