"""Policy packs run through the language host."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.local

Pulumi = Callable[..., subprocess.CompletedProcess[str]]

POLICY = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def check(args, report):
    if args.name == "forbidden":
        report("this name is forbidden")

PolicyPack(
    name="names",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[ResourceValidationPolicy(name="name", description="No forbidden names.", validate=check)],
)
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    directory = tmp_path / "pack"
    directory.mkdir()
    (directory / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (directory / "__main__.py").write_text(POLICY)
    return directory


@pytest.mark.parametrize(("name", "allowed"), [("welcome", True), ("forbidden", False)])
def test_a_mandatory_policy_stops_the_preview_of_what_it_forbids(
    program: Path, pulumi: Pulumi, pack: Path, name: str, allowed: bool
) -> None:
    (program / "__main__.py").write_text(f"import pulumi\npulumi.ComponentResource('test:index:Thing', '{name}')\n")
    run = pulumi("preview", "--policy-pack", str(pack))
    assert (run.returncode == 0) == allowed, run.stdout
    assert ("this name is forbidden" in run.stdout) != allowed


def test_a_broken_policy_pack_is_an_error_that_shows_why(program: Path, pulumi: Pulumi, pack: Path) -> None:
    (program / "__main__.py").write_text("")
    (pack / "__main__.py").write_text("raise ValueError('the pack is broken')\n")
    run = pulumi("preview", "--policy-pack", str(pack))
    assert run.returncode != 0
    assert "the pack is broken" in run.stdout + run.stderr
