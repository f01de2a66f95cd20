from pathlib import Path
from typing import Any

import yaml

from pipeline_def.settings import VARIABLES

BUILDSPEC = Path(__file__).parents[3] / "pipeline_def" / "buildspec.yaml"


def test_the_build_installs_the_pipelines_own_requirements_and_runs_the_upsert():
    content: dict[str, Any] = yaml.safe_load(BUILDSPEC.read_text())
    install, build = ("\n".join(content["phases"][phase]["commands"]) for phase in ("install", "build"))
    assert "--require-hashes --requirement pipeline_def/requirements.lock" in install
    assert "-m pipeline_def.upsert" in build
    assert not set(content["env"].get("variables", {})) & set(VARIABLES), (
        "the project gives these, so that nothing is hard-coded"
    )


def test_the_lock_pins_what_the_requirements_name():
    folder = BUILDSPEC.parent
    wanted = {line for line in (folder / "requirements.txt").read_text().splitlines() if "==" in line}
    locked = {line.removesuffix(" \\") for line in (folder / "requirements.lock").read_text().splitlines()}
    assert wanted <= locked
