"""The benchmark's claim: a day costs the same, however long the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.kpi import compare

if TYPE_CHECKING:
    from localcloud.lifecycle import LocalCloud

pytestmark = pytest.mark.local


def test_a_days_partition_costs_the_same_bytes_with_a_longer_history(cloud: LocalCloud) -> None:
    comparison = compare(cloud, days=30)
    assert comparison.byte_ratio == 1
    assert comparison.as_dict()["ratios"]["bytes_unpruned"] == 30
