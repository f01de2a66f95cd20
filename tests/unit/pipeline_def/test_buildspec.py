from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline_def.installed import missing
from pipeline_def.settings import VARIABLES

BUILDSPEC = Path(__file__).parents[3] / "pipeline_def" / "buildspec.yaml"


def test_the_build_installs_the_pipelines_own_requirements_and_runs_the_upsert():
    content: dict[str, Any] = yaml.safe_load(BUILDSPEC.read_text())
    install, build = ("\n".join(content["phases"][phase]["commands"]) for phase in ("install", "build"))
    assert "--requirement pipeline_def/requirements.txt" in install
    assert "-m pipeline_def.upsert" in build
    assert not set(content["env"]["variables"]) & set(VARIABLES), (
        "the project gives these, so that nothing is hard-coded"
    )


def test_nothing_is_installed_where_the_pins_are_there_already(tmp_path: Path):
    pins = tmp_path / "requirements.txt"
    pins.write_text(f"# a comment\npytest=={pytest.__version__}  # why\npytest==0.0.1\nno-such-package==1\n")
    assert missing(pins) == ["pytest==0.0.1", "no-such-package==1"]
