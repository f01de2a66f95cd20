"""The buildspecs of this repository, read as the local cloud reads them."""

from pathlib import Path

import pytest

from localcloud.runners.builds.buildspec import parse

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/buildspec*.y*ml")), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_projects_own_buildspecs_can_be_read(path: Path) -> None:
    assert parse(path.read_text(encoding="utf-8")).phases
