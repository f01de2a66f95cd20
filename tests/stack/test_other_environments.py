"""Other stacks on the local cloud: previewed from their own files alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import Project

if TYPE_CHECKING:
    from localcloud.lifecycle import LocalCloud

pytestmark = pytest.mark.local


@pytest.mark.parametrize(("stack", "others"), [("dev", ("prod", "local")), ("prod", ("dev", "local"))])
def test_a_preview_shows_its_own_values_and_no_others(
    stack_cloud: LocalCloud, stack: str, others: tuple[str, ...]
) -> None:
    project = Project(stack_cloud, stack=stack)
    committed = (project.directory / f"Pulumi.{stack}.yaml").read_text()
    output = project.ok("preview", "--diff")
    assert f"abalone-{stack}-stable-models" in output
    assert f"abalone-{stack}-notifier" in output
    for other in others:
        assert f"abalone-{other}" not in output
    assert "us-east-1" not in output
    assert (project.directory / f"Pulumi.{stack}.yaml").read_text() == committed
